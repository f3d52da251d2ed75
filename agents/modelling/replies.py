"""What a model is asked to return: small types with short names, because their keys are paid for too.

They are not what is kept: code checks every one of them against the text that the model was shown.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

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
    asked: list[str]
    by: list[str] = []
    status: Literal["open", "settled", "contradicted"]
    ok: list[str] = []
    facts: list[FactRead] = []
    lang: str = ""


class ConversationRead(BaseModel):
    """What one conversation asks."""

    c: str
    q: list[QuestionRead]


class DistilReply(BaseModel):
    """What a batch of conversations asks."""

    asking: list[ConversationRead]
    none: list[str]


class LabelRead(BaseModel):
    """The name of a topic."""

    t: str
    name: str
    area: str = ""
    line: str = ""


class LabelReply(BaseModel):
    """Names of a batch of topics."""

    topics: list[LabelRead]


class SentenceRead(BaseModel):
    """A sentence of the report, with the rows that it speaks of."""

    text: str
    rows: list[str]


class AnalystReply(BaseModel):
    """The words of the report."""

    sentences: list[SentenceRead]
