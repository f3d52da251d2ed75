"""What a model is asked to return: small types with short names, because their keys are paid for too.

They are not what is kept: code checks every one of them against the text that the model was shown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel

from threadlore.chat import AT_A_TIME, at_most, reference

Message = Annotated[str, reference("m")]
Conversation = Annotated[str, reference("c")]
Text = Annotated[str, reference("q")]

FactKind = Literal[
    "version", "deployment", "vectors", "dimension", "index", "metric", "source_system", "os", "memory"
]


class FactRead(BaseModel):
    """A fact of the asker's case."""

    k: FactKind
    v: str


class QuestionRead(BaseModel):
    """A question."""

    text: str
    asked: Annotated[list[Message], at_most(6)]
    by: Annotated[list[Message], at_most(6)] = []
    status: Literal["open", "settled", "contradicted"]
    ok: Annotated[list[Message], at_most(3)] = []
    facts: Annotated[list[FactRead], at_most(5)] = []
    lang: str = ""


class ConversationRead(BaseModel):
    """What one conversation asks."""

    c: Conversation
    q: Annotated[list[QuestionRead], at_most(6)]


class DistilReply(BaseModel):
    """What a batch of conversations asks."""

    asking: Annotated[list[ConversationRead], at_most(AT_A_TIME)]
    none: Annotated[list[Conversation], at_most(AT_A_TIME)]


class LabelRead(BaseModel):
    """The name of a topic."""

    t: Text
    name: str
    area: str = ""
    line: str = ""


class LabelReply(BaseModel):
    """Names of a batch of topics."""

    topics: Annotated[list[LabelRead], at_most(12)]


class SentenceRead(BaseModel):
    """A sentence of the report, with the rows that it speaks of."""

    text: str
    rows: Annotated[list[Text], at_most(3)]


class AnalystReply(BaseModel):
    """The words of the report."""

    sentences: Annotated[list[SentenceRead], at_most(8)]
