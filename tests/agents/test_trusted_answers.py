"""Where nobody has a role: whose answers may be quoted, and which wordings are one matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.agents.forum import Exchange, question_of
from tests.agents.test_draft import ANSWERED, UPGRADE, drafts
from threadlore.agents.drafting.community import HELPED
from threadlore.agents.drafting.strands import find_strands, wordings_of_questions
from threadlore.agents.drafting.wording import answers_something, clean_question, points_elsewhere, tells
from threadlore.store.records import Records
from threadlore.types import Marks, Role


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


def unknown(asked: str, answer: str, asker: str, day: int = 0) -> Exchange:
    """An answer by a member without a role, without a mark, that the asker did not confirm."""
    return Exchange(asked, answer, asker=asker, helper="hal", role=Role.MEMBER, day=day, marks=Marks())


def test_nobody_is_quoted_who_is_trusted_by_nothing(records: Records, tmp_path: Path) -> None:
    told = unknown(UPGRADE, ANSWERED.answer, "ann")
    assert drafts(records, tmp_path, [told, Exchange(UPGRADE, asker="bob", day=1)]) == []


def test_who_has_settled_the_questions_of_several_others_is_a_helper(
    records: Records, tmp_path: Path
) -> None:
    told = unknown(UPGRADE, ANSWERED.answer, "ann")
    others = [
        unknown(
            f"How do I set the {name} of the index?", f"Set the {name} in the index parameters.", name, day
        )
        for day, name in enumerate(("metric", "level", "size", "width")[: HELPED - 1], start=2)
    ]
    found = drafts(records, tmp_path, [told, Exchange(UPGRADE, asker="bob", day=1), *others])
    assert any(entry.citations[0].quote in ANSWERED.answer for entry in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do we need custom firmware for this?", "Will this help firmware development?"),
        ("Someone has made a firmware patcher.", "Is there a firmware patcher?"),
        ("Is it common for radios not to", "Or do radios need all of it to"),
    ],
)
def test_wordings_that_speak_of_something_said_before_are_no_common_matter(one: str, other: str) -> None:
    questions = [question_of(1, Exchange(one)), question_of(2, Exchange(other, "answer", asker="bob"))]
    wordings = wordings_of_questions(questions)
    same = np.full((len(wordings), 4), 0.5, dtype=np.float32)
    assert find_strands(questions, wordings, same, 2) == []


def test_a_word_that_everybody_uses_makes_no_common_matter() -> None:
    texts = ("How large is the firmware image?", "Who merges the newest firmware?")
    questions = [
        question_of(number, Exchange(text, "answer", asker=text)) for number, text in enumerate(texts)
    ]
    wordings = wordings_of_questions(questions)
    near = np.array([[1.0, 0.0], [0.72, 0.694]], dtype=np.float32)
    common = {"firmware": 0.05, "large": 4.0, "image": 4.0, "merg": 4.0, "newest": 4.0}
    assert find_strands(questions, wordings, near, 2, rarity=common) == []
    assert find_strands(questions, wordings, near, 2, rarity=common | {"firmware": 8.0})


def test_a_question_loses_the_small_talk_in_front_of_it() -> None:
    assert clean_question("Another question though, is there a way to see the path?") == (
        "Is there a way to see the path?"
    )
    assert clean_question("Thanks for the package, but is there a copy of the code?") == (
        "Is there a copy of the code?"
    )
    assert points_elsewhere("Could you pull the newest and try it?")
    assert not points_elsewhere("Is it possible to set the path by hand?")
    assert tells("The new antenna works well.")


@pytest.mark.parametrize(
    "sentence",
    [
        "What are you wanting to do, the dashboard can already monitor the radio.",
        "Further, should the firmware update the clock when it syncs",
    ],
)
def test_a_question_back_is_no_answer(sentence: str) -> None:
    assert not answers_something(sentence, set())
