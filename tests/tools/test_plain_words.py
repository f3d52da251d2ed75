"""Questions in other languages and with typing errors, read as plain English words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.calling import read_case
from threadlore.tools.plain_words import plain_words


@pytest.mark.parametrize(
    ("text", "case"),
    [
        (
            "Wie viel RAM brauche ich für 15 Millionen Vektoren mit 768 Dimensionen und HNSW?",
            {"vectors": 15_000_000, "dim": 768, "index": "HNSW"},
        ),
        (
            "Reichen 64 GB Arbeitsspeicher für 20.000.000 Vektoren mit 1024 Dimensionen?",
            {"vectors": 20_000_000, "dim": 1024, "memory_bytes": 64 * 2**30},
        ),
        (
            "combien de mémoire faut-il pour 1,5 milliard de vecteurs de dimension 128 ?",
            {"vectors": 1_500_000_000, "dim": 128},
        ),
        (
            "¿Cuánta memoria necesito para 500 mil vectores de 1536 dimensiones con HNSW?",
            {"vectors": 500_000, "dim": 1536, "index": "HNSW"},
        ),
        (
            "Quanta memoria serve per 10 milioni di vettori a 768 dimensioni?",
            {"vectors": 10_000_000, "dim": 768},
        ),
        ("Qual índice devo escolher para 2 milhões de vetores?", {"vectors": 2_000_000}),
        ("Сколько памяти нужно для 10 млн векторов размерности 768?", {"vectors": 10_000_000, "dim": 768}),
        ("we have 10 mil vectors in our colection", {"vectors": 10_000_000}),
        ("un index pour 2 milliards de vecteurs avec 512 Go de RAM", {"memory_bytes": 512 * 2**30}),
        ("хватит ли 64 ГБ памяти для 20 млн векторов", {"memory_bytes": 64 * 2**30}),
        ("Modell für deutsche Verträge, ohne GPU, mit Replikaten", {"domain": "legal", "gpu": False}),
        ("como migro de pgvector para o zilliz cloud?", {"from": "pgvector", "to": "cloud"}),
        ("como migro mis datos de qdrant a milvus standalone", {"from": "qdrant", "to": "standalone"}),
        ("the filter removes 95 percent of the rows", {"filtered_out": 0.95}),
        ("hnsw w/ 2 replicas, w/o gpu", {"replicas": 2}),
    ],
)
def test_numbers_are_read_in_other_languages(text: str, case: dict[str, object]) -> None:
    found = read_case(text)
    assert {name: found.get(name) for name in case} == case


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("embeding", "embedding"),
        ("embeddigns", "embeddings"),
        ("vetcors", "vectors"),
        ("Kuberentes", "kubernetes"),
        ("modell", "model"),
        ("sectors", "sectors"),
        ("documented", "documented"),
        ("Germany", "Germany"),
        ("multi modal", "multi modal"),
        ("recommender", "recommender"),
        ("migrated", "migrated"),
        ("trillion", "trillion"),
        ("embed-ding.py", "embed-ding.py"),
    ],
)
def test_a_single_slip_is_mended_and_other_words_stay(typed: str, right: str) -> None:
    assert plain_words(typed) == right


@pytest.mark.parametrize(
    "text",
    ["how much memory do I need?", "die cut on the mil spec", "pour 10M vectors into it", "voila", ""],
)
def test_english_stays_english(text: str) -> None:
    assert plain_words(text) == text


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(plain_words(text), str)
