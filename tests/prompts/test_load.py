"""Prompts are files with declared inputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pkgutil import resolve_name

import pytest
from pydantic import BaseModel

from threadlore.errors import BadInput, NotFound
from threadlore.prompts import load, names, read_prompt


@pytest.mark.parametrize("name", names())
def test_every_prompt_declares_the_slots_it_has(name: str) -> None:
    prompt = load(name)
    filled = prompt.fill(**dict.fromkeys(prompt.inputs, "VALUE"))
    assert prompt.output
    assert not re.search(r"\{\w", filled)


@pytest.mark.parametrize("name", [name for name in names() if load(name).version])
def test_every_instruction_to_a_model_names_the_class_of_its_reply(name: str) -> None:
    reply = resolve_name(load(name).output)
    assert issubclass(reply, BaseModel)


@pytest.mark.parametrize("name", [name for name in names() if "The form of the reply" in load(name).text])
def test_the_form_that_an_instruction_shows_has_the_fields_of_its_reply(name: str) -> None:
    prompt = load(name)
    shown = json.loads(prompt.text.splitlines()[-1])
    types = resolve_name(prompt.output).model_json_schema()
    fields = [set(part["properties"]) for part in (types, *types.get("$defs", {}).values())]
    assert shown.keys() == types["properties"].keys()
    for keys in objects_in(shown):
        assert keys in fields


def objects_in(value: object) -> Iterator[set[str]]:
    """Yield the keys of every object in a JSON value."""
    parts: Iterable[object] = value if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield set(value)
        parts = value.values()
    for part in parts:
        yield from objects_in(part)


def test_a_record_of_a_call_tells_the_version_of_its_prompt() -> None:
    prompt = read_prompt("x", "---\ninputs: []\noutput: a.b:C\nversion: 3\n---\nRead.\n")
    assert prompt.label == "x/3"


@pytest.mark.parametrize("version", ["new", "true", "-1", "1.5"])
def test_a_version_that_is_no_number_is_refused(version: str) -> None:
    with pytest.raises(BadInput, match="version"):
        read_prompt("x", f"---\ninputs: []\noutput: x\nversion: {version}\n---\nRead.\n")


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
