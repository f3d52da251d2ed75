"""Documentation: cut by heading, with addresses, from folders and archives."""

from __future__ import annotations

import asyncio
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.samples import PAGE, docs, tar_of
from threadlore.errors import BadInput, NotFound
from threadlore.incoming import Incoming, IncomingDocument, IncomingEnd, IncomingSkip
from threadlore.ingest.markdown_pages import read_page
from threadlore.ingest.sources.docs import open_docs


def read(path: Path, url: str = "https://milvus.example/docs") -> list[Incoming]:
    async def collect() -> list[Incoming]:
        source = open_docs(path, version="2.6", url=url)
        return [item async for batch in source.batches({}) for item in batch.items]

    return asyncio.run(collect())


def documents(found: list[Incoming]) -> list[IncomingDocument]:
    return [item for item in found if isinstance(item, IncomingDocument)]


def skips(found: list[Incoming]) -> dict[str, str]:
    return {item.item: item.reason for item in found if isinstance(item, IncomingSkip)}


def test_cuts_pages_by_heading_and_addresses_each_section(tmp_path: Path) -> None:
    found = documents(read(docs(tmp_path)))
    assert [(item.path, item.heading, item.ordinal, item.url) for item in found] == [
        ("guide/install.md", "Install it", 0, "https://milvus.example/docs/install.md"),
        ("guide/install.md", "Download", 0, "https://milvus.example/docs/install.md#download"),
        ("guide/install.md", "Download", 1, "https://milvus.example/docs/install.md#download"),
        ("guide/install.md", "Download > Windows", 0, "https://milvus.example/docs/install.md#win"),
        ("index.md", "Welcome", 0, "https://milvus.example/docs"),
    ]
    assert {(item.title, item.version) for item in found[:4]} == {("Install it", "2.6")}


def test_code_stays_and_furniture_goes(tmp_path: Path) -> None:
    intro, download, again, windows, _ = [item.text for item in documents(read(docs(tmp_path)))]
    assert intro == "Intro with a link and ."
    assert "```bash\n# no heading, a comment\nwget <url>\n```" in download
    assert "Port | 19530" in download and "<td>" not in download
    assert again == "Again,  with `code`."
    assert windows == "Use <your-path>."


def test_an_archive_reads_like_its_unpacked_folder(tmp_path: Path) -> None:
    folder = docs(tmp_path)
    files = {f"handbook/{file.relative_to(folder)}": file.read_bytes() for file in folder.rglob("*.md")}
    assert set(documents(read(tar_of(tmp_path, files)))) == set(documents(read(folder)))


def test_members_that_climb_out_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    members = {"../evil.md": b"# x\ny", "/etc/evil.md": b"# x\ny", "ok.md": b"# Fine\ntext"}
    found = read(tar_of(inside, members))
    assert [item.title for item in documents(found)] == ["Fine"]
    assert set(skips(found)) == {"../evil.md", "/etc/evil.md"}
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == ["docs.tar.gz"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = docs(tmp_path)
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\nx")
    (folder / "link.md").symlink_to(secret)
    assert "link" in skips(read(folder))["link.md"]


def test_a_cut_archive_brings_in_what_is_whole(tmp_path: Path) -> None:
    path = tar_of(tmp_path, {f"p{n}.md": f"# Page {n}\n{n * 7919}".encode() * 50 for n in range(60)})
    path.write_bytes(path.read_bytes()[:-300])
    found = read(path)
    assert documents(found) and "broken" in skips(found)["docs.tar.gz"]


def test_pages_that_are_no_text_or_empty_are_named(tmp_path: Path) -> None:
    folder = docs(tmp_path)
    (folder / "binary.md").write_bytes(b"\x00\x01\x02")
    (folder / "empty.md").write_text("---\ntitle: x\n---\n")
    (folder / "wide.md").write_text("# Wide\ntext", encoding="utf-16")
    found = read(folder)
    assert skips(found) == {"binary.md": "not text", "empty.md": "a page without text"}
    assert "Wide" in {item.title for item in documents(found)}


def test_wrong_paths_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_docs(tmp_path / "none", version="")
    with pytest.raises(BadInput, match="no Markdown"):
        open_docs(tmp_path, version="")


def test_a_source_is_named_by_host_or_folder(tmp_path: Path) -> None:
    folder = docs(tmp_path)
    assert open_docs(folder, version="", url="https://milvus.io/docs").name == "docs:milvus.io"
    assert open_docs(folder, version="").name == "docs:handbook"
    assert open_docs(folder, version="", name="docs:mine").name == "docs:mine"


@pytest.mark.parametrize(
    ("front", "title"),
    [("title: A: b: c", "A: b: c"), ("title: [broken", "[broken"), ("- list", "T"), ("title: 5", "5")],
)
def test_odd_front_matter(front: str, title: str) -> None:
    assert read_page(f"---\n{front}\n---\n# T\ntext", "stem").title == title


def test_html_headings_cut_too() -> None:
    page = read_page('intro\n\n<h2 id="a-b">First <em>one</em></h2>\n\ntext\n\n    # code\n', "stem")
    assert [(item.heading, item.anchor) for item in page.sections] == [("stem", ""), ("First one", "a-b")]


@given(st.text(max_size=300) | st.lists(st.sampled_from(PAGE.split("\n")), max_size=30).map("\n".join))
@settings(max_examples=200)
def test_any_text_is_a_page(text: str) -> None:
    page = read_page(text, "stem")
    assert page.title and all(section.text for section in page.sections)


def test_an_archive_without_pages_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass
    (skip,) = read(path)
    assert isinstance(skip, IncomingSkip)
    assert skip.reason == "it holds no Markdown"


def ends(found: list[Incoming]) -> list[IncomingEnd]:
    return [item for item in found if isinstance(item, IncomingEnd)]


def test_a_folder_read_to_its_end_says_so_and_a_cut_archive_does_not(tmp_path: Path) -> None:
    folder = docs(tmp_path)
    (folder / "big.md").write_bytes(b"\0")
    assert [item.unread for item in ends(read(folder))] == [("big.md",)]
    whole = tar_of(tmp_path, {f"x/{n}.md": f"# {n}\n\n{'word ' * 40_000}{n}".encode() for n in range(9)})
    assert len(ends(read(whole))) == 1
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert ends(read(whole)) == []
