"""Which embedding model: by language, domain, length, dimension, licence, machine and storage."""

from __future__ import annotations

from threadlore.tools.base import Tool, ToolResult
from threadlore.tools.embeddings.ranking import TABLE, EmbedArguments, rank
from threadlore.tools.embeddings.report import program, reasons, summary, values
from threadlore.tools.tables import facts_version

_FACTS = facts_version(TABLE)


def choose_model(arguments: EmbedArguments) -> ToolResult:
    """Return the embedding models that suit, the best first.

    Raises:
        ToolInputError: a language or a model is not known here.
    """
    found, left_out = rank(arguments)
    return ToolResult(
        summary(arguments, found, left_out),
        values(arguments, found, left_out),
        reasons(arguments, found),
        _FACTS,
        {"code": program(found)},
    )


TOOL = Tool(
    name="embed",
    title="Which embedding model",
    description="Ranks embedding models by language, domain, length, dimension, licence and machine.",
    arguments=EmbedArguments,
    run=choose_model,
    facts_version=_FACTS,
    matters=lambda arguments: ("languages",),
    outputs=("code",),
)
