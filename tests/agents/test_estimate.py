"""What a run will take is told before it is paid for, without asking the model anything."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.agents.analysis import PROFILE, analysis, ask
from threadlore.agents.budget import Price
from threadlore.agents.estimate import Estimate, estimate_run
from threadlore.seams import AnalysisRecords
from threadlore.testing import ScriptedModel

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PRICE = Price(1.0, 4.0)
TEXTS = [f"How do I raise the timeout of the proxy in cluster {number}?" for number in range(40)]


def estimated(records: AnalysisRecords, price: Price | None = PRICE) -> Estimate:
    model = ScriptedModel([])
    found = asyncio.run(estimate_run(records, model, PROFILE, price, NOW))
    assert model.requests == []
    return found


def test_it_counts_what_would_be_read_and_paid(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, TEXTS)
        found = estimated(context.records)
        assert found.conversations == 40
        assert found.calls >= 2
        assert found.tokens_in > 40 * 20
        assert found.cost == PRICE.of(found.tokens_in, found.tokens_out)
        assert "40 conversations to read with scripted" in str(found)


def test_without_a_price_it_says_so(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, TEXTS)
        assert "no price of scripted" in str(estimated(context.records, None))


def test_what_a_model_has_read_is_not_counted_again(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, TEXTS)
        ids = context.records.conversations_to_distil("scripted")
        context.records.save_questions("scripted", {key: [] for key in ids[:30]})
        assert estimated(context.records).conversations == 10
