"""What is shown keeps Discord's limits, hides no link, and calls nobody."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bot.scene import AT, entry
from threadlore.bot import limits
from threadlore.bot.access import Author, has_role, is_ignored, may_be_reviewed_here, may_be_shown
from threadlore.bot.cards import Card, Field, fitted_cards, size_of
from threadlore.bot.completing import completed
from threadlore.bot.custom_ids import PATTERN, ButtonName, entry_key, entry_of
from threadlore.bot.deciding import answers_post, withdrawn
from threadlore.bot.entries import rank
from threadlore.bot.entry_cards import entry_reply
from threadlore.bot.plain import link, plain, plain_lines, safe_url
from threadlore.bot.rendering import answer_reply, sources_reply
from threadlore.bot.requests import Limits, RequestLimit
from threadlore.bot.review_cards import DECIDED, review_digest, review_reply, to_put_up
from threadlore.helpdesk import BotMessage, Tally
from threadlore.seams import Answer, AnswerSource, RelatedThread
from threadlore.settings import load_settings
from threadlore.tools.calling import arguments_for, read_case
from threadlore.tools.registry import tools
from threadlore.types import EntryState, Visibility
from threadlore.wiring import Workspace
from threadlore.wiring.bot import BotService

TEXT = st.text(alphabet=st.sampled_from("ab \n`*_~|[]()<>@#!&-+.:/\\😀中"), max_size=400)
LONG = st.text(alphabet=st.sampled_from("ab \n`#😀"), max_size=9000)


@given(LONG, st.integers(64, 2000))
def test_parts_fit_and_hold_every_word(text: str, limit: int) -> None:
    parts = limits.split_text(text, limit)
    assert all(limits.units(part) <= limit for part in parts)
    assert re.sub(r"[\s`]", "", "".join(parts)).count("a") >= text.count("a")


def test_a_code_block_that_is_cut_is_closed_and_opened_again() -> None:
    code = "```yaml\n" + "\n".join(f"key{n}: value" for n in range(40)) + "\n```"
    parts = limits.split_text(code, 200)
    assert len(parts) > 2
    assert all(part.startswith("```yaml\n") and part.endswith("```") for part in parts)


@given(TEXT, st.integers(0, 300))
def test_a_text_that_is_cut_fits(text: str, limit: int) -> None:
    assert limits.units(limits.cut(text, limit)) <= limit


@given(TEXT)
def test_other_peoples_words_carry_no_markup_and_no_call(text: str) -> None:
    for shown in (plain(text, 300), plain_lines(text, 300)):
        assert len(shown) <= 300
        bare = re.sub(r"\\.", "", shown)
        assert not re.search(r"[*_~|`\[\]()<>#]", bare)
        assert not re.search(r"@(everyone|here|[!&]?\d)", shown)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://x.example/a)b", "https://x.example/ y", "https://x.example/<b>", ""],
)
def test_an_address_that_could_end_a_link_early_makes_none(url: str) -> None:
    assert safe_url(url) == ""
    assert link("label", url) == "label"


@given(
    st.lists(
        st.builds(
            Card, text=LONG, title=TEXT, footer=TEXT, fields=st.lists(st.builds(Field, TEXT, LONG)).map(tuple)
        ),
        max_size=5,
    )
)
def test_cards_keep_every_limit(cards: list[Card]) -> None:
    made = fitted_cards(cards, "more")
    assert len(made) <= limits.EMBEDS
    assert sum(map(size_of, made)) <= limits.ALL_EMBEDS
    for card in made:
        assert limits.units(card.title) <= limits.TITLE
        assert limits.units(card.text) <= limits.DESCRIPTION
        assert len(card.fields) <= limits.FIELDS
        for field in card.fields:
            assert field.name.strip() and limits.units(field.name) <= limits.FIELD_NAME
            assert field.value.strip() and limits.units(field.value) <= limits.FIELD_VALUE


def test_a_long_answer_says_where_the_rest_is() -> None:
    item = entry("e_1", "How?", answer="A sentence of the answer.\n" * 400)
    [card] = answer_reply(Answer("answered", item.answer, 0.9, "e_1"), item).cards
    assert "/faq show" in card.text
    assert len(entry_reply(item).cards) >= 1


def test_related_threads_are_marked_not_reviewed_and_their_words_are_plain() -> None:
    hostile = RelatedThread("[free](https://bad.example)", "https://good.example/1", "@everyone **look**")
    [card] = answer_reply(Answer("unknown", "Not known.", 0.1, related=(hostile,))).cards
    [field] = card.fields
    assert "not reviewed" in field.name
    assert "](https://good.example/1)" in field.value and "](https://bad.example)" not in field.value
    assert "@everyone" not in field.value


def test_sources_are_named_once_each() -> None:
    page = AnswerSource("Page", "https://x.example/1")
    [card] = sources_reply([page, page, AnswerSource("message", "https://x.example/2", "a quote")]).cards
    assert card.text.count("https://x.example/1") == 1
    assert "a quote" in card.text


def ours(name: str) -> ButtonName | None:
    found = re.fullmatch(PATTERN, name)
    return ButtonName.of(found) if found else None


@given(st.text(max_size=120))
def test_a_button_finds_its_entry_again(key: str) -> None:
    item = entry(key or "e", "How?")
    name = ButtonName("approve", entry_key(item.id), "0123456789abcdef")
    read = ours(str(name))
    assert read == name
    assert entry_of(read.key, [entry("other", "What?"), item]) is item


@given(st.text(max_size=100))
def test_a_button_of_somebody_else_is_read_as_none_or_as_ours(name: str) -> None:
    read = ours(name)
    assert read is None or str(read) == name or read.shown == ""


@pytest.mark.parametrize(
    "author",
    [
        Author(bot=True, webhook=False, system=False, self=False, opted_out=False),
        Author(bot=False, webhook=True, system=False, self=False, opted_out=False),
        Author(bot=False, webhook=False, system=True, self=False, opted_out=False),
        Author(bot=False, webhook=False, system=False, self=True, opted_out=False),
        Author(bot=False, webhook=False, system=False, self=False, opted_out=True),
    ],
)
def test_nothing_by_these_is_answered(author: Author) -> None:
    assert is_ignored(author)


def test_roles_are_found_by_id_or_name_and_none_by_default() -> None:
    assert has_role([("1", "Helper"), ("2", "Maintainer")], ["Maintainer"])
    assert not has_role([("1", "Helper")], [])
    assert not has_role([], ["Helper"])


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({}, True),
        ({"visibility": Visibility.PRIVATE}, False),
        ({"state": EntryState.DRAFT}, False),
        ({"state": EntryState.STALE}, False),
        ({"merged_into": "e_2"}, False),
    ],
)
def test_only_approved_public_entries_are_shown(changed: dict[str, object], shown: bool) -> None:
    assert may_be_shown(entry("e_1", "How?").model_copy(update=changed)) is shown


def test_a_draft_is_reviewed_only_where_not_everyone_reads() -> None:
    assert may_be_reviewed_here(entry("e_1", "How?"), everyone_sees=False)
    assert not may_be_reviewed_here(entry("e_1", "How?"), everyone_sees=True)


def test_requests_are_limited_by_person_and_by_channel_in_a_window() -> None:
    both = Limits.of(person=2, channel=3)
    assert not both.ask("ann", "c", AT) and not both.ask("ann", "c", AT + timedelta(minutes=4))
    assert both.ask("ann", "c", AT + timedelta(minutes=5)) == timedelta(minutes=5)
    assert not both.ask("ben", "c", AT + timedelta(minutes=5))
    assert both.ask("cat", "c", AT + timedelta(minutes=5)) == timedelta(minutes=5)
    assert not both.ask("cat", "d", AT + timedelta(minutes=5))
    assert not both.ask("ann", "c", AT + timedelta(minutes=11))


def test_the_limit_forgets_who_asked_long_ago() -> None:
    limit = RequestLimit(1)
    for number in range(10_050):
        limit.count(str(number), AT)
    assert limit.wait("0", AT) == timedelta()
    assert limit.wait("10049", AT) > timedelta()
    assert len(limit) == 10_000
    limit.count("late", AT + timedelta(minutes=10))
    assert len(limit) == 1, "of what has passed nothing is kept"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400)), max_size=60))
def test_nobody_gets_more_than_the_limit_in_any_window(requests: list[tuple[str, int]]) -> None:
    limit, taken = RequestLimit(3), dict[str, list[datetime]]()
    now = AT
    for key, seconds in requests:
        now += timedelta(seconds=seconds)
        before = [at for at in taken.get(key, ()) if at > now - limit.window]
        wait = limit.take(key, now)
        assert (wait == timedelta()) == (len(before) < 3)
        if not wait:
            taken.setdefault(key, []).append(now)


@pytest.mark.parametrize(
    ("missing", "said", "found"),
    [
        # In a question for memory a bare count is read as one of vectors.
        ("vectors", "about 10M", "10M"),
        ("dim", "768.", "768 dimensions"),
        ("memory_bytes", "64", "64GB of memory"),
        ("from", "qdrant", "move from qdrant to Milvus"),
        ("vectors", "a lot", None),
        ("vectors", "  ", None),
    ],
)
def test_a_bare_answer_completes_the_question(missing: str, said: str, found: str | None) -> None:
    whole = completed("how much memory with HNSW?", missing, said)
    assert whole == (None if found is None else f"how much memory with HNSW?\n{found}")
    if whole is not None:
        case = read_case(whole)
        assert any(missing in arguments_for(tool, whole, case) for tool in tools().values() if tool.pure)


@given(TEXT, st.sampled_from(["vectors", "dim", "memory_bytes", "from", "to", ""]))
def test_whatever_is_answered_is_read_or_refused(said: str, missing: str) -> None:
    whole = completed("how much?", missing, said)
    assert whole is None or whole.startswith("how much?\n")


@pytest.mark.parametrize(
    ("kind", "confidence", "tally", "answers"),
    [
        ("answered", 0.81, None, True),
        ("answered", 0.80, None, False),
        ("answered", 0.81, Tally(not_helpful=1), False),
        ("answered", 0.78, Tally(helpful=1), True),
        ("answered", 0.70, Tally(helpful=50), False),
        ("unknown", 1.0, None, False),
        ("ask_back", 1.0, None, False),
        ("tool", 1.0, None, False),
    ],
)
def test_a_post_is_answered_over_the_threshold_alone(
    kind: str, confidence: float, tally: Tally | None, answers: bool
) -> None:
    item = entry("e_1", "How?")
    answer = Answer(kind, "x", confidence, "e_1", likeness=0.7)
    assert answers_post(answer, item, 0.8, tally) is answers
    assert not answers_post(answer, None, 0.8, tally)


def test_the_least_bad_of_a_few_entries_is_no_answer() -> None:
    item = entry("e_1", "How?")
    assert answers_post(Answer("answered", "x", 0.95, "e_1", likeness=0.6), item, 0.8, None)
    assert not answers_post(Answer("answered", "x", 0.95, "e_1", likeness=0.45), item, 0.8, None)


def test_barely_sure_and_barely_alike_is_no_answer() -> None:
    item = entry("e_1", "How?")
    assert answers_post(Answer("answered", "x", 0.82, "e_1", likeness=0.75), item, 0.8, None)
    assert not answers_post(Answer("answered", "x", 0.82, "e_1", likeness=0.6), item, 0.8, None)


def test_an_entry_goes_back_to_review_once_and_stays_approved() -> None:
    item = entry("e_1", "How?")
    assert withdrawn(item, Tally(helpful=3, not_helpful=3), 3) is None
    back = withdrawn(item, Tally(helpful=1, not_helpful=3), 3)
    assert back is not None and back.state is EntryState.APPROVED and back.review_reasons
    assert withdrawn(back, Tally(not_helpful=4), 3) is None


def test_entries_are_found_by_half_a_word_and_the_liked_ones_come_first() -> None:
    items = [entry("a", "How do I back up?"), entry("b", "How do I back out?"), entry("c", "Why slow?")]
    assert [item.id for item in rank(items, "how back", {"b": Tally(helpful=1)}, 5)] == ["b", "a"]
    assert [item.id for item in rank(items, "slo", {}, 5)] == ["c"]
    assert rank(items, "zebra", {}, 5) == []


def test_the_most_asked_drafts_are_put_up_as_far_as_the_week_allows() -> None:
    drafts = [entry(f"d{n}", f"Question {n}?", state=EntryState.DRAFT) for n in range(4)]
    asked = {"d2": 9, "d0": 5}
    assert [item.id for item in to_put_up(drafts, asked, [], AT, 2)] == ["d2", "d0"]
    posted = [
        BotMessage(message_id="1", channel="7", kind="review", subject="d2", shown="x", at=AT),
        BotMessage(message_id="2", channel="7", kind="review", subject="d9", shown=DECIDED, at=AT),
    ]
    week, later = AT + timedelta(days=6), AT + timedelta(days=8)
    assert [item.id for item in to_put_up(drafts, asked, posted, week, 3)] == ["d0"]
    assert [item.id for item in to_put_up(drafts, asked, posted, later, 2)] == ["d0", "d1"]


def test_a_draft_shows_what_stands_against_it_and_how_often_it_was_asked() -> None:
    item = entry("e_1", "How?", state=EntryState.DRAFT, review_reasons=("a number is not in the evidence",))
    [card] = review_reply(item, 7).cards
    assert "asked by 7" in card.footer
    assert any("a number is not in the evidence" in field.value for field in card.fields)
    assert review_digest(item) != review_digest(item.model_copy(update={"answer": "Other."}))


def test_the_footer_says_for_what_an_answer_is_true() -> None:
    checked = date(2026, 8, 1).isoformat()
    answer = Answer("answered", "x", 0.9, "e_1", applies_to="2.5 and later", checked=checked)
    [card] = answer_reply(answer, entry("e_1", "How?")).cards
    assert "2.5 and later" in card.footer and checked in card.footer


def test_what_is_written_to_the_bot_is_kept_without_ids_and_secrets(tmp_path: Path) -> None:
    workspace = Workspace(load_settings(data=tmp_path, discord_guild="42"))
    try:
        kept = BotService(workspace).clean("<@123456789012345678> of bob@example.com said 10M")
        known = workspace.scrubber.pseudonym("discord:42", "123456789012345678")
        assert kept == f"@{known} of [email] said 10M"
    finally:
        workspace.close()
