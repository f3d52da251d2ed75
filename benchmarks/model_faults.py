"""What becomes of a broken endpoint: every fault, once and all the time, and at every node alone.

    python benchmarks/model_faults.py

Prints the tables of benchmarks/README.md. The forum is made up; the endpoint is the shipped fake.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadlore import pipeline
from threadlore.prompts import load
from threadlore.seams import Answer as Answered
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
from threadlore.testing.made_up import FORMS, words_of, write_forum
from threadlore.testing.plain_model import answer
from threadlore.testing.replies import Answer
from threadlore.types import EntryOrigin, EntryState, FaqEntry, Run
from threadlore.wiring import open_workspace

TOPICS = 3
RETRIES = 1
TIMEOUT_S = 0.5
SURE_S = 3.0
"""Seconds to wait for an answer where others than the late ones must come in time."""


FAULTS: dict[str, Fault] = {
    "timeout": Timeout(30),
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

NODES = ("distil", "label", "draft", "check", "librarian", "analyst", "answer")
"""What calls a model, by the prompt of the call. The answer graph checks by the prompt of `check` too."""

TOGETHER = (("distil", "label", "check"), ("draft",), ("librarian", "analyst"))
"""Nodes that can fail in one run, for neither keeps the other from being asked."""

QUESTION = "How do I rotate the exports?"
STANDS = "Set export.keep to 12 and restart the exporter of the archive."
"""What a reviewed entry says; the plain model says it in its own words."""

AT = datetime(2026, 10, 1, tzinfo=UTC)

NEVER_KEPT = ("timeout", "429, Retry-After", "500", "connection dropped", "half a JSON body")
"""Faults after which no reply has arrived: the next run asks again."""


SAID_OF = {
    "distil": "read without the model",
    "label": "named without the model",
    "draft": "extracted",
    "check": "extracted",
    "librarian": "compared without the model",
    "analyst": "left to the code's own sentences",
}
"""What a run says of an item, by node."""


@dataclass(frozen=True)
class Row:
    """What became of a run. `by_model` are entries that the model wrote, `extracted` the others."""

    run: Run
    requests: int
    by_model: int
    extracted: int
    asked: dict[str, int]

    @property
    def read(self) -> tuple[int, int]:
        """Conversations read by the model, and without it."""
        return self.count("distil", "read_by_model"), self.count("distil", "read_without_model")

    def count(self, stage: str, name: str) -> int:
        """Return what a stage counted under a name."""
        return {one.name: one.counts for one in self.run.stages}.get(stage, {}).get(name, 0)

    def without(self, node: str) -> int:
        """Return how many items of a node went the way without the model, as its stage counts them."""
        if node in ("distil", "label"):
            return self.count(node, {"distil": "read_without_model", "label": "named_without_model"}[node])
        # What the check refuses of a draft in another language is counted where it is found out.
        stages = ("draft", "check") if node == "draft" else (node,)
        return sum(self.count(stage, "without the model") for stage in stages)

    def named(self, node: str) -> int:
        """Return how many items the run names as gone without the model at a node."""
        return sum(SAID_OF[node] in one.reason for one in self.run.skipped)


def prepared(folder: Path) -> Path:
    """Fill a data folder with the made-up forum; return it."""
    data, forum = folder / "pristine", folder / "forum.jsonl"
    write_forum(forum, TOPICS)
    with open_workspace(load_settings(data=data, embedder="hashing")) as workspace:
        asyncio.run(workspace.ingest([forum], name="forum:faults"))
        like = FORMS[0].format(*words_of(0)).replace("starts", "ends at night")
        workspace.records.save_entries(
            [_entry("night", like, "Nobody knows.", EntryState.DRAFT), _entry("rotate", QUESTION, STANDS)]
        )
    return data


def _entry(key: str, question: str, answer: str, state: EntryState = EntryState.APPROVED) -> FaqEntry:
    return FaqEntry(
        id=key,
        question=question,
        answer=answer,
        state=state,
        origin=EntryOrigin.CURATED,
        created_at=AT,
        updated_at=AT,
    )


def node_of(asked: Asked) -> str:
    """Return the node that sent a request, by how its prompt begins."""
    begun = {name: load(name).text.partition("{")[0] for name in NODES}
    return next(name for name in NODES if asked.system.startswith(begun[name]))


def analysed(data: Path, endpoint: FakeEndpoint, patience_s: float = 60.0, retries: int = RETRIES) -> Row:
    """Analyse a data folder with what answers at the endpoint."""
    settings = load_settings(
        data=data,
        embedder="hashing",
        model="fake",
        model_url=endpoint.url,
        model_timeout=patience_s,
        model_retries=retries,
    )
    before = len(endpoint.requests)
    with open_workspace(settings) as workspace:
        run = asyncio.run(pipeline.analyze(workspace.analysis()))
        methods = [trail.method for trail in workspace.records.trails(run.id)]
    by_model = sum(method != "extractive" for method in methods)
    asked = [node_of(Asked(0, body)) for body in endpoint.requests[before:]]
    counted = {name: asked.count(name) for name in NODES}
    return Row(run, len(asked), by_model, len(methods) - by_model, counted)


def tried(
    pristine: Path, fault: Fault | None, always: bool, validator: Validator | None = None, rule: Rule = answer
) -> tuple[Row, Row]:
    """Return what became of a run with a fault, and of the next one when all is well again."""
    return _twice(
        pristine,
        lambda asked: fault if always or asked.number == 0 else None,
        FakeEndpoint(rule, validator=validator),
        (TIMEOUT_S if always else SURE_S) if isinstance(fault, Timeout) else 60.0,
    )


def tried_at(
    pristine: Path, nodes: Sequence[str], fault: Fault | None, validator: Validator | None = None
) -> tuple[Row, Row]:
    """Return what became of a run in which `nodes` alone meet a fault, each time; None: Chinese."""
    return _twice(
        pristine,
        lambda asked: fault if node_of(asked) in nodes else None,
        FakeEndpoint(_foreign_at(nodes) if fault is None else reworded, validator=validator),
        SURE_S if isinstance(fault, Timeout) else 60.0,
        retries=0 if isinstance(fault, Timeout) else RETRIES,
    )


def _foreign_at(nodes: Sequence[str]) -> Rule:
    return lambda asked: (in_chinese if node_of(asked) in nodes else reworded)(asked)


def _twice(
    pristine: Path,
    faults: Callable[[Asked], Fault | None],
    endpoint: FakeEndpoint,
    patience_s: float,
    retries: int = RETRIES,
) -> tuple[Row, Row]:
    data = Path(tempfile.mkdtemp(dir=pristine.parent)) / "data"
    shutil.copytree(pristine, data)
    endpoint.faults = faults
    with serving(endpoint):
        broken = analysed(data, endpoint, patience_s, retries)
        endpoint.faults = {}
        endpoint.rule = reworded
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


def asked_with(
    pristine: Path, node: str, fault: Fault | None, validator: Validator | None = None
) -> tuple[Answered, FakeEndpoint]:
    """Return what `ask` says while a node of the answer graph meets a fault, each time; None: Chinese."""
    endpoint = FakeEndpoint(
        _foreign_at((node,)) if fault is None else reworded,
        faults=lambda asked: fault if node_of(asked) == node else None,
        validator=validator,
    )
    with serving(endpoint):
        settings = load_settings(
            data=pristine,
            embedder="hashing",
            model="fake",
            model_url=endpoint.url,
            model_timeout=SURE_S if isinstance(fault, Timeout) else 60.0,
            model_retries=0 if isinstance(fault, Timeout) else RETRIES,
        )
        with open_workspace(settings) as workspace:
            return asyncio.run(workspace.answerer.answer(QUESTION)), endpoint


def reworded(asked: Asked) -> dict[str, Any]:
    """Answer as the plain model does, not letter for letter: what it claims is put to the second check."""
    reply = answer(asked)
    if node_of(asked) == "answer":
        said = {"ref": "q2", "quote": "Set export.keep to 12 and restart the exporter"}
        claim = {"form": "sentence", "text": "Restart the exporter with export.keep at 12.", "cites": [said]}
        return {**reply, "action": "answer", "claims": [claim]}
    for claim in reply.get("claims", []):
        claim["text"] = f"To mend it, {claim['text'][0].lower()}{claim['text'][1:]}"
    return reply


def in_chinese(asked: Asked) -> Answer:
    """Answer as the plain model does, in another language than was asked in."""
    reply = reworded(asked)
    for conversation in reply.get("asking", []):
        for question in conversation["q"]:
            question["text"] = "为什么代理在启动数据节点时总是失败并退出?"
    for claim in reply.get("claims", []):
        claim["text"] = "请提高超时时间,然后重新启动代理。"
    for topic in reply.get("topics", []):
        topic |= {"name": "代理启动失败", "line": "为什么代理在启动时失败"}
    for sentence in reply.get("sentences", []):
        sentence["text"] = "本周有九个问题。"
    return reply


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as scratch:
        pristine = prepared(Path(scratch))
        _all_nodes(pristine)
        _each_node(pristine)


def _all_nodes(pristine: Path) -> None:
    print("| fault | when | requests | read by model, without | entries by model, extracted | named | then |")
    print("|---|---|---|---|---|---|---|")
    cases = [(name, fault, always) for name, fault in FAULTS.items() for always in (False, True)]
    for name, fault, always in [("none", None, False), *cases]:
        _print(name, "always" if always else "once", *tried(pristine, fault, always))
    _print("wrong language", "always", *tried(pristine, None, True, rule=in_chinese))
    _print("down for an hour", "always", *down(pristine))


def _each_node(pristine: Path) -> None:
    print(f"\n| fault | {' | '.join(NODES)} | check of an answer |\n|---|{'---|' * (len(NODES) + 1)}")
    for name, fault in [*FAULTS.items(), ("wrong language", None)]:
        cells: dict[str, str] = {}
        for nodes in TOGETHER:
            broken, mended = tried_at(pristine, nodes, fault)
            cells |= {node: _cell(broken, mended, node) for node in nodes}
        for node in ("answer", "check"):
            said, endpoint = asked_with(pristine, node, fault)
            told = "reviewed entry" if said.text == STANDS else "the model's words"
            named = "named" if said.model_failed else "not named"
            cells["" if node == "check" else node] = f"{len(endpoint.requests)}: {told}, {named}"
        print(f"| {name} | {' | '.join(cells[node] for node in (*NODES, ''))} |", flush=True)


def _cell(broken: Row, mended: Row, node: str) -> str:
    later = f", {mended.asked[node]} later" if mended.asked[node] else ""
    return f"{broken.asked[node]}: {broken.without(node)} without, {broken.named(node)} named{later}"


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
