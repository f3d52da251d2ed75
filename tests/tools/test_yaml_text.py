"""YAML that the tools hand out, read back by a YAML reader."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.yaml_text import Noted, to_yaml

_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert yaml.safe_load(to_yaml(value)) == value


def test_numbers_in_quotes_stay_text() -> None:
    assert to_yaml({"cpu": "2", "on": "yes", "image": "milvusdb/milvus:v2.6.4"}) == (
        'cpu: "2"\n"on": "yes"\nimage: milvusdb/milvus:v2.6.4\n'
    )


def test_comments_stand_above_and_behind() -> None:
    text = to_yaml({"replicas": Noted(2, "one a zone")}, "Made for 10M vectors.\nCheck it.")
    assert text == "# Made for 10M vectors.\n# Check it.\nreplicas: 2  # one a zone\n"
