"""Which metric an embedding model wants: a question of its own, which needs no numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threadlore.tools.base import ToolResult, argument
from threadlore.tools.names import find_embedding_model
from threadlore.tools.tables import facts_version, table

MODELS = "embedding_models"


@dataclass(frozen=True, slots=True)
class MetricArguments:
    """Arguments of the narrow question."""

    embedding_model: str = argument(
        "Embedding model that makes the vectors.",
        ask="Which embedding model makes the vectors (for example bge-m3)?",
    )
    dim: int | None = argument("Dimension of a vector; it changes nothing.", None)
    metric_only: bool = argument("Only the metric is asked for.", True)


def model_row(text: str | None) -> dict[str, Any] | None:
    """Return the row of the embedding model that `text` names; None where it names no single known one."""
    known = find_embedding_model(text[:200]) if text else None
    if known is None:
        return None
    rows: list[dict[str, Any]] = table(MODELS)["models"]
    return next(one for one in rows if one["model"] == known[0])


def choose_metric(arguments: MetricArguments) -> ToolResult:
    """Return the metric of an embedding model, and how sure that is."""
    row = model_row(arguments.embedding_model)
    name = row["model"] if row else arguments.embedding_model[:80]
    metric = str(row.get("metric") or "") if row else ""
    result = {
        "embedding_model": name,
        "known": bool(metric),
        "metric": metric or "COSINE",
        "normalised": row.get("normalised") if row else None,
        "larger_is_closer": True,
    }
    code = f'index_params.add_index("vector", index_type="AUTOINDEX", metric_type="{metric or "COSINE"}")'
    lines = [_first_line(name, metric), f"- In code: `{code}`", *(f"- {one}" for one in _how(row, metric))]
    return ToolResult("\n".join(lines), result, _reasons(metric), facts_version(MODELS))


def _first_line(name: str, metric: str) -> str:
    if metric:
        return f"**{metric}** for {name}."
    return f"**Not known** which metric {name} wants. Its model card says it; without a card take COSINE."


def _how(row: Mapping[str, Any] | None, metric: str) -> list[str]:
    if row is None:
        return ["A model that is only trained for dot product (names such as *-dot-*) wants IP instead."]
    if row.get("normalised"):
        return ["Its vectors have length 1: COSINE, IP and L2 give the same order, only the scores differ."]
    if metric == "IP":
        return ["Its vectors differ in length, and length carries meaning: COSINE and L2 rank otherwise."]
    return ["Where vectors may differ in length, IP and L2 rank otherwise than COSINE."]


def _reasons(metric: str) -> tuple[str, ...]:
    found = [
        "A metric other than the model's ranks wrongly, without an error.",
        "The metric stands with the index: to change it, drop the index and build it anew; vectors stay.",
    ]
    if metric != "IP":
        found.append("Shortened (Matryoshka) vectors have to be normalised again before IP or L2.")
    return tuple(found)
