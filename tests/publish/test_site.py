"""The FAQ pages: what they show, where they link, and what never reaches them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.publish.builders import (
    a_tool_call,
    an_entry,
    an_entry_view,
    empty_bundle,
    full_bundle,
    html_of,
    tree,
)
from tests.publish.test_markdown import TEXT, tags
from threadlore.bundle import Bundle, Counts, WaitingEntry
from threadlore.publish.site import load
from threadlore.publish.site.pages import site_pages, slug, truth
from threadlore.publish.site.related import related_entries
from threadlore.publish.templates import render
from threadlore.types import AppliesTo, Citation, EntryState

LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages_of(bundle: Bundle) -> dict[str, str]:
    return {
        page.path: render("threadlore.publish.site", f"{page.kind}.md.j2", **page.values)
        for page in site_pages(bundle)
    }


def assert_links_resolve(folder: Path) -> None:
    reached = {"index.md"}
    for path in folder.rglob("*.md"):
        for target in LINK.findall(path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).is_file(), f"{target} in {path}"
                reached.add(str((path.parent / target).resolve().relative_to(folder.resolve())))
    assert reached == {str(path.relative_to(folder)) for path in folder.rglob("*.md")}


def test_every_link_between_pages_resolves_and_reaches_every_page(tmp_path: Path) -> None:
    many = tuple(
        an_entry_view(f"entry-{number}", question=f"Question {number} on memory", area=area)
        for number in range(25)
        for area in (("deployment", "performance", "unknown area!")[number % 3],)
    )
    load().publish(full_bundle(entries=many), tmp_path)
    assert_links_resolve(tmp_path)
    assert len(list((tmp_path / "entries").iterdir())) == 25


def test_an_entry_shows_answer_versions_numbers_and_sources() -> None:
    page = pages_of(full_bundle())["entries/memory.md"]
    assert "# How much memory does HNSW need?" in page
    assert "True for 2.6 and later. Checked on 2026-11-20." in page
    assert "About **1.5 times** the raw vectors." in page
    assert "**3.2 GB** of memory" in page
    assert "`threadlore tool size --vectors 1000000 --dimension 768 --index HNSW`" in page
    assert "> plan 1.5 x raw \\[1\\]" in page
    assert "A maintainer, 17 November 2026, in [Memory of HNSW](https://forum.example/1)" in page
    assert "[Index](https://docs.example/index) (2.6)" in page
    assert "- ram for hnsw?" in page
    assert "[Does HNSW memory shrink with mmap?](memory-mmap.md)" in page


def test_pages_carry_a_title_for_site_generators() -> None:
    for page in pages_of(full_bundle()).values():
        header = page.split("---\n")[1]
        assert yaml.safe_load(header)["title"]
        assert html_of(page).count("<h1>") == 1


@pytest.mark.parametrize(
    ("applies", "checked", "expected"),
    [
        (AppliesTo(since="2.6"), date(2026, 11, 20), "True for 2.6 and later. Checked on 2026-11-20."),
        (AppliesTo(since="2.4", until="2.5"), None, "True for 2.4 to 2.5."),
        (AppliesTo(since="2.4", until="2.4"), None, "True for 2.4."),
        (AppliesTo(until="2.5"), None, "True up to 2.5."),
        (
            AppliesTo(last_date=date(2025, 1, 2)),
            None,
            "No version is named; the newest evidence is of 2025-01-02.",
        ),
        (AppliesTo(), None, ""),
    ],
)
def test_versions_and_dates_in_words(applies: AppliesTo, checked: date | None, expected: str) -> None:
    assert truth(an_entry(applies_to=applies, checked_at=checked)) == expected


def test_contested_answers_say_so() -> None:
    page = pages_of(full_bundle(entries=(an_entry_view(contested=True),)))["entries/memory.md"]
    assert "Contested." in page


def test_a_tool_result_that_the_answer_repeats_stands_once_and_laid_out() -> None:
    call = a_tool_call().model_copy(update={"summary": "**The case**\n- raw: 2.9 GB\n- index: 3.1 GB"})
    quotes = ("**The case**", "raw: 2.9 GB", "index: 3.1 GB")
    cited = (
        Citation(source_id="m/1", kind="message", quote="plan 1.5 x raw"),
        *(Citation(source_id="c_1", kind="tool", quote=quote) for quote in quotes),
    )
    told = "**The case** [2] raw: 2.9 GB [3] index: 3.1 GB [4]"
    entry = an_entry_view(answer=f"Plan 1.5 x raw. [1]\n\n{told}", citations=cited, tool_calls=(call,))
    page = pages_of(full_bundle(entries=(entry,)))["entries/memory.md"]
    assert "- raw: 2.9 GB\n- index: 3.1 GB" in page
    assert "[3]" not in page
    assert page.count("2.9 GB") == 1


def test_tools_without_a_call_offer_their_help() -> None:
    page = pages_of(full_bundle(entries=(an_entry_view(tools=("size",)),)))["entries/memory.md"]
    assert "`threadlore tool size --help`" in page


def test_one_source_quoted_twice_is_one_block() -> None:
    twice = tuple(
        Citation(source_id="m/1", kind="message", quote=quote, url="https://forum.example/1")
        for quote in ("first", "second", "first")
    )
    page = pages_of(full_bundle(entries=(an_entry_view(citations=twice),)))["entries/memory.md"]
    assert page.count("A maintainer, 17") == 1
    assert page.count("> first") == 1


def test_a_page_keeps_its_name_when_the_wording_changes() -> None:
    one = set(pages_of(full_bundle(entries=(an_entry_view("e_0123456789abcdef"),))))
    other = set(pages_of(full_bundle(entries=(an_entry_view("e_0123456789abcdef", question="RAM?"),))))
    assert one == other


@given(st.lists(st.text(max_size=30), unique=True, max_size=8))
def test_names_of_pages_are_plain_and_differ(ids: list[str]) -> None:
    names = [slug(one) for one in ids]
    assert len({name.lower() for name in names}) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9_-]+", name) for name in names)


def test_a_page_goes_with_its_entry(tmp_path: Path) -> None:
    bundle = full_bundle()
    load().publish(bundle, tmp_path)
    gone = tmp_path / "entries" / "slow.md"
    assert gone.exists()
    left = bundle.model_copy(update={"entries": bundle.entries[:2]})
    assert gone in load().publish(left, tmp_path)
    assert not gone.exists()
    assert not (tmp_path / "areas" / "performance.md").exists()
    assert "Why is the first search slow?" not in "".join(tree(tmp_path).values())
    assert_links_resolve(tmp_path)


def test_without_entries_the_index_names_the_next_step() -> None:
    assert "threadlore ingest" in pages_of(empty_bundle())["index.md"]
    assert "threadlore analyze" in pages_of(empty_bundle(counts=Counts(messages=3)))["index.md"]
    drafts = (WaitingEntry(entry=an_entry(state=EntryState.DRAFT)),)
    page = pages_of(empty_bundle(drafts=drafts))["index.md"]
    assert "1 draft waits for a person" in page


def test_macros_in_code_switch_macros_off() -> None:
    page = pages_of(full_bundle(entries=(an_entry_view(answer="```\n{{ .Values.x }}\n```"),)))
    assert "render_macros: false" in page["entries/memory.md"]
    assert "{{ .Values.x }}" in page["entries/memory.md"]
    assert "render_macros" not in page["index.md"]


def test_related_entries_share_rare_words() -> None:
    views = [
        an_entry_view("a", question="How much memory does HNSW need?", paraphrases=()),
        an_entry_view("b", question="Memory of HNSW with mmap", paraphrases=()),
        an_entry_view("c", question="Restore a backup from S3", paraphrases=()),
        an_entry_view("d", question="メモリ使用量を減らす方法", paraphrases=()),
        an_entry_view("e", question="メモリ使用量が多い", paraphrases=()),
    ]
    related = related_entries(views)
    assert related["a"] == ["b"]
    assert related["c"] == []
    assert related["d"] == ["e"]


@settings(max_examples=40)
@given(TEXT, TEXT)
def test_no_forum_text_changes_a_page(text: str, other: str) -> None:
    hostile = an_entry_view(
        question=text,
        paraphrases=(other, text),
        citations=(Citation(source_id="m", kind="message", quote=text or "x", url=other),),
        doc_links=(),
        area=other,
        tool_calls=(a_tool_call().model_copy(update={"arguments": {"index": text}, "summary": other}),),
    )
    pages = pages_of(full_bundle(entries=(hostile, an_entry_view("plain"))))
    for page in pages.values():
        html = html_of(page)
        assert html.count("<h1>") == 1
        assert not tags(html) & {"script", "img", "iframe", "style", "h4", "h5", "!--"}
        for href in re.findall(r'href="([^"]*)"', html):
            assert href.startswith(("https://", "http://")) or href in {
                f"{'../' * up}{path}" for path in pages for up in (0, 1)
            } | {path.split("/")[-1] for path in pages}
        assert "@everyone" not in page
