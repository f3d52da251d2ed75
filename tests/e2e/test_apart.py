"""An analysis beside a process that has Milvus open: it opens none, and leaves rows that the other drains."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.community import SOURCE, community, write
from tests.e2e.conftest import Shell
from threadlore.errors import Retry
from threadlore.settings import load_settings
from threadlore.store.outbox_rows import waiting_counts
from threadlore.testing.endpoint import FakeEndpoint, serving
from threadlore.testing.plain_model import answer
from threadlore.wiring import Workspace, open_workspace
from threadlore.wiring.bot import BotService


def test_the_analysis_runs_in_a_child_while_this_process_has_milvus(
    shell: Shell, tmp_path: Path, settings: pytest.MonkeyPatch
) -> None:
    shell("ingest", write(tmp_path / "threads.jsonl", community()), "--source", SOURCE)
    settings.setenv("THREADLORE_DATA", str(shell.data))
    workspace = Workspace(load_settings())
    try:
        asyncio.run(workspace.vectors.count("threads"))  # takes the lock
        asyncio.run(BotService(workspace).analyze())
        assert any(entry.state == "draft" for entry in workspace.records.entries())
        assert sum(waiting_counts(workspace.records.database).values()) > 0
        asyncio.run(BotService(workspace).drain())
        assert sum(waiting_counts(workspace.records.database).values()) == 0
        assert asyncio.run(workspace.vectors.count("questions")) > 0
    finally:
        workspace.close()


def test_a_budget_is_the_agreement_to_a_run_that_nobody_watches(
    shell: Shell, tmp_path: Path, settings: pytest.MonkeyPatch
) -> None:
    shell("ingest", write(tmp_path / "threads.jsonl", community()), "--source", SOURCE)
    with serving(FakeEndpoint(answer)) as endpoint:
        dear = {
            "MODEL": "fake",
            "MODEL_URL": endpoint.url,
            "PRICES": '{"fake": [90.0, 90.0]}',
            "CONFIRM_OVER": "0.1",
        }
        for name, value in (dear | {"DATA": str(shell.data)}).items():
            settings.setenv(f"THREADLORE_{name}", value)
        with open_workspace(load_settings()) as workspace, pytest.raises(Retry, match="confirm_over"):
            asyncio.run(BotService(workspace).analyze())
        assert endpoint.requests == []
        settings.setenv("THREADLORE_BUDGET", "2")
        with open_workspace(load_settings()) as workspace:
            asyncio.run(BotService(workspace).analyze())
        assert endpoint.requests
        run = next(run for run in shell("runs", "list", "--json").json if run["kind"] == "analyze")
        assert 0 < run["cost"] <= 2


def test_it_finds_the_same_as_with_milvus(shell: Shell, tmp_path: Path) -> None:
    shell("ingest", write(tmp_path / "threads.jsonl", community()), "--source", SOURCE)
    shell("analyze", "--apart")
    apart = [entry["answer"] for entry in shell("faq", "list", "--json").json]
    other = Shell(tmp_path / "other")
    other("ingest", tmp_path / "threads.jsonl", "--source", SOURCE)
    other("analyze")
    assert apart == [entry["answer"] for entry in other("faq", "list", "--json").json]
