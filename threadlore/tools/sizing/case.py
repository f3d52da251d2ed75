"""The case that is sized: its arguments, other spellings of them, and what does not go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from threadlore.tools import kinds
from threadlore.tools.arguments import ToolInputError, argument
from threadlore.tools.kinds import DataType, Metric
from threadlore.tools.names import find_names
from threadlore.tools.tables import table
from threadlore.tools.units import show_count

MIB = 2**20
GIB = 2**30

Index = Literal[kinds.Index, "SPARSE_WAND"]
"""The indexes that are sized; SPARSE_WAND is the old name of SPARSE_INVERTED_INDEX."""

Refine = Literal["NONE", "SQ4U", "SQ6", "SQ8", "FP16", "BF16", "FP32"]
Version = Literal["2.4", "2.5", "2.6", "3.0"]


@dataclass(frozen=True, slots=True)
class SizeArguments:
    """Arguments of `size`. Defaults are those of the official page, and of the server where it has none."""

    vectors: int = argument(
        "Number of vectors.",
        ask="How many vectors will there be (for example 10M)?",
        unit="count",
        limits=(1, 10**12),
    )
    dim: int = argument(
        "Dimension of a vector. Of sparse vectors it says nothing.",
        ask="What dimension do the vectors have (for example 768), or which embedding model makes them?",
        limits=(2, 262144),
    )
    other_dims: tuple[int, ...] = argument(
        "Dimensions of further vector fields of a row, of the same type and index.", (), limits=(2, 262144)
    )
    sparse_field: bool = argument("A row has a sparse vector beside the dense ones.", False)
    index: Index | None = argument(  # noqa: RUF009 - argument() makes a field
        "Index type; without one the usual indexes are compared.", None, names="index"
    )
    data_type: DataType | None = argument(  # noqa: RUF009
        "Type of the vectors; float32 where the index does not say it.", None, names="data_type"
    )
    metric: Metric | None = argument("Metric of the index.", None, names="metric")  # noqa: RUF009
    m: int = argument("HNSW: edges a node, M. AUTOINDEX chooses its own.", 30, limits=(2, 2048))
    nlist: int = argument("IVF: number of clusters.", 128, limits=(1, 65536))
    pq_m: int | None = argument("PQ and PRQ: sub-quantisers, m of the index.", None, limits=(1, 65536))
    nbits: int = argument("PQ and PRQ: bits a code.", 8, limits=(1, 24))
    nrq: int = argument("HNSW_PRQ: residual quantisers.", 2, limits=(1, 16))
    sq_type: Literal["SQ4U", "SQ6", "SQ8", "BF16", "FP16"] = argument("HNSW_SQ: scalar quantiser.", "SQ8")
    rbq_bits: int = argument("IVF_RABITQ: bits a dimension.", 1, limits=(1, 9))
    refine_type: Refine = argument(  # noqa: RUF009
        "Quantised indexes: what is kept for refinement.", "NONE", names="refine_type"
    )
    with_raw_data: bool | None = argument(
        "SCANN: keep the raw vectors; the official page says false, the server's default is true.", None
    )
    max_degree: int = argument("DISKANN, AISAQ: edges a node.", 56, limits=(1, 2048))
    inline_pq: int = argument("AISAQ: neighbours whose codes stand beside a node.", 56, limits=(0, 2048))
    non_zeros: int = argument("Sparse: values of a vector that are not zero.", 120, limits=(1, 10**6))
    scalar_bytes: int = argument("Bytes of scalar fields a row.", 0, unit="bytes", limits=(0, 60_000_000))
    string_bytes: int | None = argument(
        "Of these, the bytes of VARCHAR and JSON fields, which a load counts twice; all of them when open.",
        None,
        unit="bytes",
        limits=(0, 60_000_000),
    )
    offload_scalar: bool = argument("Keep scalar fields on disk (mmap).", False)
    mmap_vectors: bool = argument("Keep raw vectors on disk: queryNode.mmap.vectorField.", False)
    mmap_index: bool = argument("Keep the vector index on disk: queryNode.mmap.vectorIndex.", False)
    replicas: int = argument("Copies of the collection in memory.", 1, limits=(1, 100))
    segment_size_mb: int = argument("Segment size in MiB.", 1024, limits=(64, 16384))
    mode: Literal["auto", "standalone", "distributed"] = argument("Deployment.", "auto", names="deployment")
    dependency: Literal["pulsar", "kafka", "woodpecker"] = argument(
        "Message queue of a distributed deployment.", "pulsar", names="dependency"
    )
    memory_bytes: int = argument(
        "Memory that there is for loading, to tell whether the data fits; 0 when it is open.",
        0,
        unit="bytes",
        limits=(0, 10**18),
    )
    milvus: Version = argument("Milvus version.", "2.6", names="version")  # noqa: RUF009
    files_for: Literal["server", "official"] = argument(
        "Whose figures the files of --output carry: those that the server will accept, or the official ones.",
        "server",
    )


_OWN = {name.replace("_", ""): name for name in SizeArguments.__dataclass_fields__}
"""Our arguments without underscores: maxDegree, max_degree and MaxDegree are one."""

_THEIRS = {
    "indextype": "index",
    "scalarbytesperrow": "scalar_bytes",
    "toolversion": "milvus",
    "version": "milvus",
    "dimension": "dim",
    "num": "vectors",
    "numvectors": "vectors",
    "offloadscalars": "offload_scalar",
    "metrictype": "metric",
    "replicanumber": "replicas",
    "segmentsize": "segment_size_mb",
}
_PQ = frozenset({"IVF_PQ", "HNSW_PQ", "HNSW_PRQ", "GPU_IVF_PQ"})
_BINARY = frozenset({"BIN_FLAT", "BIN_IVF_FLAT", "MINHASH_LSH"})
_SPARSE = frozenset({"SPARSE_INVERTED_INDEX", "SPARSE_WAND"})


def accept_other_form(given: Mapping[str, object]) -> dict[str, object]:
    """Return arguments by our names: those of the official page and of index parameters are understood.

    `index_params` may hold the parameters of the index, in any spelling; a small `m` of a PQ index is
    `pq_m`. Names that nobody knows stay as they are, so that they are refused by name.
    """
    flat = dict(given)
    parameters = flat.pop("index_params", None)
    if isinstance(parameters, Mapping):
        flat = {str(name): value for name, value in parameters.items()} | flat
    elif parameters is not None:
        flat["index_params"] = parameters
    index = find_names("index", str(flat.get("index_type") or flat.get("index") or "")) or [""]
    without_graph = index[0] in _PQ and not index[0].startswith("HNSW")
    found: dict[str, object] = {}
    for name, value in flat.items():
        plain = name.lower().replace("_", "").replace("-", "")
        ours = _OWN.get(plain) or _THEIRS.get(plain) or name
        if ours == "m" and (without_graph or (name == "m" and index[0] in _PQ and name not in given)):
            ours = "pq_m"
        found[ours] = value
    _read_refine(found)
    if index[0] in _SPARSE or str(found.get("data_type", "")).lower() == "sparse":
        found.setdefault("dim", 2)
    return found


def _read_refine(found: dict[str, object]) -> None:
    """Read `refine`, the flag that a server has beside the type: off means none, on SQ6 as on the page."""
    refine = found.pop("refine", None)
    if refine is False:
        found["refine_type"] = "NONE"
    elif refine is True:
        found.setdefault("refine_type", "SQ6")
    elif refine is not None:
        found["refine"] = refine


def vector_fields(case: SizeArguments) -> tuple[SizeArguments, ...]:
    """Return each vector field of a row as a case of its own, without the scalar fields."""
    if not case.other_dims and not case.sparse_field:
        return (case,)
    alone = replace(case, other_dims=(), sparse_field=False)
    fields = [replace(alone, dim=dim) for dim in (case.dim, *case.other_dims)]
    if case.sparse_field:
        index: Index | None = "SPARSE_INVERTED_INDEX" if case.index else None
        fields.append(replace(alone, dim=2, index=index, data_type="sparse", metric=None))
    return tuple(fields)


def data_type(case: SizeArguments) -> str:
    """Return the type of the vectors: as given, or as the index asks for it."""
    if case.data_type:
        return case.data_type
    if case.index in _BINARY:
        return "binary"
    return "sparse" if case.index in _SPARSE else "float32"


def metric(case: SizeArguments) -> str:
    """Return the metric: as given, or the default of the type."""
    defaults = {"binary": "HAMMING", "sparse": "IP"}
    return case.metric or defaults.get(data_type(case), "COSINE")


def resolved_index(case: SizeArguments) -> str:
    """Return the index that is built: AUTOINDEX stands for another one."""
    index = str(case.index)
    if index == "SPARSE_WAND":
        return "SPARSE_INVERTED_INDEX"
    if index != "AUTOINDEX":
        return index
    return {"binary": "BIN_IVF_FLAT", "sparse": "SPARSE_INVERTED_INDEX"}.get(data_type(case), "HNSW")


def index_row(index: str) -> dict[str, Any]:
    """Return what the table of indexes says of one."""
    found: dict[str, Any] = next(row for row in table("index_sizes")["indexes"] if row["index"] == index)
    return found


def check_case(case: SizeArguments) -> None:
    """Refuse what does not go together.

    Raises:
        ToolInputError: index, type of the vectors, dimension and parameters contradict each other.
    """
    for field in vector_fields(case):
        _check_field(field)
    most = table("index_sizes")["fields"][0]["most"]
    if len(vector_fields(case)) > most:
        raise ToolInputError(
            f"{len(vector_fields(case))} vector fields; a collection can be given {most} at most "
            "(proxy.maxVectorFieldNum).",
            "Spread them over several collections.",
        )
    if case.sparse_field and data_type(case) == "sparse":
        raise ToolInputError("The vectors are sparse already.", "Leave sparse_field out.")


def _check_field(case: SizeArguments) -> None:
    kind = data_type(case)
    row = next(one for one in table("index_sizes")["data_types"] if one["name"] == kind)
    if case.dim > row["max_dim"]:
        raise ToolInputError(
            f"dim is {case.dim:,}; {kind} vectors may have {row['max_dim']:,} (proxy.maxDimension).",
            "Shorten the vectors (a smaller model, Matryoshka, PCA), or cut them into several fields.",
        )
    if kind == "binary" and case.dim % 8:
        raise ToolInputError(
            f"dim is {case.dim}; of binary vectors it must be a multiple of 8.", "Fill up the bits."
        )
    if case.mode == "standalone" and case.replicas > 1:
        raise ToolInputError(
            f"replicas is {case.replicas}; a Standalone is one query node and holds one replica.",
            "Take mode distributed, or one replica.",
        )
    if case.index is None:
        return
    allowed = index_row(resolved_index(case))["data_types"]
    if kind not in allowed:
        raise ToolInputError(
            f"{case.index} takes {', '.join(allowed)} vectors, not {kind}.",
            f"For {kind} use one of {', '.join(compared_indexes(kind))}.",
        )
    _check_parameters(case)


def _check_parameters(case: SizeArguments) -> None:
    if case.index in _PQ and case.dim % pq_m(case):
        raise ToolInputError(
            f"m of {case.index} is {pq_m(case)}, which does not divide the dimension {case.dim}.",
            f"Give pq_m a divisor of {case.dim}.",
        )
    if case.string_bytes is not None and case.string_bytes > case.scalar_bytes:
        raise ToolInputError(
            f"string_bytes is {case.string_bytes:,}, more than scalar_bytes, {case.scalar_bytes:,}.",
            "string_bytes is the part of scalar_bytes that is text.",
        )


def compared_indexes(kind: str) -> tuple[str, ...]:
    """Return the indexes that are compared for a type of vectors when none is named."""
    row = next(one for one in table("index_sizes")["data_types"] if one["name"] == kind)
    return tuple(row["compared"])


def pq_m(case: SizeArguments) -> int:
    """Return m of a PQ index: as given, or its default for the dimension."""
    if case.pq_m:
        return case.pq_m
    usual = index_row(str(case.index)).get("pq_m")
    half = usual if usual else case.dim // 2
    # The defaults are of the usual dimensions; of others the next smaller divisor is taken.
    return next(one for one in range(min(half, case.dim), 0, -1) if case.dim % one == 0)


def hnsw_m(case: SizeArguments) -> int:
    """Return M of the graph; AUTOINDEX chooses its own."""
    return int(index_row("AUTOINDEX")["m"]) if case.index == "AUTOINDEX" else case.m


def title(case: SizeArguments) -> str:
    """Return what is sized, in one line."""
    kind = data_type(case)
    dims = " + ".join(str(dim) for dim in (case.dim, *case.other_dims))
    shape = f"{case.non_zeros} values" if kind == "sparse" else f"{dims} dimensions"
    shape += " + a sparse vector" if case.sparse_field else ""
    several = bool(case.other_dims or case.sparse_field)
    noun = ("row" if several else "vector") + ("" if case.vectors == 1 else "s")
    parts = [f"{show_count(case.vectors)} {noun} x {shape}", str(case.index or ""), kind]
    return ", ".join(part for part in parts if part)
