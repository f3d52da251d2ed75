"""Names lose their askers' typing errors, and no real word is taken for another."""

from __future__ import annotations

import numpy as np
import pytest

from threadlore.agents.naming.names import candidates, name_groups, name_themes
from threadlore.agents.naming.respelling import corrected, corrections

TALK = ["connect the repeater to the station", "the contact list of a repeater"] * 5


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Cant recieve a mesage", "Can't receive a message"),
        ("the repaeter is off", "the repeater is off"),
        ("repeeater with a stattion", "repeater with a station"),
        ("read the contract and the station.repaeter setting", None),
        ("see `repaeter` and REPAETER", None),
    ],
)
def test_only_what_is_surely_misspelt_is_mended(text: str, mended: str | None) -> None:
    assert corrected(text, corrections([*TALK, text])) == (mended or text)


def test_a_name_without_typing_errors_is_preferred_and_the_others_are_mended() -> None:
    texts = ["Cant login to the console", "Can not login to the console"]
    vectors = np.full((2, 4), 0.5, dtype=np.float32)
    assert name_groups({"a": texts}, {"a": vectors}, ["a"], {})["a"].label == "Can not login to the console"
    alone = name_groups({"a": texts[:1]}, {"a": vectors[:1]}, ["a"], {})["a"].label
    assert alone == "Can't login to the console"


@pytest.mark.parametrize(
    "text",
    [
        "Is this functional at the moment?",
        "Other repeaters nearby will ignore it",
        "Can be done inside the server",
    ],
)
def test_what_points_to_something_said_before_is_no_name(text: str) -> None:
    assert candidates(text) == []


def test_a_question_that_was_cut_at_a_comma_keeps_its_mark() -> None:
    said = (
        "Does the radio ever set its clock by itself, or does it only do so when the sync command is entered?"
    )
    assert candidates(said) == ["Does the radio ever set its clock by itself?"]
    assert candidates("Count(*) stays the same after the deadline") == [
        "Count(*) stays the same after the deadline"
    ]


def test_a_theme_with_one_word_for_all_its_topics_ends_in_no_colon() -> None:
    texts = ["antenna gain on the roof", "antenna cable on the roof"]
    found = name_themes({"t": texts, "u": ["a clock", "the time"]}, {"t": [("a", ("antenna",))]}, set())
    assert not found["t"].label.endswith((":", " "))
