"""Conversations to read, and a data folder in which a scripted model reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.agents.analysis import NOW, analysis
from tests.agents.modelling.talks import ANN, BOB, talk
from threadlore.agents import planning
from threadlore.agents.budget import Purse
from threadlore.agents.context import AnalysisContext
from threadlore.agents.distil import distil_conversations
from threadlore.agents.model_calls import ModelCalls
from threadlore.chat import ChatRequest
from threadlore.profile import load_profile
from threadlore.seams import CleanBatch
from threadlore.store.records import Records
from threadlore.testing import ScriptedAnswer, ScriptedModel
from threadlore.types import Channel, Conversation, Skipped

GENERIC = load_profile("generic")
MATTERS = ("index", "backup", "driver", "cluster", "schema", "bucket")


def asking(number: int) -> Conversation:
    """Return a conversation that asks, is answered and thanks."""
    matter = f"{MATTERS[number % len(MATTERS)]} {number}"
    return talk(
        (ANN, f"hello. How do I repair the {matter} after a crash?"),
        (BOB, f"stop it and run the repair of the {matter} by hand"),
        (ANN, "thanks, that did it"),
        key=f"k{number:03}",
    )


def store(records: Records, conversations: Sequence[Conversation]) -> None:
    """Store conversations as the split of one channel."""
    channel = Channel(id="test:x/c/help", source="test:x", name="help")
    messages = [message for one in conversations for message in one.messages]
    records.save_batch(CleanBatch("test:x", (channel,), messages=tuple(messages)))
    records.save_split(channel.id, [one.thread for one in conversations])


@contextmanager
def reading(
    folder: Path,
    answers: Callable[[ChatRequest[Any]], ScriptedAnswer] | Sequence[ScriptedAnswer],
    conversations: Sequence[Conversation] = (),
    purse: Purse | None = None,
) -> Iterator[tuple[AnalysisContext, ScriptedModel, list[Skipped]]]:
    """A context with a scripted model, over `conversations` where they are not stored yet."""
    model = ScriptedModel(answers, window=128_000)
    skipped: list[Skipped] = []
    with analysis(folder) as bare:
        records = bare.records
        assert isinstance(records, Records)
        if conversations:
            store(records, conversations)
        context = replace(
            bare,
            profile=GENERIC,
            calls=ModelCalls(records, model, purse or Purse(), "run_1", lambda: NOW),
            skipped=skipped.extend,
        )
        yield context, model, skipped


def distil(context: AnalysisContext) -> dict[str, int]:
    """Read everything that is due, as the graph does; return the sum of what was counted."""
    total: dict[str, int] = {}
    for batch in planning.distil_batches(context):
        for name, count in asyncio.run(distil_conversations(context, batch)).items():
            total[name] = total.get(name, 0) + count
    return total
