"""Prompts are files with declared inputs."""

from __future__ import annotations

import pytest

from threadlore.errors import BadInput, NotFound
from threadlore.prompts import load, names, read_prompt


@pytest.mark.parametrize("name", names())
def test_every_prompt_declares_the_slots_it_has(name: str) -> None:
    prompt = load(name)
    filled = prompt.fill(**dict.fromkeys(prompt.inputs, "VALUE"))
    assert prompt.output
    assert "{" not in filled


def test_a_value_with_braces_stays_text() -> None:
    prompt = read_prompt("x", "---\ninputs: [name]\noutput: a greeting\n---\nHello {name}.\n")
    assert prompt.fill(name="{name} {other}") == "Hello {name} {other}."


def test_a_missing_or_foreign_value_is_refused() -> None:
    prompt = read_prompt("x", "---\ninputs: [name]\noutput: a greeting\n---\nHello {name}.\n")
    with pytest.raises(BadInput, match="was given"):
        prompt.fill()
    with pytest.raises(BadInput, match="was given"):
        prompt.fill(name="a", other="b")


@pytest.mark.parametrize("source", ["text", "---\ninputs: []\noutput: x\n---\n{slot}", "---\n- a\n---\nb"])
def test_a_file_without_its_form_is_refused(source: str) -> None:
    with pytest.raises(BadInput):
        read_prompt("x", source)


def test_an_unknown_prompt_is_named() -> None:
    with pytest.raises(NotFound, match=r"\.\./secret"):
        load("../secret")
