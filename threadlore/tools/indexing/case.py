"""What an index is chosen for: the arguments, and the case that follows from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from threadlore.tools.arguments import ToolInputError, argument
from threadlore.tools.indexing.facts import Version, has, read_version, row, show_version, threshold
from threadlore.tools.indexing.metric import model_row
from threadlore.tools.kinds import DataType, Index, Metric
from threadlore.tools.names import find_embedding_model

Need = Literal["range", "group_by", "iterator"]

DEFAULT_METRIC = {"binary": "HAMMING", "sparse": "IP"}


@dataclass(frozen=True, slots=True)
class IndexArguments:
    """Arguments of `index`. What is left open restricts nothing."""

    vectors: int = argument(
        "Number of vectors.",
        ask="How many vectors will there be (for example 10M)?",
        unit="count",
        limits=(1, 10**12),
    )
    dim: int = argument(
        "Dimension of a vector; it follows from a known embedding model. Of sparse vectors it says nothing.",
        ask="What dimension do the vectors have (for example 768), or which embedding model makes them?",
        limits=(1, 262144),
    )
    memory_bytes: int | None = argument(
        "Memory of all query nodes together.",
        None,
        ask="How much memory is there for the query nodes (for example 64GB)?",
        unit="bytes",
        limits=(1, 10**18),
    )
    disk_bytes: int | None = argument(
        "Local disk of the query nodes.", None, unit="bytes", limits=(0, 10**18)
    )
    disk: Literal["nvme", "ssd", "hdd", "none"] | None = argument("Kind of local disk.", None)
    gpu: bool = argument("There are NVIDIA GPUs for the query nodes.", False)
    gpu_memory_bytes: int | None = argument(
        "Memory of all GPUs together.", None, unit="bytes", limits=(1, 10**18)
    )
    recall: float | None = argument(
        "Share of the true neighbours that a search must find.", None, unit="share", limits=(0.01, 1)
    )
    latency_ms: float | None = argument(
        "Longest time of a search, in milliseconds.", None, unit="ms", limits=(0.01, 10**7)
    )
    qps: int | None = argument("Searches a second.", None, unit="count", limits=(1, 10**9))
    top_k: int = argument("Hits of a search (its limit).", 10, unit="count", limits=(1, 16384))
    filtered_out: float | None = argument(
        "Share of the rows that filters leave out.", None, unit="share", limits=(0, 1)
    )
    writes_per_day: int | None = argument(
        "Rows written, changed or deleted a day.", None, unit="count", limits=(0, 10**12)
    )
    data_type: DataType | None = argument("Type of the vectors.", None, names="data_type")  # noqa: RUF009
    metric: Metric | None = argument(  # noqa: RUF009
        "Metric; it follows from a known embedding model.", None, names="metric"
    )
    embedding_model: str | None = argument(
        "Embedding model that makes the vectors.",
        None,
        ask="Which embedding model makes the vectors (for example bge-m3)?",
    )
    metric_only: bool = argument("Only the metric of the embedding model: that needs no numbers.", False)
    index: Index | None = argument(  # noqa: RUF009
        "Only this index: its parameters and its code.", None, names="index"
    )
    needs: tuple[Need, ...] = argument("What searches must be able to do.", ())
    filter_fields: tuple[str, ...] = argument(
        "Fields that filters use, as NAME:TYPE[:USE][:DISTINCT], for example tenant:VARCHAR:tenant, "
        "price:DOUBLE:range, colour:VARCHAR:equals:20. USE is tenant, equals, range, prefix or contains.",
        (),
    )
    scalar_bytes: int = argument("Bytes of scalar fields a row.", 0, unit="bytes", limits=(0, 60_000_000))
    non_zeros: int = argument("Sparse: values of a vector that are not zero.", 120, limits=(1, 10**6))
    replicas: int = argument("Copies of the collection in memory.", 1, limits=(1, 100))
    allow_mmap: bool = argument("Data may be mapped to local disk.", True)
    avx2: bool = argument("The CPUs have AVX2 (any x86 server since 2015).", True)
    deployment: Literal["lite", "standalone", "distributed", "cloud"] | None = argument(
        "Deployment.", None, names="deployment"
    )
    milvus_version: str = argument("Milvus version.", "2.6")


def accept_other_form(given: Mapping[str, object]) -> dict[str, object]:
    """Return arguments with the dimension that follows from an embedding model, or that a type lacks."""
    found = dict(given)
    if found.get("dim") is None:
        model = found.get("embedding_model")
        known = find_embedding_model(model[:200]) if isinstance(model, str) else None
        if known:
            found["dim"] = known[1]
        elif str(found.get("data_type", "")).lower().startswith("sparse") or found.get("metric") == "BM25":
            # A sparse vector has places, not a dimension; the number is used nowhere.
            found["dim"] = 1
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """A case with everything resolved. `metric_why` says where the metric comes from."""

    arguments: IndexArguments
    data_type: str
    metric: str
    metric_why: str
    version: Version
    recall: float
    model: str | None

    @property
    def dim(self) -> int:
        """Dimension of a vector."""
        return self.arguments.dim

    @property
    def vectors(self) -> int:
        """Number of vectors."""
        return self.arguments.vectors

    @property
    def top_k(self) -> int:
        """Hits of a search."""
        return self.arguments.top_k

    @property
    def lite(self) -> bool:
        """Tell whether it runs in Milvus Lite."""
        return self.arguments.deployment == "lite"

    @property
    def survivors(self) -> int:
        """Rows that filters leave."""
        return round(self.vectors * (1 - (self.arguments.filtered_out or 0)))


def _metric(arguments: IndexArguments, kind: str, model: dict[str, Any] | None) -> tuple[str, str]:
    theirs = model.get("metric") if model else None
    dense = kind in ("float32", "float16", "bfloat16", "int8")
    if arguments.metric:
        why = "as asked"
        if theirs and dense and theirs != arguments.metric:
            why += f", though {model and model['model']} is trained for {theirs}"
        return arguments.metric, why
    if theirs and dense:
        return theirs, f"{model and model['model']} is trained for it"
    default = DEFAULT_METRIC.get(kind, "COSINE")
    if arguments.embedding_model and not model:
        return default, f"the default; the metric of {arguments.embedding_model[:60]} is not known here"
    return default, "the default of this type" if kind in DEFAULT_METRIC else "most embedding models want it"


def _check_kind(arguments: IndexArguments, kind: str) -> None:
    limits = row("data_types", kind)
    if kind != "sparse" and not limits["min_dim"] <= arguments.dim <= limits["max_dim"]:
        raise ToolInputError(
            f"dim is {arguments.dim:,}; of {kind} vectors it lies between {limits['min_dim']:,} and "
            f"{limits['max_dim']:,} (proxy.maxDimension).",
            "Shorten the vectors, or cut them into several fields.",
        )
    if arguments.dim % limits["step"]:
        raise ToolInputError(
            f"dim is {arguments.dim}; of {kind} vectors it must be a multiple of {limits['step']}.",
            "Fill up the bits.",
        )


def _check_metric(metric: str, kind: str, version: Version) -> None:
    allowed = row("data_types", kind)["metrics"]
    if metric not in allowed:
        raise ToolInputError(f"{metric} is no metric of {kind} vectors.", f"Use one of {', '.join(allowed)}.")
    since = row("metrics", metric)["since"]
    if not has(version, since):
        raise ToolInputError(
            f"{metric} came with Milvus {since}; {show_version(version)} does not have it.",
            f"Use one of {', '.join(one for one in allowed if has(version, row('metrics', one)['since']))}.",
        )


def _data_type(arguments: IndexArguments) -> str:
    if arguments.data_type:
        return arguments.data_type
    by_metric = {"HAMMING": "binary", "JACCARD": "binary", "MHJACCARD": "binary", "BM25": "sparse"}
    if arguments.metric in by_metric:
        return by_metric[str(arguments.metric)]
    if arguments.index:
        types: list[str] = row("indexes", arguments.index)["data_types"]
        return "float32" if "float32" in types else types[0]
    return "float32"


def make_case(arguments: IndexArguments) -> Case:
    """Return the case of some arguments.

    Raises:
        ToolInputError: type, dimension, metric and version contradict each other.
    """
    version = read_version(arguments.milvus_version)
    kind = _data_type(arguments)
    if arguments.deployment == "lite" and kind not in ("float32", "sparse"):
        raise ToolInputError(
            f"Milvus Lite has no {kind} vectors.", "Use float32 or sparse vectors, or a Standalone."
        )
    since = row("data_types", kind)["since"]
    if not has(version, since):
        raise ToolInputError(
            f"{kind} vectors came with Milvus {since}; {show_version(version)} does not have them.",
            "Use a later version, or float32 vectors.",
        )
    _check_kind(arguments, kind)
    model = model_row(arguments.embedding_model)
    metric, why = _metric(arguments, kind, model)
    if arguments.index == "MINHASH_LSH" and not arguments.metric:
        metric, why = "MHJACCARD", "the only metric of MINHASH_LSH"
    _check_metric(metric, kind, version)
    recall = arguments.recall or threshold("recall_assumed")
    return Case(arguments, kind, metric, why, version, recall, model["model"] if model else None)


_FIELD = re.compile(r"[A-Za-z_]\w{0,254}", re.ASCII)
_TYPES = (
    "BOOL",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "FLOAT",
    "DOUBLE",
    "VARCHAR",
    "ARRAY",
    "JSON",
    "GEOMETRY",
)
_USES = ("tenant", "equals", "range", "prefix", "contains")


@dataclass(frozen=True, slots=True)
class FilterField:
    """A scalar field that filters use. `distinct` is the number of its different values, where known."""

    name: str
    type: str
    use: str = "equals"
    distinct: int | None = None


def read_field(text: str) -> FilterField:
    """Return a field written as NAME:TYPE[:USE][:DISTINCT].

    Raises:
        ToolInputError: it is not written so.
    """
    name, _, rest = text.strip().partition(":")
    hint = "Write NAME:TYPE[:USE][:DISTINCT], for example price:DOUBLE:range."
    parts = [part.strip() for part in rest.split(":")] if rest else []
    if not _FIELD.fullmatch(name) or name in ("id", "vector") or not parts or len(parts) > 3:
        raise ToolInputError(f"filter_fields has {text[:60]!r}, which is no field.", hint)
    kind = parts[0].upper()
    if kind not in _TYPES:
        raise ToolInputError(f"{name} has the type {kind[:40]}.", f"Use one of {', '.join(_TYPES)}.")
    field = FilterField(name, kind)
    for part in parts[1:]:
        if part.lower() in _USES:
            field = replace(field, use=part.lower())
        elif part.isascii() and part.isdigit() and len(part) < 13:
            field = replace(field, distinct=int(part))
        else:
            raise ToolInputError(f"{name} has the use {part[:40]!r}.", f"Use one of {', '.join(_USES)}.")
    return field


def read_fields(case: Case) -> tuple[FilterField, ...]:
    """Return the fields that filters use.

    Raises:
        ToolInputError: one is not readable, named twice, or there are too many.
    """
    found = [read_field(text) for text in case.arguments.filter_fields]
    names = [one.name for one in found]
    if len(set(names)) != len(names):
        raise ToolInputError("filter_fields names a field twice.", "Name each field once.")
    if len(found) > 60:
        raise ToolInputError(
            f"filter_fields has {len(found)} fields; a collection takes 64 in all.", "Name those that matter."
        )
    if sum(one.use == "tenant" for one in found) > 1:
        raise ToolInputError("A collection has one partition key.", "Mark one field as tenant.")
    return tuple(found)
