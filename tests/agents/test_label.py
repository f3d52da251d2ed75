"""Areas from fitted weights or descriptions, and names that a person would choose."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from tests.agents.analysis import PROFILE, analysis, ask
from threadlore.agents.cluster import Clustering
from threadlore.agents.label import area_model, label_topics
from threadlore.agents.naming.areas import DescribedAreas, FittedAreas, fitted_areas, keyword_shares
from threadlore.agents.naming.keyphrases import PhraseCounts
from threadlore.agents.naming.names import candidates, clean, name_groups
from threadlore.agents.topics import match_topics
from threadlore.errors import BadInput
from threadlore.profile import load_profile
from threadlore.testing import HashEmbedder

ETCD = ["etcd has no space left", "Why has etcd no space left?", "etcd: no space left on docker volume"]
EXPORT = ["How to export all rows?", "export all rows of a collection", "can I export every row to a file"]


def stored(folder: Path, embedder: HashEmbedder | None = None) -> None:
    with analysis(folder, embedder) as context:
        asked = ask(context, [*ETCD, *EXPORT])
        asyncio.run(
            match_topics(
                context,
                Clustering((0, 0, 0, 1, 1, 1), (0, 0), "topics", tuple(item.id for item in asked), "a"),
            )
        )


def test_topics_and_themes_get_area_name_and_keyphrases_once(tmp_path: Path) -> None:
    stored(tmp_path)
    with analysis(tmp_path) as context:
        assert asyncio.run(label_topics(context)) == {"labelled": 3, "renamed": 0, "unchanged": 0}
        topics = context.records.topics()
        assert {item.area for item in topics if item.parent} == {"deployment", "data"}
        assert len({item.label for item in topics}) == 3
        assert all(item.keyphrases for item in topics)
        assert asyncio.run(label_topics(context))["labelled"] == 0
        assert context.records.topics() == topics


def test_nothing_new_embeds_nothing(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    stored(tmp_path, embedder)
    with analysis(tmp_path, embedder) as context:
        asyncio.run(label_topics(context))
        calls = embedder.calls
        asyncio.run(label_topics(context))
        assert embedder.calls == calls


def test_a_name_that_still_fits_stays() -> None:
    texts = {"a": ["Etcd has no space left", "No space left for etcd"], "b": ["Export all rows"]}
    vectors = {key: np.full((len(group), 4), 0.5, dtype=np.float32) for key, group in texts.items()}
    first = name_groups(texts, vectors, ["a", "b"], {})
    other = next(
        name for name in ("Etcd has no space left", "No space left for etcd") if name != first["a"].label
    )
    assert name_groups(texts, vectors, ["a"], {"a": other})["a"].label == other


def test_names_are_distinct_among_all_topics() -> None:
    texts = {key: ["Search is slow", "search is slow"] for key in ("a", "b")}
    vectors = {key: np.full((2, 4), 0.5, dtype=np.float32) for key in texts}
    names = name_groups(texts, vectors, ["a", "b"], {})
    assert names["a"].label.lower() != names["b"].label.lower()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[Bug]: Attu cannot log in", "Attu cannot log in"),
        ("Hi all, does anyone know how to export a collection?", "How to export a collection?"),
        ("hey @u_12ab, I was wondering\nWhy is the index so large?", "Why is the index so large?"),
        ("I have a quick question: which metric fits cosine vectors?", "Which metric fits cosine vectors?"),
    ],
)
def test_a_candidate_is_the_question_without_its_wrapping(text: str, name: str) -> None:
    assert name in candidates(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02 10:00:00 ERROR [main] store.go:12 connection refused {code=2}",
        "panic at github.com/some/pkg.(*Server).Run(0xc000123)",
        "```\nTraceback (most recent call last):\n  File x\n```",
        "It does not work",
        "Although the upgrade seemed to have gone well",
        "https://example.org/some/long/path?with=query",
    ],
)
def test_logs_links_and_half_sentences_name_nothing(text: str) -> None:
    assert candidates(text) == []


def test_links_keep_their_words_and_lose_their_address() -> None:
    assert clean("see [the docs](https://example.org/x) `now`") == "see the docs now"


def test_keyphrases_set_a_group_apart_and_do_not_repeat_each_other() -> None:
    counts = PhraseCounts(
        [("a", ["HNSW memory is high", "why HNSW memory?"]), ("b", ["high CPU", "CPU high"])]
    )
    found = counts.top("a", 3)
    assert found[0] == "HNSW memory"
    assert not any(word in found[1:] for word in ("HNSW", "memory"))


def test_a_name_that_one_person_mentions_is_no_keyphrase() -> None:
    counts = PhraseCounts([("a", ["Andy Miller sent me the antenna"]), ("b", ["the screen is dark"])])
    assert not any("Andy" in phrase for phrase in counts.top("a", 3) if " " in phrase)


def test_a_first_line_counts_twice() -> None:
    shares = keyword_shares(["etcd\nexport"], [["etcd"], ["export"]])
    assert shares.tolist() == [[0.5, 0.25]]


def test_without_weights_descriptions_and_keywords_decide() -> None:
    embedder = HashEmbedder()
    model = asyncio.run(area_model(PROFILE, embedder))
    assert isinstance(model, DescribedAreas)
    texts = ["docker start with etcd", "export and delete rows"]
    chosen = model.probabilities(asyncio.run(embedder.embed(texts)), texts).argmax(axis=1)
    assert [model.areas[at] for at in chosen] == ["deployment", "data"]


def test_fitted_weights_are_used_for_their_own_embedding_model_alone() -> None:
    profile = load_profile("milvus")
    fitted = fitted_areas(profile, "all-MiniLM-L6-v2-53aa51172d14")
    assert isinstance(fitted, FittedAreas)
    assert fitted.weights.shape == (4, 384 + 4)
    shares = fitted.probabilities(np.zeros((1, 384), dtype=np.float32), ["bookies of pulsar do not start"])
    assert fitted.areas[int(shares.argmax())] == "deployment"
    assert fitted_areas(profile, "another model") is None


def test_broken_weights_are_named(tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text(
        f'name = "{tmp_path}"\nproduct = "X"\ncommunity = "X"\n'
        '[[areas]]\nname = "a"\ntitle = "A"\ndescription = "a"\n'
    )
    (tmp_path / "labels.json").write_text("{}")
    with pytest.raises(BadInput, match="label weights"):
        fitted_areas(load_profile(str(tmp_path)), "any")
