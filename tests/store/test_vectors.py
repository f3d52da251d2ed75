"""Milvus as the store uses it, beyond what the conformance suite covers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.errors import BadInput, Locked, Retry
from threadlore.seams import Hit, VectorQuery, VectorRow
from threadlore.store.fusion import fuse
from threadlore.store.terms import cut_bytes, terms
from threadlore.store.vectors import MilvusVectors


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MilvusVectors]:
    opened = MilvusVectors(str(tmp_path / "milvus.db"), dimension=4)
    yield opened
    asyncio.run(opened.close())


def a_row(number: int, text: str = "text", owner: str = "o") -> VectorRow:
    vector = np.array([1.0, number, 0.0, 0.0], dtype=np.float32)
    return VectorRow(f"r{number}", owner, text, vector / np.linalg.norm(vector))


HOLD = """
import asyncio, sys
import numpy as np
from threadlore.store.vectors import MilvusVectors
store = MilvusVectors(sys.argv[1], dimension=4)
asyncio.run(store.count("questions"))
print("open", flush=True)
sys.stdin.read()
"""


def test_a_folder_that_another_process_has_open_is_refused_with_its_name(store: MilvusVectors) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, store.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "open"
        with pytest.raises(Locked) as refused:
            asyncio.run(store.count("questions"))
        assert str(holder.pid) in refused.value.message
        assert store.uri in refused.value.message
        holder.kill()
    assert asyncio.run(store.count("questions")) == 0


def test_closing_gives_the_folder_back(store: MilvusVectors) -> None:
    asyncio.run(store.upsert("questions", [a_row(1)]))
    asyncio.run(store.close())
    other = MilvusVectors(store.uri, dimension=4)
    assert asyncio.run(other.count("questions")) == 1
    asyncio.run(other.close())


def test_a_server_that_is_not_there_is_to_be_tried_again() -> None:
    store = MilvusVectors("http://127.0.0.1:9", dimension=4)
    with pytest.raises(Retry):
        asyncio.run(store.count("questions"))


def test_a_path_that_is_no_milvus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        asyncio.run(MilvusVectors(str(tmp_path / "milvus"), dimension=4).count("questions"))


def test_many_rows_and_queries_go_through_in_batches(store: MilvusVectors) -> None:
    rows = [a_row(number) for number in range(2500)]
    asyncio.run(store.upsert("questions", rows))
    assert asyncio.run(store.count("questions")) == len(rows)
    asked = [VectorQuery(rows[number].vector) for number in range(0, 2500, 5)]
    found = asyncio.run(store.search("questions", asked, 1))
    assert len(found) == len(asked)
    assert found[1][0].score == pytest.approx(1.0, abs=1e-5)


def test_a_failed_replacement_leaves_the_old_rows(store: MilvusVectors) -> None:
    asyncio.run(store.upsert("questions", [a_row(1)]))

    async def breaks() -> AsyncIterator[Sequence[VectorRow]]:
        yield [a_row(2)]
        raise OSError("the embedder went away")

    async def good() -> AsyncIterator[Sequence[VectorRow]]:
        yield [a_row(3)]

    with pytest.raises(OSError, match="went away"):
        asyncio.run(store.replace("questions", breaks()))
    ((hit,),) = asyncio.run(store.search("questions", [VectorQuery(a_row(1).vector)], 5))
    assert hit.id == "r1"
    asyncio.run(store.replace("questions", good()))
    assert len(list((Path(store.uri) / "collections").iterdir())) == 1


def test_a_collection_that_a_kill_left_half_made_is_cleared(store: MilvusVectors) -> None:
    half_made = Path(store.uri) / "collections" / "threadlore_questions_v1" / "partitions"
    half_made.mkdir(parents=True)
    asyncio.run(store.upsert("questions", [a_row(1)]))
    assert asyncio.run(store.count("questions")) == 1
    assert not half_made.exists()


def test_a_language_of_the_profile_does_not_hide_other_scripts(store: MilvusVectors) -> None:
    rows = [
        a_row(0, "Milvusのインデックス作成が失敗する"),
        a_row(1, "Build an index"),
        a_row(2, "벡터 인덱스"),
    ]
    asyncio.run(store.upsert("questions", rows))
    asked = [VectorQuery(text=text) for text in ("インデックス", "building index", "인덱스 만들기", "milvus")]
    found = asyncio.run(store.search("questions", asked, 1))
    assert [[hit.id for hit in hits] for hits in found] == [["r0"], ["r1"], ["r2"], ["r0"]]


@given(st.text(max_size=40), st.integers(0, 60))
def test_text_is_cut_between_characters(text: str, limit: int) -> None:
    cut = cut_bytes(text, limit)
    assert len(cut.encode()) <= limit
    assert text.encode("utf-8", errors="replace").decode().startswith(cut)


@given(st.text("aB1 向量数の索가_-。", max_size=60))
def test_cutting_text_twice_changes_nothing_and_leaves_no_long_run(text: str) -> None:
    cut = terms(text)
    assert terms(cut) == cut
    assert all(len(word) <= 2 for word in cut.split() if word[0] in "向量数の索가")


def test_a_row_that_both_legs_find_beats_rows_that_one_finds() -> None:
    dense = [Hit("a", "o", 0.9), Hit("b", "o", 0.8)]
    sparse = [Hit("c", "o", -1.0), Hit("b", "o", -2.0)]
    assert [hit.id for hit in fuse([dense, sparse], 3)] == ["b", "a", "c"]
