"""The dimension of each vector field is read of people's words, or left out where it is not said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.calling import read_case
from threadlore.tools.dimensions import USUAL_DIM, left_open, read_dims, sparse_beside


@pytest.mark.parametrize(
    ("text", "dims"),
    [
        ("5M rows x 2 vector fields, 768 each", (768, 768)),
        ("two vectors per row, one 768 and one 1024", (768, 1024)),
        ("each row: one 768 dense + one 384 dense", (768, 384)),
        ("10M rows with a title embedding (384) and a body embedding (1024)", (384, 1024)),
        ("3 embeddings per product, 384 dim each", (384, 384, 384)),
        ("768d + 512d per record, HNSW with M 64 and nlist 1024", (768, 512)),
        ("384 dim text embeddings and 512 dim image embeddings", (384, 512)),
        ("every entity has two vectors of 256 dimensions", (256, 256)),
    ],
)
def test_several_vector_fields_are_read_each(text: str, dims: tuple[int, ...]) -> None:
    assert read_dims(text) == dims


@pytest.mark.parametrize(
    "text",
    [
        "768 or 1024 dims?",
        "384d vs 768d for our docs",
        "going from 768 dimensional to 1024 dimensional vectors",
    ],
)
def test_dimensions_to_choose_from_are_none(text: str) -> None:
    assert read_dims(text) == ()
    assert left_open(text)


@pytest.mark.parametrize(
    "text",
    ["3 vector fields, one of them 768", "two vectors per row, sizes 256, 512 and 1024", "2 vector fields"],
)
def test_fields_whose_dimensions_do_not_add_up_are_asked_for(text: str) -> None:
    assert read_dims(text) == ()
    assert "dim" not in read_case(text)


def test_a_model_is_no_answer_where_its_dimension_is_weighed() -> None:
    assert "dim" not in read_case("text-embedding-3-large cut to 1024 or 1536 dims, 5M vectors")
    assert read_case("text-embedding-3-large, 5M vectors")["dim"] == 3072


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("dense 768 and sparse bm25 vector", {"dim": 768, "sparse_field": True}),
        ("dense 1024 + sparse, 4M rows", {"dim": 1024, "sparse_field": True, "vectors": 4_000_000}),
        ("bge-m3 dense and sparse vectors", {"dim": 1024, "sparse_field": True}),
        ("4M sparse vectors", {"data_type": "sparse", "vectors": 4_000_000}),
    ],
)
def test_a_sparse_vector_beside_a_dense_one_is_no_sparse_case(text: str, case: dict[str, Any]) -> None:
    found = read_case(text)

    assert {name: found[name] for name in case} == case
    assert sparse_beside(text) is ("data_type" not in found)


@pytest.mark.parametrize(
    ("text", "dims"),
    [
        ("a 16 core machine and a 768 dim model", (768,)),
        ("a 256 GB box and a 1024 dim model", (1024,)),
        ("a 128 core cluster, a 1024d model", (1024,)),
        ("top 100, limit 512 and 768 dims", (768,)),
        ("a 64 a 50M and 200GB", ()),
    ],
)
def test_other_numbers_are_no_dimensions(text: str, dims: tuple[int, ...]) -> None:
    assert read_dims(text) == dims


def test_several_vectors_of_a_row_are_no_pieces_of_it() -> None:
    assert read_case("2M products, each with 2 vectors, 768 and 512")["vectors"] == 2_000_000
    assert read_case("2M products, each cut into 20 chunks of 768 dims")["vectors"] == 40_000_000


@given(st.text(), st.sampled_from(sorted(USUAL_DIM)))
def test_any_text_is_read(text: str, dim: int) -> None:
    assert all(1 < one <= 32768 for one in read_dims(f"{text} {dim}"))
