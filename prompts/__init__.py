"""Prompts and sentences as Markdown files: front matter with inputs and output, then the text.

A prompt to a model has a version, and its output names the class of the reply, as `package.module:Class`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from threadlore.errors import BadInput, NotFound

_FORM = re.compile(r"\A---\n(?P<head>.*?)\n---\n(?P<text>.*)\Z", re.DOTALL)
_SLOT = re.compile(r"\{(?P<name>[a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text with named slots. `inputs` name them, `output` says what the text is or asks for.

    `version` is 0 for a sentence that people read; for an instruction to a model it grows with every change.
    """

    name: str
    inputs: tuple[str, ...]
    output: str
    text: str
    version: int = 0

    @property
    def label(self) -> str:
        """Name and version, as records of calls keep them."""
        return f"{self.name}/{self.version}"

    def fill(self, **values: str) -> str:
        """Return the text with every slot filled. A value is put in as it is: slots in it stay text.

        Raises:
            BadInput: a value is missing, or has no slot.
        """
        if set(values) != set(self.inputs):
            raise BadInput(
                f"The prompt {self.name} was given {sorted(values)}.", f"It takes {sorted(self.inputs)}."
            )
        return _SLOT.sub(lambda slot: values[slot["name"]], self.text)


def read_prompt(name: str, source: str) -> Prompt:
    """Read a prompt from the text of its file.

    Raises:
        BadInput: there is no front matter, slots and inputs differ, or the version is no number.
    """
    form = _FORM.match(source)
    head = yaml.safe_load(form["head"]) if form else None
    if form is None or not isinstance(head, dict) or "output" not in head:
        raise BadInput(
            f"The prompt {name} has no front matter.", "Begin it with inputs and output between --- lines."
        )
    text = form["text"].strip()
    inputs = tuple(head.get("inputs") or ())
    slots = {slot["name"] for slot in _SLOT.finditer(text)}
    if slots != set(inputs):
        raise BadInput(
            f"The prompt {name} has slots {sorted(slots)}.",
            f"Its inputs are {sorted(inputs)}: make them equal.",
        )
    return Prompt(name, inputs, str(head["output"]), text, _version(name, head))


def _version(name: str, head: dict[str, object]) -> int:
    version = head.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise BadInput(f"The prompt {name} has version {version!r}.", "Give it a whole number from 1.")
    return version


@cache
def load(name: str) -> Prompt:
    """Return the prompt `name`, the file `name`.md of this folder.

    Raises:
        NotFound: there is no such file.
        BadInput: the file is not as it should be.
    """
    file = resources.files("threadlore.prompts").joinpath(f"{name}.md")
    if not re.fullmatch(r"[a-z_]+", name) or not file.is_file():
        raise NotFound(f"No prompt named {name!r}.", f"Use one of: {', '.join(names())}.")
    return read_prompt(name, file.read_text("utf-8"))


def names() -> list[str]:
    """Return the names of all prompts."""
    folder = resources.files("threadlore.prompts")
    return sorted(item.name.removesuffix(".md") for item in folder.iterdir() if item.name.endswith(".md"))
