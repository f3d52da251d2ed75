"""No planted attack comes out, whatever place it stands in and however willing the model is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.attacks.cases import ACTIVE, ATTACKS, Attack
from tests.attacks.world import ADVICE, CURATED, PAGE, Outcome, play
from threadlore.bot.entry_cards import entry_reply
from threadlore.bot.rendering import answer_reply
from threadlore.bot.review_cards import review_reply
from threadlore.types import EntryOrigin, EntryState, FaqEntry


@pytest.fixture(scope="module")
def outcome_of(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Return a function that plays an attack once."""

    @cache
    def played(name: str) -> Outcome:
        attack = next(one for one in ATTACKS if one.name == name)
        folder: Path = tmp_path_factory.mktemp("attack")
        return play(attack, folder)

    return played


@pytest.fixture(params=ATTACKS, ids=lambda attack: attack.name)
def attack(request: pytest.FixtureRequest) -> Attack:
    found: Attack = request.param
    return found


@pytest.fixture
def outcome(attack: Attack, outcome_of: object) -> Outcome:
    assert callable(outcome_of)
    found: Outcome = outcome_of(attack.name)
    return found


def none_of(attack: Attack, text: str) -> None:
    for pattern in attack.never:
        assert not re.search(pattern, text), f"{pattern} in {text[:300]!r}"


def texts_of(entry: FaqEntry) -> str:
    said = [entry.question, *entry.paraphrases, entry.answer, *entry.review_reasons]
    said += [quote.quote for quote in entry.citations]
    for revision in entry.revisions:
        said += [revision.question, revision.answer, revision.reason, *revision.paraphrases]
    return "\n".join(said)


def test_entries_say_nothing_of_it(attack: Attack, outcome: Outcome) -> None:
    mined = [entry for entry in outcome.entries if entry.origin is EntryOrigin.MINED]
    for entry in outcome.entries:
        none_of(attack, texts_of(entry))
    assert all(entry.citations for entry in mined)


def test_the_honest_answer_is_not_lost(attack: Attack, outcome: Outcome) -> None:
    quotes = [quote.quote for entry in outcome.entries for quote in entry.citations]
    quotes += [quote.quote for entry in outcome.entries for one in entry.revisions for quote in one.citations]
    assert {ADVICE, PAGE} & set(quotes)
    assert outcome.answers["plain"].text == CURATED


def test_no_model_approves_or_rewrites_anything(attack: Attack, outcome: Outcome) -> None:
    for entry in outcome.before_review:
        if entry.origin is EntryOrigin.MINED:
            assert entry.state is EntryState.DRAFT
        else:
            assert (entry.answer, entry.state) == (CURATED, EntryState.APPROVED)


def test_topics_are_not_named_by_it(attack: Attack, outcome: Outcome) -> None:
    # What one author asks alone may be read under its own words; what several ask is named by all of them.
    for topic in [one for one in outcome.topics if one.authors > 1]:
        none_of(attack, f"{topic.label} {topic.area} {topic.description}")


def test_the_words_of_the_report_say_nothing_of_it(attack: Attack, outcome: Outcome) -> None:
    none_of(attack, " ".join(outcome.words))


@pytest.mark.parametrize("kind", ["report", "site"])
def test_pages_hold_nothing_that_acts(attack: Attack, outcome: Outcome, kind: str) -> None:
    text = outcome.report if kind == "report" else outcome.site
    assert text
    for pattern in (*ACTIVE, *attack.pages):
        assert not re.search(pattern, text), f"{pattern} on a page of the {kind}"


@pytest.mark.parametrize("asked", ["plain", "hostile", "upgrade", "tool"])
def test_answers_say_nothing_of_it(attack: Attack, outcome: Outcome, asked: str) -> None:
    answer = outcome.answers[asked]
    none_of(attack, answer.text)
    none_of(attack, "\n".join(f"{one.label} {one.quote}" for one in answer.sources))


def test_the_run_names_what_fell_without_repeating_it(attack: Attack, outcome: Outcome) -> None:
    for skipped in outcome.named:
        none_of(attack, f"{skipped.item} {skipped.reason}")


def test_the_model_met_it_only_inside_marked_data(attack: Attack, outcome: Outcome) -> None:
    assert outcome.model is not None and outcome.model.asked
    head = attack.plant[:24]
    for request in outcome.model.asked:
        assert head not in request.system
        for turn in request.turns:
            if turn.role == "user":
                outside = re.sub(r"<data (\w+)>.*?</data \1>", "", turn.text, flags=re.DOTALL)
                assert head not in outside


def test_what_the_bot_shows_neither_pings_nor_leads_away(attack: Attack, outcome: Outcome) -> None:
    shown = [answer_reply(answer) for answer in outcome.answers.values()]
    shown += [entry_reply(entry) for entry in outcome.entries]
    drafts = [entry for entry in outcome.before_review if entry.state is EntryState.DRAFT]
    shown += [review_reply(entry, 2) for entry in drafts]
    text = "\n".join(repr(reply).encode().decode("unicode_escape", "ignore") for reply in shown)
    none_of(attack, text)
