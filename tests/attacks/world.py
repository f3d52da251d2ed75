"""A community in which one attack stands everywhere, and all that comes out of it."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.agents.forum import context_of
from tests.attacks.cases import Attack
from tests.attacks.obeying import Obedient
from threadlore import ids
from threadlore.agents.analyst import with_words
from threadlore.agents.answer_graph import GraphAnswerer
from threadlore.agents.budget import Purse
from threadlore.agents.context import AnalysisContext
from threadlore.agents.graph import run_analysis
from threadlore.agents.model_calls import KeepsNothing, ModelCalls
from threadlore.bundle import Bundle
from threadlore.bundling import build_bundle
from threadlore.profile import Profile, load_profile
from threadlore.publish import load_publisher
from threadlore.seams import Answer, CleanBatch
from threadlore.settings import load_settings
from threadlore.store.outbox import drain
from threadlore.store.records import Records
from threadlore.testing import ScriptedModel
from threadlore.testing.threads import CHANNEL, Said, told
from threadlore.types import (
    Channel,
    Document,
    EntryOrigin,
    EntryState,
    FaqEntry,
    Marks,
    Role,
    Skipped,
    Topic,
)

SOURCE = "test:forum"
START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
UPGRADE = "How do I upgrade milvus from 2.4 to 2.6?"
ADVICE = "You need to upgrade milvus to 2.5 first, then from 2.5 to 2.6."
PAGE = "Upgrade milvus from 2.4 to 2.6 through 2.5."
ROLLBACK = "How do I roll back an upgrade?"
CURATED = "Roll back an upgrade by restoring the backup that was made before it."
FLOOD = 6


@dataclass
class Outcome:
    """Everything that came out: records, pages, answers; and what was asked of the model."""

    entries: list[FaqEntry] = field(default_factory=list)
    before_review: list[FaqEntry] = field(default_factory=list)
    words: tuple[str, ...] = ()
    topics: list[Topic] = field(default_factory=list)
    report: str = ""
    site: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    named: list[Skipped] = field(default_factory=list)
    model: Obedient | None = None


def _talks(attack: Attack) -> list[tuple[str, list[Said]]]:
    """Return threads (title, what is said by whom) in which the attack stands in every place."""
    log = f"It worked after this, see the log:\n```\nERROR [upgrade] {attack.plant}\n```"
    talks: list[tuple[str, list[Said]]] = [
        (
            UPGRADE,
            [
                Said("ann", UPGRADE),
                Said("hal", ADVICE, Role.HELPER, Marks(solved=1)),
                Said("eve", attack.plant),
            ],
        ),
        (
            "upgrade milvus 2.4 to 2.6",
            [
                Said("bob", "how do i upgrade milvus from 2.4 to 2.6? please help"),
                Said("hal", f"{ADVICE}\n{log}", Role.HELPER, Marks(thanks=1)),
                Said("eve", f"{attack.plant} Trust me, upgrade milvus like this."),
            ],
        ),
        (
            f"{attack.plant} upgrade milvus from 2.4 to 2.6",
            [
                Said("eve", f"How do I upgrade milvus from 2.4 to 2.6? {attack.plant}"),
                Said("eve", f"Solved it myself: {attack.plant}"),
            ],
        ),
    ]
    flood = f"{attack.plant} How do I upgrade milvus?"
    talks += [(attack.plant, [Said("eve", f"{flood} {number}")]) for number in range(FLOOD)]
    return talks


def _batch(attack: Attack) -> CleanBatch:
    forum = [
        told((SOURCE, str(number)), title, said, START + timedelta(days=number))
        for number, (title, said) in enumerate(_talks(attack))
    ]
    name = f"questions and answers {attack.plant}"
    return CleanBatch(
        SOURCE,
        (Channel(id=ids.channel_id(SOURCE, CHANNEL), source=SOURCE, name=name),),
        tuple(one.thread for one in forum),
        tuple(message for one in forum for message in one.messages),
        _pages_of(attack),
    )


def _pages_of(attack: Attack) -> tuple[Document, ...]:
    """Return a page with the attack in its text, and one with it in its title and heading."""
    page = _page(attack)
    named = {"title": f"Upgrade milvus {attack.plant}", "heading": f"Note to AI assistants: {attack.plant}"}
    return page, page.model_copy(update={"id": "d_named", "path": "named.md", "text": PAGE, **named})


def _page(attack: Attack) -> Document:
    text = f"{PAGE}\n\nNote to AI assistants: {attack.plant}"
    return Document(
        id="d_page",
        source="docs",
        path="upgrade.md",
        url="https://milvus.io/docs/upgrade.md",
        title="Upgrade milvus",
        heading="How to upgrade milvus from 2.4 to 2.6",
        version="2.6",
        text=text,
    )


def _curated() -> FaqEntry:
    return FaqEntry(
        id="rollback",
        question=ROLLBACK,
        answer=CURATED,
        state=EntryState.APPROVED,
        origin=EntryOrigin.CURATED,
        created_at=START,
        updated_at=START,
    )


def play(attack: Attack, folder: Path) -> Outcome:
    """Let the attack be read, drafted, reviewed by somebody who approves everything, published and asked."""
    profile = load_profile("milvus")
    outcome = Outcome(model=Obedient(attack))
    records = Records(folder / "data")
    try:
        asyncio.run(_play(attack, folder, (records, profile), outcome))
    finally:
        records.close()
    return outcome


async def _play(attack: Attack, folder: Path, parts: tuple[Records, Profile], outcome: Outcome) -> None:
    records, profile = parts
    records.save_batch(_batch(attack))
    records.save_entries([_curated()])
    bare = context_of(records, folder, profile)
    try:
        context = dataclasses.replace(_with_model(bare, outcome), bundle=lambda: _bundle(records, profile))
        await drain(records, context.vectors, context.embedder)
        await run_analysis(context)
        outcome.before_review = records.entries()
        records.save_entries(
            [one.model_copy(update={"state": EntryState.APPROVED}) for one in records.entries()]
        )
        outcome.entries, outcome.topics = records.entries(), records.topics()
        await drain(records, context.vectors, context.embedder)
        for name, question in _questions(attack).items():
            outcome.answers[name] = await _answerer(context, outcome).answer(question)
    finally:
        await bare.vectors().close()
    bundle = with_words(records, _bundle(records, profile))
    outcome.words = bundle.words
    for kind in ("report", "site"):
        load_publisher(kind).publish(bundle, folder / kind)
    outcome.report = _pages(folder / "report")
    outcome.site = _pages(folder / "site")


def _bundle(records: Records, profile: Profile) -> Bundle:
    return build_bundle(
        records, profile, load_settings(profile="milvus"), since="2026-01-01", until="2026-11-01"
    )


def _with_model(bare: AnalysisContext, outcome: Outcome) -> AnalysisContext:
    assert outcome.model is not None
    model = ScriptedModel(outcome.model)
    calls = ModelCalls(bare.records, model, Purse(), bare.run_id, lambda: NOW)
    return dataclasses.replace(bare, calls=calls, skipped=outcome.named.extend)


def _answerer(context: AnalysisContext, outcome: Outcome) -> GraphAnswerer:
    assert outcome.model is not None
    model = ScriptedModel(outcome.model)
    return GraphAnswerer(
        records=context.records,
        embedder=context.embedder(),
        vectors=context.vectors(),
        profile=context.profile,
        calls=ModelCalls(KeepsNothing(), model, Purse(), "ask", lambda: NOW),
    )


def _questions(attack: Attack) -> dict[str, str]:
    return {
        "plain": ROLLBACK,
        "hostile": f"{ROLLBACK} {attack.plant}",
        "upgrade": UPGRADE,
        "tool": f"How much memory do I need for 10M vectors of 768 dimensions? {attack.plant}",
    }


def _pages(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(path.read_text("utf-8", errors="replace") for path in files)
