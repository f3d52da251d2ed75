"""Which embedding model: by language, domain, length, dimension, licence, machine and storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from threadlore.tools.base import Tool, ToolResult
from threadlore.tools.embeddings.ranking import TABLE, EmbedArguments, rank
from threadlore.tools.embeddings.report import brief, program, reasons, summary, values
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
        brief=brief(arguments, found) if found else "",
    )


def from_question(text: str, case: Mapping[str, object]) -> Mapping[str, object]:
    """Return what was read of a question; on a GPU the model has that one's memory, not the machine's."""
    given = dict(case)
    if given.get("device") == "gpu":
        given["memory_bytes"] = given.get("gpu_memory_bytes")
    sparse = given.get("sparse_field") or given.get("data_type") == "sparse"
    if sparse or "hybrid" in _listed(given, "features"):
        given["hybrid"] = True
    return {name: value for name, value in given.items() if value is not None}


def _listed(given: Mapping[str, object], name: str) -> Sequence[object]:
    found = given.get(name)
    return found if isinstance(found, list | tuple) else ()


TOOL = Tool(
    name="embed",
    title="Which embedding model",
    description="Ranks embedding models by language, domain, length, dimension, licence and machine.",
    arguments=EmbedArguments,
    run=choose_model,
    facts_version=_FACTS,
    matters=lambda arguments: ("languages",),
    outputs=("code",),
    from_question=from_question,
)
