"""Which index for which data: ranked, with parameters, memory, metric, scalar indexes and the code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from threadlore.tools.arguments import is_yes
from threadlore.tools.base import Tool, ToolInputError, ToolResult
from threadlore.tools.indexing.case import IndexArguments, accept_other_form, make_case
from threadlore.tools.indexing.code import program, server_config
from threadlore.tools.indexing.facts import TABLE
from threadlore.tools.indexing.metric import MetricArguments, choose_metric
from threadlore.tools.indexing.ranking import rank
from threadlore.tools.indexing.report import brief, reasons, summary, values
from threadlore.tools.indexing.scalars import scalar_indexes
from threadlore.tools.plain_words import plain_words
from threadlore.tools.tables import facts_version

_FACTS = facts_version(TABLE, "index_sizes")


def choose_index(arguments: IndexArguments) -> ToolResult:
    """Return the indexes that suit a case, the best first.

    Raises:
        ToolInputError: the arguments contradict each other, or the index that is asked for cannot be built.
    """
    case = make_case(arguments)
    scalars = scalar_indexes(case)
    ranking = rank(case)
    asked = arguments.index
    shown = ranking.found or ranking.too_large
    if asked and not shown:
        raise ToolInputError(
            f"{asked}: {ranking.left_out[asked]}.", "Leave index open to see what is possible."
        )
    documents = {}
    if shown:
        documents["code"] = program(case, shown[0], scalars)
        config = server_config(case, shown[0])
        if config:
            documents["config"] = config
    return ToolResult(
        summary(case, ranking, scalars, "config" in documents),
        values(case, ranking, scalars),
        reasons(case, ranking),
        _FACTS,
        documents,
        brief=brief(case, ranking, scalars),
    )


def matters(arguments: IndexArguments) -> tuple[str, ...]:
    """Return the arguments with a default that a result should say it assumed."""
    return ("top_k", "milvus_version")


_COMPARES = re.compile(
    r"\b(?:or|vs\.?|versus|which|best|right|sensible|recommend\w*|advice)\b|还是|哪", re.IGNORECASE
)


_NAMED = r"\b(?:cosine|l2|ip|dot product|inner product|euclidean)\b"
_METRIC = re.compile(
    r"\b(?:metrics?(?:[ _]types?)?|(?:similarity|distance) (?:measure|function|type)"
    r"|(?:which|what|right|best) (?:similarity|distance))\b"
    rf"|{_NAMED}[^.?!]{{0,12}}\b(?:or|vs\.?|versus)\b[^.?!]{{0,12}}{_NAMED}|度量|距离类型",
    re.IGNORECASE,
)
_INDEX = re.compile(r"\bind(?:ex|exes|ices)\b|\bhnsw\b|\bivf|\bdisk ?ann\b|索引|インデックス", re.IGNORECASE)


def narrow(given: Mapping[str, object]) -> Tool | None:
    """Return the tool for the metric alone, where only that is asked for."""
    return METRIC if is_yes(given.get("metric_only")) else None


def from_question(text: str, case: Mapping[str, object]) -> Mapping[str, object]:
    """Return what was read of a question; who asks which index or metric has not chosen one by naming it.

    The one version that is named becomes that of Milvus.
    """
    plain = plain_words(text)
    if _METRIC.search(plain) and not _INDEX.search(plain):
        return {name: case[name] for name in ("embedding_model", "dim") if name in case} | {
            "metric_only": True
        }
    given = dict(case)
    if _COMPARES.search(plain):
        given.pop("metric", None)
        if not re.search(r"\bn(?:list|probe)\b|\befconstruction\b|\bsearch_list\b", text, re.IGNORECASE):
            given.pop("index", None)
    versions = given.get("versions")
    if isinstance(versions, list) and len(versions) == 1:
        given["milvus_version"] = versions[0]
    return given


METRIC = Tool(
    name="index",
    title="Which metric",
    description="The metric of an embedding model.",
    arguments=MetricArguments,
    run=choose_metric,
    matters=lambda arguments: (),
    facts_version=_FACTS,
)

TOOL = Tool(
    name="index",
    title="Which index",
    description="Ranks the indexes for your data, memory and searches, with parameters, metric and code.",
    arguments=IndexArguments,
    run=choose_index,
    matters=matters,
    facts_version=_FACTS,
    outputs=("code", "config"),
    accepts_object=accept_other_form,
    from_question=from_question,
    narrow=narrow,
)
