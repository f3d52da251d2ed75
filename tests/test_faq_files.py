"""FAQ entries as Markdown files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.errors import BadInput
from threadlore.faq_files import normal_question, profile_entries, read_entry, write_entry
from threadlore.types import (
    AppliesTo,
    Citation,
    DocLink,
    EntryOrigin,
    EntryState,
    FaqEntry,
    Revision,
    ToolCall,
    Visibility,
)

AT = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
texts = st.lists(text, max_size=3).map(tuple)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
json_dicts = st.dictionaries(text, json_values, max_size=3)
days = st.dates(date(2020, 1, 1), date(2027, 1, 1))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
citations = st.builds(
    Citation, source_id=text, kind=st.sampled_from(["message", "document", "tool"]), quote=text, url=text
)
calls = st.builds(
    ToolCall, id=text, tool=text, arguments=json_dicts, result=json_dicts, summary=text, facts_version=text
)
revisions = st.builds(
    Revision,
    id=text,
    question=text,
    answer=text,
    citations=st.lists(citations, max_size=1).map(tuple),
    tool_calls=st.lists(calls, max_size=1).map(tuple),
    reason=text,
    by=text,
    at=instants,
    state=st.sampled_from(["proposed", "accepted", "rejected"]),
)
entries = st.builds(
    FaqEntry,
    id=text,
    topic_id=st.none() | text,
    question=text,
    paraphrases=texts,
    answer=text,
    citations=st.lists(citations, max_size=2).map(tuple),
    core=st.lists(st.integers(0, 9), max_size=2).map(tuple),
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    tools=texts,
    doc_links=st.lists(st.builds(DocLink, title=text, url=text, version=text), max_size=2).map(tuple),
    area=text,
    applies_to=st.builds(
        AppliesTo, since=st.none() | text, until=st.none() | text, first_date=st.none() | days
    ),
    checked_at=st.none() | days,
    state=st.sampled_from(list(EntryState)),
    origin=st.sampled_from(list(EntryOrigin)),
    visibility=st.sampled_from(list(Visibility)),
    contested=st.booleans(),
    merged_into=st.none() | text,
    review_reasons=texts,
    revisions=st.lists(revisions, max_size=2).map(tuple),
    created_at=instants,
    updated_at=instants,
)


@given(entries)
def test_every_entry_comes_back_as_it_was_written(entry: FaqEntry) -> None:
    assert read_entry(write_entry(entry), "x.md") == entry


@given(st.text(max_size=200))
def test_any_text_is_an_entry_or_a_clear_error(noise: str) -> None:
    for candidate in (noise, f"---\n{noise}\n---\nAnswer."):
        try:
            read_entry(candidate, "faq/x.md", AT)
        except BadInput as error:
            assert error.message.startswith("faq/x.md:")
            assert error.hint


def test_a_curated_file_needs_little() -> None:
    entry = read_entry(
        "---\nquestion: How do I upgrade?\ncheckedat: 1\n---\n".replace(
            "checkedat: 1", "checked_at: 2026-03-02"
        )
        + "\nStop it, then start the new one.\n",
        Path("faq/upgrade.md"),
    )
    assert entry.id == "upgrade"
    assert entry.checked_at == date(2026, 3, 2)
    assert entry.created_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert "created_at" not in write_entry(entry)


def test_versions_stay_text_without_quotes() -> None:
    entry = read_entry(
        "---\nquestion: Q?\nchecked_at: 2026-03-02\napplies_to:\n  since: 2.10\n  until: null\n---\nA.",
        "x.md",
    )
    assert entry.applies_to == AppliesTo(since="2.10")


def test_a_heading_that_asks_is_enough() -> None:
    entry = read_entry("# How do I upgrade?\n\nStop it first.\n", "up.md", AT)
    assert (entry.id, entry.question, entry.answer) == ("up", "How do I upgrade?", "Stop it first.")


def test_windows_line_ends_and_a_mark_at_the_start_are_read() -> None:
    entry = read_entry("\ufeff---\r\nquestion: Q?\r\n---\r\n\r\nOne.\r\nTwo.\r\n", "x.md", AT)
    assert entry.answer == "One.\nTwo."


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        ("no front matter", "x.md:1: neither"),
        ("---\nquestion: Q?\nbody", "x.md:1: the front matter has no end"),
        ("---\nquestion: 'Q\n---\nA", "x.md:"),
        ("---\nquestion: How: do I?\n---\nA", "x.md:2:"),
        ("---\nquestion: Q?\nstate: blessed\n---\nA", "x.md:3: state"),
        ("---\nquestion: Q?\ncolour: red\n---\nA", "x.md:3: colour"),
        ("---\nquestion: Q?\nquestion: R?\n---\nA", "x.md:3: `question` stands twice"),
        ("---\nquestion: Q?\nanswer: B\n---\nA", "the answer stands twice"),
        ("---\nquestion: &a Q?\narea: *a\n---\nA", "x.md:3: a YAML alias"),
        ("---\nquestion: !!python/object/apply:os.system ['true']\n---\nA", "x.md:2:"),
        ("---\n- a\n---\nA", "x.md:2: the front matter has no fields"),
        ("---\nquestion: " + "[" * 500 + "\n---\nA", "nested too deep"),
        ("---\nquestion: Q?\n---\n" + "x" * 1_000_001, "larger than"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(damaged: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_entry(damaged, "x.md", AT)
    assert says in caught.value.message
    assert caught.value.hint


def test_a_file_without_any_date_says_what_to_add() -> None:
    with pytest.raises(BadInput) as caught:
        read_entry("---\nquestion: Q?\n---\nA", "x.md")
    assert "checked_at" in caught.value.hint


def test_case_and_punctuation_do_not_make_another_question() -> None:
    assert normal_question("How do I use `nprobe`?!") == normal_question("how do I use nprobe")


def test_starter_entries_of_a_profile_are_curated_and_approved(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text("", encoding="utf-8")
    assert profile_entries(str(tmp_path)) == []
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "b.md").write_text(
        "---\nquestion: Q?\nchecked_at: 2026-03-02\n---\nA", encoding="utf-8"
    )
    (found,) = profile_entries(str(tmp_path))
    assert (found.id, found.state, found.origin) == ("b", EntryState.APPROVED, EntryOrigin.CURATED)
