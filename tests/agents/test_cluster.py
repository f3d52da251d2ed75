"""Questions that ask the same come together; the level and the number of groups are found, not given."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.agents.analysis import analysis, ask
from threadlore.agents.cluster import (
    STAGE,
    clearest_groups,
    cluster_questions,
    cluster_vectors,
)
from threadlore.agents.grouping.neighbours import nearest_rows, neighbour_graph
from threadlore.agents.grouping.partition import silhouettes
from threadlore.agents.grouping.words import shared_words, word_weights, words
from threadlore.testing import HashEmbedder


def blobs(groups: int, size: int, spread: float = 0.3, seed: int = 1) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, 48))
    rows = np.repeat(centres, size, axis=0) + spread * rng.normal(size=(groups * size, 48))
    return unit(rows)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def together(labels: tuple[int, ...], groups: int, size: int) -> bool:
    parts = [set(labels[start * size : (start + 1) * size]) for start in range(groups)]
    return all(len(part) == 1 for part in parts) and len(set.union(*parts)) == groups


@pytest.mark.parametrize(("groups", "size"), [(3, 10), (12, 5), (25, 30)])
def test_the_number_of_groups_is_found(groups: int, size: int) -> None:
    found = cluster_vectors(blobs(groups, size))
    assert together(found.answer(), groups, size)
    assert found.counts["questions"] == groups * size


@pytest.mark.parametrize(("groups", "size"), [(3, 3), (20, 4), (8, 40)])
def test_the_level_that_is_asked_for_is_the_same_without_the_other_one(groups: int, size: int) -> None:
    rows = blobs(groups, size)
    assert clearest_groups(rows) == cluster_vectors(rows).answer()


def test_topics_lie_inside_themes() -> None:
    rng = np.random.default_rng(3)
    themes = np.repeat(rng.normal(size=(4, 48)), 80, axis=0)
    topics = np.repeat(rng.normal(size=(16, 48)), 20, axis=0)
    rows = 2 * themes + topics + 0.2 * rng.normal(size=(320, 48))
    found = cluster_vectors(unit(rows))
    assert together(found.labels, 16, 20)
    themes_found = tuple(found.parents[label] for label in found.labels)
    assert together(themes_found, 4, 80)


def test_the_same_input_and_seed_give_the_same_groups() -> None:
    rows = blobs(15, 8, spread=0.9)
    assert cluster_vectors(rows, seed=5) == cluster_vectors(rows, seed=5)


def test_what_is_near_nothing_belongs_nowhere_and_is_counted() -> None:
    rows = blobs(6, 12)
    rows[-1] = -rows[:-1].mean(axis=0)
    rows[-1] /= np.linalg.norm(rows[-1])
    found = cluster_vectors(rows)
    assert found.labels[-1] == -1
    assert found.counts["nowhere"] == 1


def test_a_handful_is_grouped_by_likeness() -> None:
    texts = ["etcd has no space left", "etcd has no space", "how do I export a collection"]
    vectors = asyncio.run(HashEmbedder().embed(texts))
    assert cluster_vectors(vectors, texts).labels == (0, 0, -1)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_next_to_nothing_is_no_error(rows: int) -> None:
    found = cluster_vectors(np.eye(2, 8, dtype=np.float32)[:rows])
    assert found.labels == (-1,) * rows
    assert found.parents == ()


def test_equal_texts_do_not_disturb() -> None:
    rows = np.repeat(blobs(5, 1), 20, axis=0)
    assert together(cluster_vectors(rows).answer(), 5, 20)


def test_neighbours_never_name_the_row_itself() -> None:
    rows = np.repeat(blobs(2, 1), 10, axis=0)
    _, found = nearest_rows(rows, 6, seed=1)
    assert not (found == np.arange(20)[:, None]).any()


def test_shared_rare_words_bring_rows_nearer() -> None:
    rows = blobs(1, 30, spread=1.5)
    texts = [f"word{at} question" for at in range(28)] + ["pulsar bookie pulsar", "bookie of pulsar"]
    graph, plain = neighbour_graph(rows, texts, 1), neighbour_graph(rows, None, 1)
    edge = (graph.left == 28) & (graph.right == 29)
    assert edge.any()
    assert not ((plain.left == 28) & (plain.right == 29)).any() or graph.weight[edge] > 0
    assert shared_words(word_weights(texts), np.array([28]), np.array([29]))[0] > 0.9


def test_words_without_spaces_become_bigrams() -> None:
    assert words("数据丢失 in Milvus-Lite") == ["数据", "据丢", "丢失", "in", "milvus-lite"]


def test_a_row_alone_has_no_silhouette() -> None:
    rows = blobs(2, 4)
    values = silhouettes(rows, np.array([0, 0, 0, 0, 1, 1, 1, 2]))
    assert values[-1] == 0
    assert values[:4].min() > 0


def test_questions_of_the_records_are_grouped_once(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, ["etcd has no space left on disk", "no space left on disk for etcd", "export all rows"])
        found = asyncio.run(cluster_questions(context))
        assert found.changed
        assert len(found.question_ids) == 3
        context.records.save_stage_input(STAGE, found.input_hash)
        again = asyncio.run(cluster_questions(context))
        assert not again.changed
        ask(context, ["how do I export all rows"])
        assert asyncio.run(cluster_questions(context)).changed


def test_an_empty_data_folder_has_no_groups(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        assert asyncio.run(cluster_questions(context)).labels == ()


def test_topics_of_the_product_ask_the_same_and_what_stands_alone_is_nowhere(tmp_path: Path) -> None:
    same = ["etcd does not start after reboot", "after reboot etcd does not start", "etcd start fails reboot"]
    other = ["rename a collection while loaded", "typescript types missing", "how do i measure p99 latency"]
    more = [
        f"{word} {word}ing question about {word}" for word in ("pulsar", "s3", "attu", "gpu", "ttl", "bulk")
    ]
    with analysis(tmp_path) as context:
        asked = ask(context, [*same, *other, *more])
        found = asyncio.run(cluster_questions(context))
    label = dict(zip(found.question_ids, found.labels, strict=True))
    assert len({label[item.id] for item in asked[:3]}) == 1 and label[asked[0].id] >= 0
    assert {label[item.id] for item in asked[3:6]} == {-1}


def test_what_the_embedder_cannot_read_is_joined_only_by_its_letters(tmp_path: Path) -> None:
    english = HashEmbedder()
    english.languages = frozenset({"en"})
    texts = [
        "5000万条768维，HNSW，请问需要多少内存？",
        "请问5000万条768维，HNSW，需要多少内存？",
        "768次元で1000万件、HNSWの場合メモリはどれくらい必要でしょうか？",
        "2.4 升级到 2.6 的路径",
        "how much memory for 768 dim HNSW",
    ]
    with analysis(tmp_path, english) as context:
        asked = ask(context, texts)
        found = asyncio.run(cluster_questions(context))
    label = dict(zip(found.question_ids, found.labels, strict=True))
    assert label[asked[0].id] == label[asked[1].id] >= 0
    assert [label[item.id] for item in asked[2:]] == [-1, -1, -1]
    assert found.counts["waiting_zh"] == 3
    assert found.counts["waiting_ja"] == 1
