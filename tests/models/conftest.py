"""An endpoint for the tests of models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.models.asking import GOOD
from threadlore.testing.endpoint import FakeEndpoint, serving


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[FakeEndpoint]:
    """An endpoint that says GOOD, with every body checked against the specification where that is here."""
    try:
        validator = request.getfixturevalue("openai_specification")
    except pytest.skip.Exception:
        validator = None
    with serving(FakeEndpoint(lambda asked: GOOD, validator=validator)) as served:
        yield served
    assert served.violations == []
