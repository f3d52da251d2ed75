"""From the bundle to the pages of the site: their paths, and what their templates show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from threadlore.bundle import Bundle, EntryView
from threadlore.ids import digest
from threadlore.publish.answers import has_macros, render_answer
from threadlore.publish.markdown import Markdown, front_matter, page_link, shorten
from threadlore.publish.site.evidence import answer_text, asked_in, documentation, sources, tool_results
from threadlore.publish.site.related import related_entries
from threadlore.publish.words import number
from threadlore.types import AppliesTo, FaqEntry

ON_INDEX = 8
"""Entries of an area that the index names; its own page has all."""
NEWEST = 5


@dataclass(frozen=True, slots=True)
class Page:
    """A page to render: its path below the site's folder, its template, and what that shows."""

    path: str
    kind: str
    values: dict[str, object] = field(default_factory=dict)


def slug(entry_id: str) -> str:
    """Return the name of an entry's page. It comes from the id, so it never changes with the wording.

    >>> slug("e_0123456789abcdef"), slug("memory-for-hnsw")
    ('e_0123456789abcdef', 'memory-for-hnsw')
    """
    plain = unicodedata.normalize("NFKD", entry_id).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-")[:80]
    if name and name == entry_id:
        return name
    return f"{name}-{digest(entry_id, length=8)}".lstrip("-")


def site_pages(bundle: Bundle) -> list[Page]:
    """Return every page of the site; what a page links to is among them."""
    views = sorted(bundle.entries, key=lambda view: (-view.askers, view.entry.question, view.entry.id))
    titles = dict(bundle.areas)
    groups = {area: [view for view in views if view.entry.area == area] for area in _order(bundle, views)}
    groups = {area: found for area, found in groups.items() if found}
    names = {area: (titles.get(area, area), f"areas/{slug(area)}.md") for area in groups}
    related = related_entries(views)
    by_id = {view.entry.id: view for view in views}
    pages = [Page("index.md", "index", _index(bundle, views, groups, names))]
    pages += [Page(names[area][1], "area", _area(bundle, names[area][0], groups[area])) for area in groups]
    for view in views:
        near = [by_id[name].entry for name in related[view.entry.id]]
        area = names[view.entry.area]
        pages.append(Page(f"entries/{slug(view.entry.id)}.md", "entry", _entry(bundle, view, near, area)))
    return pages


def truth(entry: FaqEntry) -> str:
    """Return for which versions an entry is true and when that was checked, in words.

    >>> from datetime import UTC, date, datetime
    >>> at = datetime(2026, 11, 20, tzinfo=UTC)
    >>> truth(FaqEntry(id="x", question="q", answer="a", applies_to=AppliesTo(since="2.6"),
    ...       checked_at=date(2026, 11, 20), created_at=at, updated_at=at))
    'True for 2.6 and later. Checked on 2026-11-20.'
    """
    sentences = []
    if versions := _versions(entry.applies_to):
        sentences.append(f"True {versions}.")
    elif entry.applies_to.last_date:
        sentences.append(f"No version is named; the newest evidence is of {entry.applies_to.last_date}.")
    if entry.checked_at:
        sentences.append(f"Checked on {entry.checked_at.isoformat()}.")
    return " ".join(sentences)


def _versions(applies: AppliesTo) -> str:
    if applies.since and applies.until:
        same = applies.since == applies.until
        return f"for {applies.since}" if same else f"for {applies.since} to {applies.until}"
    if applies.since:
        return f"for {applies.since} and later"
    return f"up to {applies.until}" if applies.until else ""


def _order(bundle: Bundle, views: Sequence[EntryView]) -> list[str]:
    known = [area for area, _ in bundle.areas]
    return [*known, *sorted({view.entry.area for view in views} - set(known))]


def _title(bundle: Bundle) -> str:
    return f"{bundle.product or bundle.community} FAQ"


def _index(
    bundle: Bundle,
    views: Sequence[EntryView],
    groups: Mapping[str, Sequence[EntryView]],
    names: Mapping[str, tuple[str, str]],
) -> dict[str, object]:
    newest = sorted(views, key=lambda view: (view.entry.updated_at, view.entry.id), reverse=True)[:NEWEST]
    return {
        "header": front_matter({"title": _title(bundle)}),
        "title": _title(bundle),
        "bundle": bundle,
        "count": number(len(views), "approved answer"),
        "areas": [
            {
                "link": page_link(names[area][0], names[area][1]),
                "count": number(len(found), "answer"),
                "lines": [_line(view, "entries/") for view in found[:ON_INDEX]],
                "more": len(found) - ON_INDEX,
                "path": names[area][1],
            }
            for area, found in groups.items()
        ],
        "newest": [_line(view, "entries/", dated=True) for view in newest],
        "number": number,
        "page_link": page_link,
    }


def _area(bundle: Bundle, title: str, views: Sequence[EntryView]) -> dict[str, object]:
    return {
        "header": front_matter({"title": title}),
        "title": title,
        "home": page_link(_title(bundle), "../index.md"),
        "count": number(len(views), "answer"),
        "lines": [_line(view, "../entries/") for view in views],
    }


def _line(view: EntryView, folder: str, *, dated: bool = False) -> Markdown:
    entry = view.entry
    notes = []
    if dated:
        notes.append(entry.updated_at.date().isoformat())
    elif view.askers > 1:
        notes.append(f"asked by {number(view.askers, 'member')}")
    if versions := _versions(entry.applies_to):
        notes.append(versions)
    link = page_link(shorten(entry.question, 160), f"{folder}{slug(entry.id)}.md")
    return Markdown(f"{link}{Markdown(' – ' + ', '.join(notes)) if notes else ''}")


def _entry(
    bundle: Bundle, view: EntryView, near: Sequence[FaqEntry], area: tuple[str, str]
) -> dict[str, object]:
    entry = view.entry
    header: dict[str, str | bool] = {"title": shorten(entry.question, 200)}
    if has_macros(entry.answer):
        header["render_macros"] = False
    return {
        "header": front_matter(header),
        "entry": entry,
        "truth": truth(entry),
        "asked": f"Asked by {number(view.askers, 'member')}." if view.askers > 1 else "",
        "answer": render_answer(answer_text(entry)),
        "results": tool_results(entry),
        "sources": sources(view),
        "asked_in": asked_in(view),
        "documents": documentation(entry),
        "home": page_link(_title(bundle), "../index.md"),
        "area": page_link(area[0], f"../{area[1]}"),
        "near": [page_link(shorten(one.question, 160), f"{slug(one.id)}.md") for one in near],
    }
