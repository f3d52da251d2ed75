"""What is pointed to where no entry answers: settled threads, nobody's word for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.agents.forum import PROFILE, Exchange, fill
from threadlore.agents.answer_graph import GraphAnswerer
from threadlore.seams import Answer
from threadlore.store.exact import ExactVectors
from threadlore.store.records import Records
from threadlore.testing import HashEmbedder
from threadlore.types import Marks, Role

ASKED = "How do I mute one room of the chat on the phone?"
TOLD = "Open the room on the phone, press the bell and choose mute."


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


def ask(records: Records, exchanges: Sequence[Exchange], question: str) -> Answer:
    """Ask a community that has threads and no entry."""
    fill(records, exchanges)
    embedder = HashEmbedder(1024)

    async def answered() -> Answer:
        vectors = ExactVectors(records, embedder)
        answerer = GraphAnswerer(records=records, embedder=embedder, vectors=vectors, profile=PROFILE)  # type: ignore[arg-type]
        return await answerer.answer(question)

    return asyncio.run(answered())


def test_a_community_without_entries_is_shown_what_was_settled(records: Records) -> None:
    others = [Exchange("Which antenna is best on a boat?", "Take the long one.", asker="bob", day=1)]
    answer = ask(records, [Exchange(ASKED, TOLD), *others], "How do I mute a room of the chat on my phone?")
    assert answer.kind == "unknown"
    assert [(one.title, one.answer) for one in answer.related] == [(ASKED, TOLD)]


def test_what_has_nothing_to_do_with_it_is_not_shown(records: Records) -> None:
    answer = ask(records, [Exchange(ASKED, TOLD)], "best pizza in Berlin?")
    assert (answer.kind, answer.related) == ("out_of_scope", ())


def test_what_the_asker_says_alone_is_not_shown(records: Records) -> None:
    own = Exchange(ASKED, TOLD, helper="ann", role=Role.MEMBER, marks=Marks())
    assert ask(records, [own], ASKED).related == ()
