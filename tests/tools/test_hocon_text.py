"""HOCON as the jobs use it: what is written is read back the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.hocon import Substitution, read_hocon
from threadlore.tools.hocon_text import FromEnvironment, to_hocon

SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=12), VALUES, max_size=4))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert read_hocon(to_hocon(value, "a comment with { and =")) == value


def test_a_substitution_stands_outside_quotes() -> None:
    text = to_hocon({"sink": {"token": FromEnvironment("MILVUS_TOKEN")}})
    assert "token = ${MILVUS_TOKEN}" in text
    assert isinstance(read_hocon(text)["sink"]["token"], Substitution)


@pytest.mark.parametrize("text", ["a {", "a = ", "= 1", "a = 1 a = 2", "a b", "a = [1", 'a = "x\n"'])
def test_the_reader_refuses_what_is_no_hocon(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        read_hocon(text)
