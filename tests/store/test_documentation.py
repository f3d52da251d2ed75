"""Documentation that is read again: what it no longer holds goes everywhere, what was not read stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.builders import an_entry
from threadlore.ingest.sync import ENTRIES_LOST, SECTIONS_GONE
from threadlore.settings import load_settings
from threadlore.store.mending import PAGE_GONE
from threadlore.types import Citation, DocLink, Document, EntryState, FaqEntry
from threadlore.wiring import Workspace, open_workspace

URL = "https://milvus.example/docs"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    settings = load_settings(data=tmp_path / "data", profile="generic", embedder="hashing")
    with open_workspace(settings) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "pages"
    (pages / "guide").mkdir(parents=True)
    (pages / "index.md").write_text("# Welcome\n\nStart here.\n")
    (pages / "guide" / "ports.md").write_text(
        "# Ports\n\nClients use 19530.\n\n## Metrics\n\nThey are on 9091.\n"
    )
    return pages


def ingest(workspace: Workspace, folder: Path, version: str = "2.6") -> dict[str, int]:
    run = asyncio.run(workspace.ingest_docs(folder, version, URL))
    return dict(run.stages[0].counts)


def sections(workspace: Workspace) -> dict[str, Document]:
    ids = workspace.records.database.column("SELECT id FROM documents")
    return {f"{item.version} {item.heading}": item for item in workspace.records.documents(ids)}


def citing(document: Document, **given: Any) -> FaqEntry:
    cited = Citation(source_id=document.id, kind="document", quote="They are on 9091.", url=document.url)
    link = DocLink(title="Ports", url=document.url, version=document.version)
    return an_entry(answer="They are on 9091.[1]", citations=(cited,), core=(0,), doc_links=(link,), **given)


def test_a_heading_that_is_gone_leaves_the_records_and_milvus(workspace: Workspace, folder: Path) -> None:
    ingest(workspace, folder)
    (folder / "guide" / "ports.md").write_text("# Ports\n\nClients use 19530.\n")
    counts = ingest(workspace, folder)
    assert counts[SECTIONS_GONE] == 1
    assert set(sections(workspace)) == {"2.6 Welcome", "2.6 Ports"}

    async def in_milvus() -> set[str]:
        return {key async for key in workspace.vectors.row_ids("documents")}

    assert asyncio.run(in_milvus()) == {item.id for item in sections(workspace).values()}


def test_a_page_that_is_gone_takes_only_its_own_version(workspace: Workspace, folder: Path) -> None:
    ingest(workspace, folder, "2.5")
    ingest(workspace, folder, "2.6")
    (folder / "guide" / "ports.md").unlink()
    assert ingest(workspace, folder, "2.6")[SECTIONS_GONE] == 2
    assert {"2.5 Ports", "2.6 Welcome"} <= set(sections(workspace))
    assert "2.6 Ports" not in sections(workspace)


def test_an_approved_entry_that_cites_what_is_gone_waits_for_a_person(
    workspace: Workspace, folder: Path
) -> None:
    ingest(workspace, folder)
    metrics = next(item for key, item in sections(workspace).items() if "Metrics" in key)
    workspace.records.save_entries([citing(metrics, state=EntryState.APPROVED)])
    (folder / "guide" / "ports.md").unlink()
    assert ingest(workspace, folder)[ENTRIES_LOST] == 1
    (entry,) = workspace.records.entries()
    assert entry.state is EntryState.STALE and PAGE_GONE in entry.review_reasons
    assert entry.citations == () and entry.doc_links == ()


def test_an_entry_that_only_links_stays_and_loses_the_link(workspace: Workspace, folder: Path) -> None:
    ingest(workspace, folder)
    page = sections(workspace)["2.6 Ports"]
    link = DocLink(title="Ports", url=page.url, version="2.6")
    other = DocLink(title="Ports", url=page.url, version="2.5")
    workspace.records.save_entries([an_entry(state=EntryState.APPROVED, doc_links=(link, other))])
    (folder / "guide" / "ports.md").unlink()
    ingest(workspace, folder)
    (entry,) = workspace.records.entries()
    assert entry.state is EntryState.APPROVED and entry.doc_links == (other,)


def test_a_page_that_cannot_be_read_is_no_page_that_is_gone(workspace: Workspace, folder: Path) -> None:
    ingest(workspace, folder)
    (folder / "guide" / "ports.md").write_bytes(b"\0\0broken")
    counts = ingest(workspace, folder)
    assert SECTIONS_GONE not in counts and counts["skipped"] == 1
    (folder / "guide" / "ports.md").unlink()
    (folder / "guide" / "ports.md").symlink_to(folder / "nowhere.md")
    assert SECTIONS_GONE not in ingest(workspace, folder)
    assert "2.6 Ports" in sections(workspace)


def test_another_folder_of_the_same_site_proves_nothing(
    workspace: Workspace, folder: Path, tmp_path: Path
) -> None:
    ingest(workspace, folder)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "index.md").write_text("# Welcome\n\nStart here.\n")
    assert SECTIONS_GONE not in ingest(workspace, tmp_path / "more")
    (folder / "index.md").unlink()
    assert SECTIONS_GONE not in ingest(workspace, folder)
    assert "2.6 Welcome" in sections(workspace)
