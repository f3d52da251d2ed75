"""The vector store does the same on Milvus Lite, on its server, and on a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from threadlore.store.selftest import DIMENSION, Outcome, selftest
from threadlore.store.vectors import MilvusVectors


def outcomes(uri: str, language: str = "en") -> list[Outcome]:
    async def run() -> list[Outcome]:
        store = MilvusVectors(uri, dimension=DIMENSION, language=language, prefix="threadlore_conformance")
        try:
            return [outcome async for outcome in selftest(store)]
        finally:
            await store.close()

    return asyncio.run(run())


def problems(uri: str, language: str = "en") -> dict[str, str]:
    found = outcomes(uri, language)
    assert len(found) > 10
    return {outcome.name: outcome.problem for outcome in found if outcome.problem}


@pytest.mark.parametrize("language", ["en", "ja", "zh"])
def test_milvus_lite(tmp_path: Path, language: str) -> None:
    if language == "zh":
        pytest.importorskip("jieba", reason="Chinese words need the extra zh")
    assert problems(str(tmp_path / "milvus.db"), language) == {}


def test_milvus_lite_server(lite_server: str) -> None:
    assert problems(lite_server) == {}


def test_real_server(real_server: str) -> None:
    assert problems(real_server) == {}


def test_nothing_of_the_checks_stays_behind(tmp_path: Path) -> None:
    folder = tmp_path / "milvus.db"
    assert problems(str(folder)) == {}
    assert [path for path in folder.rglob("*") if path.is_file() and "selftest" in str(path)] == []
