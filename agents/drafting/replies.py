"""What a chat model returns where it writes: claims that cite, never a text that stands by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from threadlore.chat import at_most, reference


class Cited(BaseModel):
    """A source by its local reference, with words copied from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: Annotated[str, reference("mdqt")]
    quote: str


class Statement(BaseModel):
    """One claim of an answer: a sentence, an item of a list, or code copied whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Literal["sentence", "item", "code"]
    text: str
    cites: Annotated[list[Cited], at_most(4)]


class DraftReply(BaseModel):
    """An entry: the question that it answers, and its answer; no claims where nothing answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    claims: Annotated[list[Statement], at_most(6)]
