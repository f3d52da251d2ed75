"""What a run makes of a broken endpoint: every fault, once and all the time, with what became of the run.

    python benchmarks/model_faults.py

Prints the table of benchmarks/README.md. The forum is made up; the endpoint is the shipped fake.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from threadlore import pipeline
from threadlore.settings import load_settings
from threadlore.testing.endpoint import Asked, FakeEndpoint, Rule, Validator, serving
from threadlore.testing.faults import (
    CallsTool,
    Choices,
    Dropped,
    Fault,
    HalfBody,
    Refusal,
    Says,
    Status,
    Timeout,
)
from threadlore.testing.made_up import write_forum
from threadlore.testing.plain_model import answer
from threadlore.testing.replies import Answer
from threadlore.types import Run
from threadlore.wiring import open_workspace

TOPICS = 3
RETRIES = 1
TIMEOUT_S = 1.0

FAULTS: dict[str, Fault] = {
    "timeout": Timeout(3 * TIMEOUT_S),
    "429, Retry-After": Status(429, "slow down", retry_after=0.05),
    "500": Status(500),
    "connection dropped": Dropped(),
    "half a JSON body": HalfBody(),
    "half a JSON reply": Says('{"asking": [{"c": "c1", "q": ['),
    "prose instead of JSON": Says("You should restart it."),
    "no choice": Choices(),
    "empty reply": Says(""),
    "refusal": Refusal(),
    "wrong schema": Says('{"answer": 42}'),
    "cut at the length": Says('{"asking": [', finish_reason="length"),
    "10 MB of text": Says("x" * 10_000_000),
    "a tool that does not exist": CallsTool(),
}
"""Faults of the endpoint."""

NEVER_KEPT = ("timeout", "429, Retry-After", "500", "connection dropped", "half a JSON body")
"""Faults after which no reply has arrived: the next run asks again."""


@dataclass(frozen=True)
class Row:
    """What became of a run. `by_model` are entries that the model wrote, `extracted` the others."""

    run: Run
    requests: int
    by_model: int
    extracted: int

    @property
    def read(self) -> tuple[int, int]:
        """Conversations read by the model, and without it."""
        counts = {stage.name: stage.counts for stage in self.run.stages}["distil"]
        return counts.get("read_by_model", 0), counts.get("read_without_model", 0)


def prepared(folder: Path) -> Path:
    """Fill a data folder with the made-up forum; return it."""
    data, forum = folder / "pristine", folder / "forum.jsonl"
    write_forum(forum, TOPICS)
    with open_workspace(load_settings(data=data, embedder="hashing")) as workspace:
        asyncio.run(workspace.ingest([forum], name="forum:faults"))
    return data


def analysed(data: Path, endpoint: FakeEndpoint, patience_s: float = 60.0) -> Row:
    """Analyse a data folder with what answers at the endpoint."""
    settings = load_settings(
        data=data,
        embedder="hashing",
        model="fake",
        model_url=endpoint.url,
        model_timeout=patience_s,
        model_retries=RETRIES,
    )
    before = len(endpoint.requests)
    with open_workspace(settings) as workspace:
        run = asyncio.run(pipeline.analyze(workspace.analysis()))
        methods = [trail.method for trail in workspace.records.trails(run.id)]
    by_model = sum(method != "extractive" for method in methods)
    return Row(run, len(endpoint.requests) - before, by_model, len(methods) - by_model)


def tried(
    pristine: Path, fault: Fault | None, always: bool, validator: Validator | None = None, rule: Rule = answer
) -> tuple[Row, Row]:
    """Return what became of a run with a fault, and of the next one when all is well again."""
    data = Path(tempfile.mkdtemp(dir=pristine.parent)) / "data"
    shutil.copytree(pristine, data)
    faults: Callable[[Asked], Fault | None] = lambda asked: fault if always or asked.number == 0 else None  # noqa: E731
    with serving(FakeEndpoint(rule, faults=faults, validator=validator)) as endpoint:
        broken = analysed(data, endpoint, TIMEOUT_S if isinstance(fault, Timeout) else 60.0)
        endpoint.faults = {}
        endpoint.rule = answer
        mended = analysed(data, endpoint)
    if endpoint.violations:
        raise ValueError(f"not as specified: {endpoint.violations[0]}")
    shutil.rmtree(data.parent)
    return broken, mended


def down(pristine: Path) -> tuple[Row, Row]:
    """Return what became of a run while nothing listened at the address, and of the next one."""
    data = Path(tempfile.mkdtemp(dir=pristine.parent)) / "data"
    shutil.copytree(pristine, data)
    broken = analysed(data, FakeEndpoint(answer, url="http://127.0.0.1:9/v1"))
    with serving(FakeEndpoint(answer)) as endpoint:
        mended = analysed(data, endpoint)
    shutil.rmtree(data.parent)
    return broken, mended


def in_chinese(asked: Asked) -> Answer:
    """Answer as the plain model does, in another language than was asked in."""
    reply = answer(asked)
    for conversation in reply.get("asking", []):
        for question in conversation["q"]:
            question["text"] = "为什么代理在启动数据节点时总是失败并退出?"
    for claim in reply.get("claims", []):
        claim["text"] = "请提高超时时间,然后重新启动代理。"
    return reply


def main() -> None:
    """Print the table."""
    print("| fault | when | requests | read by model, without | entries by model, extracted | named | then |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        pristine = prepared(Path(scratch))
        cases = [(name, fault, always) for name, fault in FAULTS.items() for always in (False, True)]
        for name, fault, always in [("none", None, False), *cases]:
            _print(name, "always" if always else "once", *tried(pristine, fault, always))
        _print("wrong language", "always", *tried(pristine, None, True, rule=in_chinese))
        _print("down for an hour", "always", *down(pristine))


def _print(name: str, when: str, broken: Row, mended: Row) -> None:
    read, without = broken.read
    later = f"{mended.requests} requests, {mended.by_model} by model"
    print(
        f"| {name} | {when} | {broken.requests} | {read}, {without} "
        f"| {broken.by_model}, {broken.extracted} | {len(broken.run.skipped)} | {later} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
