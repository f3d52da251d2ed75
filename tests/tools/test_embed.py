"""The embed tool: which models it names for whom, what it leaves out, and that it guesses nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.base import ToolInputError, ToolResult
from threadlore.tools.embeddings.ranking import read_languages
from threadlore.tools.names import embedding_models, find_embedding_model
from threadlore.tools.registry import find_tool
from threadlore.tools.tables import table

MODELS = {row["model"]: row for row in table("embedding_models")["models"]}


def embed(**arguments: Any) -> ToolResult:
    return find_tool("embed").call(arguments)


def names(**arguments: Any) -> list[str]:
    return [row["model"] for row in embed(**arguments).result["models"]]


ASKED = {
    "languages": "zh",
    "domain": "code",
    "max_tokens": 2000,
    "dim_limit": 1024,
    "licence": "permissive",
    "device": "cpu",
    "memory_bytes": "8GB",
    "vectors": "10M",
}


def test_without_wishes_it_starts_from_the_small_default_and_says_that_none_is_best() -> None:
    found = embed()
    assert found.result["models"][0]["model"] == "all-MiniLM-L6-v2"
    assert "start here" in found.summary
    said = " ".join(found.reasons)
    assert "no best model" in said
    assert "Leaderboards" in said
    assert "50 to 100 real questions" in found.summary


def test_every_wish_is_kept() -> None:
    found = embed(**ASKED)
    assert found.result["models"][0]["model"] == "Qwen3-Embedding-0.6B"
    for row in found.result["models"]:
        one = MODELS[row["model"]]
        assert one["languages"] == ["multi"] or "zh" in one["languages"]
        assert row["max_tokens"] >= 2000
        assert row["dim"] <= 1024
        assert row["licence"] in ("MIT", "Apache-2.0")
        assert not row["hosted"]
        assert row["model_memory_bytes"] <= 8 * 2**30
        assert row["raw_vectors_bytes"] == 4 * 10_000_000 * row["dim"]


def test_storage_is_that_of_size() -> None:
    row = embed(**ASKED).result["models"][0]
    size = find_tool("size").call({"vectors": "10M", "dim": row["dim"], "index": "AUTOINDEX"})
    assert row["memory_to_have_bytes"] == size.result["server_check"]["memory_to_have_bytes"]


@pytest.mark.parametrize(
    ("case", "model", "part"),
    [
        ({"languages": "ja"}, "all-MiniLM-L6-v2", "not made for ja"),
        ({"languages": ["en", "zh"]}, "bge-large", "each language"),
        ({"max_tokens": 513}, "e5-large", "512 tokens"),
        ({"dim_limit": 512}, "bge-m3", "cannot be shortened"),
        ({"licence": "permissive"}, "text-embedding-3-small", "not given out"),
        ({"licence": "commercial"}, "jina-embeddings-v3", "non-commercial"),
        ({"licence": "permissive"}, "multi-qa-mpnet-base-dot-v1", "not known"),
        ({"hosted": True}, "bge-m3", "not hosted"),
        ({"hosted": False}, "voyage-3", "hosted"),
        ({"memory_bytes": "8GB"}, "Qwen3-Embedding-8B", "of memory"),
        ({"hybrid": True}, "all-mpnet-base-v2", "no sparse"),
        ({"domain": "images"}, "bge-m3", "not images"),
        ({}, "CLIP ViT-B/32", "made for images"),
    ],
)
def test_what_is_left_out_says_why(case: dict[str, Any], model: str, part: str) -> None:
    assert part in embed(**case).result["left_out"][model]


@pytest.mark.parametrize(
    ("case", "first"),
    [
        ({"domain": "images"}, "CLIP ViT-L/14"),
        ({"hybrid": True, "languages": "multilingual"}, "gte-multilingual-base"),
        ({"languages": "de,en", "device": "gpu", "max_tokens": 8000}, "Qwen3-Embedding-0.6B"),
        ({"languages": "zh", "device": "cpu"}, "bge-base"),
    ],
)
def test_typical_wishes(case: dict[str, Any], first: str) -> None:
    assert names(**case)[0] == first


def test_a_dot_product_model_says_that_only_ip_will_do() -> None:
    assert "IP alone" in embed(models="multi-qa-mpnet-base-dot-v1").summary


def test_a_model_is_shortened_to_the_limit_and_what_that_asks_for_is_said() -> None:
    found = embed(models="text-embedding-3-large", dim_limit=1100)
    assert found.result["models"][0]["dim"] == 1024
    assert found.result["models"][0]["normalised"] is None
    assert "normalise the shortened vectors" in found.summary


def test_what_is_not_known_is_said_to_be_so() -> None:
    found = embed(models=["multi-qa-MiniLM-L6-cos-v1", "text-embedding-005"])
    rows = {row["model"]: row for row in found.result["models"]}
    assert rows["multi-qa-MiniLM-L6-cos-v1"]["licence"] is None
    assert rows["text-embedding-005"]["max_tokens"] is None
    assert found.summary.count("not known") >= 2


def test_where_the_documentation_and_the_maker_differ_both_are_said() -> None:
    said = " ".join(embed(models="gemini-embedding-001").reasons)
    assert "8,192" in said
    assert "2,048" in said


def test_domains_that_no_model_here_is_made_for_are_not_pretended() -> None:
    assert any("No model here is made for legal" in reason for reason in embed(domain="legal").reasons)


def test_languages_are_called_by_name() -> None:
    assert "texts in German and Chinese" in embed(languages="de,zh").summary
    assert "many languages" in embed(languages="multi").summary


def test_languages_in_words_and_codes() -> None:
    assert read_languages(("Chinese", "en-US", "中文", "pt_BR", "multilingual")) == (
        "zh",
        "en",
        "pt",
        "multi",
    )


@pytest.mark.parametrize(
    ("case", "part"),
    [
        ({"languages": "Klingon"}, "not known here"),
        ({"languages": ""}, ""),
        ({"models": "our-own-model"}, "Nothing is known here"),
        ({"domain": "cooking"}, "Use one of"),
        ({"dim_limit": 1}, "must lie between"),
        ({"vectors": "1e30"}, "must lie between"),
        ({"max_tokens": float("nan")}, "no whole number"),
        ({"memory_bytes": -1}, "must lie between"),
    ],
)
def test_bad_input_is_refused_with_a_way_out(case: dict[str, Any], part: str) -> None:
    if case == {"languages": ""}:
        assert embed(**case).result["languages"] == ["en"]
        return
    with pytest.raises(ToolInputError) as caught:
        embed(**case)
    assert part in caught.value.message + caught.value.hint
    assert caught.value.hint


def test_the_program_measures_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    names_of: dict[str, Any] = {"__name__": "measure"}
    exec(compile(embed(languages="de").documents["code"], "measure", "exec"), names_of)
    texts = [{"id": n, "text": f"text {n}"} for n in range(20)]
    questions = [{"question": "text 3", "id": 3}, {"question": "text 5", "id": 19}]

    def by_number(batch: list[str]) -> list[list[float]]:
        return [[1.0, float(words.split()[-1]) / 10] for words in batch]

    assert names_of["recall"](by_number, texts, questions) == 0.5
    assert names_of["recall"](by_number, texts, questions, hits=1) == 0.5
    assert names_of["MODELS"][0][0] == MODELS[names(languages="de")[0]]["hub"]


def test_prefixes_of_a_model_stand_in_the_program() -> None:
    assert (
        "('intfloat/multilingual-e5-base', 'query: ', 'passage: ')"
        in embed(models="multilingual-e5-base").documents["code"]
    )


def test_every_model_is_found_by_its_own_name_alone() -> None:
    for name, dim, _ in embedding_models():
        assert find_embedding_model(f"vectors of {name} in Milvus") == (name, dim)


def test_rows_carry_what_the_ranking_needs() -> None:
    known = {one["name"] for one in table("embedding_models")["licences"]}
    for row in MODELS.values():
        assert row["metric"] in ("COSINE", "IP")
        assert row.get("licence") is None or row["licence"] in known
        assert not row["hosted"] or "hub" not in row
        assert all(short < row["dim"] for short in row.get("shorter_dims", []))


WISHES = st.fixed_dictionaries(
    {},
    optional={
        "languages": st.lists(st.sampled_from(["en", "zh", "de", "multi", "Japanese"]), max_size=3),
        "domain": st.sampled_from(["general", "code", "legal", "medical", "finance", "science", "images"]),
        "max_tokens": st.none() | st.integers(1, 10**7),
        "dim_limit": st.none() | st.integers(2, 32768),
        "licence": st.sampled_from(["any", "commercial", "permissive"]),
        "hosted": st.sampled_from([None, True, False]),
        "device": st.sampled_from([None, "cpu", "gpu"]),
        "memory_bytes": st.none() | st.integers(1, 10**15),
        "vectors": st.none() | st.integers(1, 10**12),
        "hybrid": st.booleans(),
        "models": st.lists(st.sampled_from(sorted(MODELS)), max_size=3),
    },
)


@given(WISHES)
def test_no_wish_is_broken_over_the_whole_input_space(wishes: dict[str, Any]) -> None:
    found = embed(**wishes)
    json.dumps(found.result, allow_nan=False)
    asked = wishes.get("models") or list(MODELS)
    assert {row["model"] for row in found.result["models"]} | set(found.result["left_out"]) == set(asked)
    for row in found.result["models"]:
        assert row["dim"] <= (wishes.get("dim_limit") or 32768)
        assert (row["max_tokens"] or 10**9) >= (wishes.get("max_tokens") or 0)
        if wishes.get("licence") == "permissive":
            assert row["licence"] in ("MIT", "Apache-2.0")
        if wishes.get("hosted") is not None:
            assert row["hosted"] == wishes["hosted"]
    assert len(found.summary.splitlines()) <= 40
    compile(found.documents["code"], "measure", "exec")


def test_a_length_that_is_not_known_stands_behind_those_that_suffice() -> None:
    found = names(max_tokens=1_000_000)
    assert found.index("potion-base-8M") < found.index("text-embedding-005")
