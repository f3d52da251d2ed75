"""What may head an entry, and what may carry its answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.forum import Exchange
from tests.agents.test_draft import drafts
from threadlore.agents.drafting.asides import is_aside, may_lead
from threadlore.agents.drafting.sentences import split_sentences
from threadlore.agents.drafting.standing import stands_alone
from threadlore.agents.drafting.wording import clean_question, core_of
from threadlore.agents.naming.respelling import KNOWN, corrected
from threadlore.store.records import Records
from threadlore.types import Role


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path / "data")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "question",
    [
        "Does anyone know if the radio has a battery driver?",
        "How do I force the boot loader to show its menu?",
        "Is it possible to mute a single room?",
        "Why is there no password for the root account?",
        "Which package holds the system headers?",
        "How to back up to S3?",
        "How do I set up Attu?",
        "Milvus on ARM",
        "What is nprobe?",
        "How do I use Attu?",
        "ミルバスの検索が遅いのはなぜですか",
    ],
)
def test_a_question_that_names_its_matter_stands_alone(question: str) -> None:
    assert stands_alone(question)


@pytest.mark.parametrize(
    "question",
    [
        "Any ideas?",
        "What could the problem be?",
        "Can I use it to back up a disk?",
        "Will I still get that without telemetry enabled?",
        "How far does the internal antenna reach then?",
        "Have you set the path of your serial device?",
        "Could someone send me the boot file of the laptop?",
        "I still have not found the unread messages?",
        "Of a good package manager?",
        "Maybe related?",
        "What is the topic?",
        "Not sure if the fork of the server was shared already?",
        "Anything I can do to get usable logs?",
        "The radio does not start. Where is the battery driver?",
        "If " + "the mesh is large and the radio is small and " * 4 + "what happens?",
    ],
)
def test_a_question_that_needs_its_thread_heads_nothing(question: str) -> None:
    assert not stands_alone(question)


@pytest.mark.parametrize(
    "sentence",
    [
        "somebody asked earlier whether it scans barcodes",
        "ask that in #fluxbox",
        "god, an old laptop for free would be nice",
        "there is an option in the settings of my node",
        "you didn't install the driver",
        "one of those drivers does the job",
        "reinstalling always helps ;)",
    ],
)
def test_what_was_said_for_those_who_were_there_is_an_aside(sentence: str) -> None:
    assert is_aside(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["I fixed it by setting the port.", "We support ARM since 2.3.", "Restart your node after the update."],
)
def test_advice_is_no_aside(sentence: str) -> None:
    assert not is_aside(sentence)


@pytest.mark.parametrize("sentence", ["Unless it is a mirror.", "But some boards differ.", "It might be so."])
def test_what_goes_on_from_something_does_not_lead(sentence: str) -> None:
    assert not may_lead(sentence, "How do I flash the board?")


def test_an_answer_about_something_else_makes_no_draft(records: Records, tmp_path: Path) -> None:
    asked = "How do I change the refresh rate of the monitor?"
    beside = [
        Exchange(asked, "The old cupboard was sold for twenty dollars.", asker="ann", role=Role.MEMBER),
        Exchange(asked, asker="bob", day=1),
    ]
    assert drafts(records, tmp_path, beside) == []


def test_the_same_from_a_helper_is_drafted_for_review(records: Records, tmp_path: Path) -> None:
    asked = "How do I change the refresh rate of the monitor?"
    told = [
        Exchange(asked, "Open the panel of the desktop and pick another frequency.", asker="ann"),
        Exchange(asked, asker="bob", day=1),
    ]
    assert len(drafts(records, tmp_path, told)) == 1


def test_a_question_that_only_its_thread_makes_plain_makes_no_draft(records: Records, tmp_path: Path) -> None:
    asked = "Can I use it with that?"
    answer = "You can use it with that after you restart the server."
    found = drafts(records, tmp_path, [Exchange(asked, answer, asker="ann"), Exchange(asked, asker="bob")])
    assert found == []


def test_an_indirect_question_is_turned_or_keeps_what_leads_it_in() -> None:
    assert clean_question("does anyone know how I can see the nodes?") == "How can I see the nodes?"
    assert clean_question("Does anyone know if it has a driver?") == "Does anyone know if it has a driver?"


def test_an_answer_loses_the_small_word_in_front_of_it() -> None:
    assert core_of("so feel free to flash the loader") == "feel free to flash the loader"
    assert core_of("so far nothing has changed at all") == "so far nothing has changed at all"


def test_three_dots_inside_a_sentence_end_none() -> None:
    text = "The icon in the bar (clock, wifi etc…) has a sign-out option. Then sign in."
    assert split_sentences(text) == [
        "The icon in the bar (clock, wifi etc…) has a sign-out option.",
        "Then sign in.",
    ]


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("Can't not login attu", "Cannot login attu"),
        ("I don't not see the the node", "I do not see the node"),
        ("It doesn't works on ARM ?", "It doesn't work on ARM?"),
        ("You cannot not only read", "You cannot not only read"),
        ("Can I read it?", "Can I read it?"),
    ],
)
def test_slips_of_grammar_are_mended(written: str, usual: str) -> None:
    assert corrected(written, KNOWN) == usual
