"""The official sizes of a Milvus deployment: memory, disk, nodes and dependencies.

Formulas and tables: the sizing tool of milvus.io as of 2026-08-21 (commit f57ab62), whose 2.6 page also
stands for 3.0. All vectors are float32. R = 4 * vectors * dim bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from threadlore.tools.base import Tool, ToolResult, argument
from threadlore.tools.size_nodes import (
    TABLES_VERSION,
    Load,
    dependencies,
    display,
    limit,
    milvus_nodes,
    totals,
)
from threadlore.tools.units import show_bytes, show_count

_GIB = 2**30
_MIB = 2**20
_OVERHEAD = 1.15
_AISAQ_MEMORY = 16 * _MIB
_REFINE_BITS = {"NONE": 0, "SQ6": 6, "SQ8": 8, "FP16": 16, "BF16": 16, "SQ32": 32}
_USABLE = 0.9
"""Share of the memory that loaded data may take (the documented limit of the query nodes)."""

_MATTERS = {
    "HNSW": ("m",),
    "IVF_FLAT": ("nlist",),
    "IVF_SQ8": ("nlist",),
    "IVF_RABITQ": ("nlist", "refine_type"),
    "SCANN": ("with_raw_data",),
    "DISKANN": ("max_degree",),
    "AISAQ": ("max_degree", "inline_pq"),
}
_LOSSY = frozenset({"IVF_SQ8", "IVF_RABITQ"})

Index = Literal["FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_RABITQ", "SCANN", "HNSW", "DISKANN", "AISAQ"]


@dataclass(frozen=True, slots=True)
class SizeArguments:
    """Arguments of `size`. Defaults are those of the official page."""

    vectors: int = argument(
        "Number of vectors.",
        ask="How many vectors will there be (for example 10M)?",
        unit="count",
        limits=(1, 10**12),
    )
    dim: int = argument(
        "Dimension of a vector.",
        ask="What dimension do the vectors have (for example 768), or which embedding model makes them?",
        limits=(2, 32768),
    )
    index: Index = argument(  # noqa: RUF009 - argument() makes a field
        "Index type.",
        ask="Which index (FLAT, IVF_FLAT, IVF_SQ8, IVF_RABITQ, SCANN, HNSW, DISKANN or AISAQ)?",
        names="index",
    )
    m: int = argument("HNSW: edges a node, M.", 30, limits=(2, 2048))
    nlist: int = argument("IVF: number of clusters.", 128, limits=(1, 65536))
    refine_type: Literal["NONE", "SQ6", "SQ8", "FP16", "BF16", "SQ32"] = argument(
        "IVF_RABITQ: what is kept for refinement.", "NONE"
    )
    with_raw_data: bool = argument("SCANN: keep the raw vectors (the server's own default is true).", False)
    max_degree: int = argument("DISKANN, AISAQ: edges a node.", 56, limits=(1, 2048))
    inline_pq: int = argument("AISAQ: neighbours whose codes stand beside a node.", 56, limits=(0, 2048))
    scalar_bytes: int = argument("Bytes of scalar fields a row.", 0, unit="bytes", limits=(0, 60_000_000))
    offload_scalar: bool = argument("Keep scalar fields on disk (mmap).", False)
    segment_size_mb: int = argument("Segment size in MiB.", 1024, limits=(64, 16384))
    mode: Literal["auto", "standalone", "distributed"] = argument("Deployment.", "auto")
    dependency: Literal["pulsar", "kafka", "woodpecker"] = argument(
        "Message queue of a distributed deployment.", "pulsar", names="dependency"
    )
    memory_bytes: int = argument(
        "Memory that there is for loading, to tell whether the data fits; 0 when it is open.",
        0,
        unit="bytes",
        limits=(0, 10**18),
    )
    milvus: Literal["2.6", "2.5"] = argument("Milvus version: 2.6 (and later), or 2.5 (and earlier).", "2.6")


def raw_vector_bytes(arguments: SizeArguments) -> int:
    """Return the bytes of the vectors as they come in: R = 4 * vectors * dim."""
    return 4 * arguments.vectors * arguments.dim


def index_bytes(arguments: SizeArguments) -> tuple[float, float]:
    """Return (memory, local disk) of the index in bytes, by the official formulas."""
    raw = raw_vector_bytes(arguments)
    dim = arguments.dim
    centroids = arguments.nlist * 4 * dim
    graph = 1 + arguments.max_degree / dim
    inline = min(arguments.inline_pq, arguments.max_degree) * 0.125
    refined = raw * (1 / 32 + _REFINE_BITS[arguments.refine_type] / 32)
    sizes: dict[str, tuple[float, float]] = {
        "FLAT": (raw, 0),
        "IVF_FLAT": (raw + centroids, 0),
        "IVF_SQ8": (raw / 4 + centroids, 0),
        "IVF_RABITQ": (refined + centroids, 0),
        "SCANN": (raw * 9 / 8 if arguments.with_raw_data else raw / 8, 0),
        "HNSW": (raw * (1 + 2 * arguments.m / dim), 0),
        "DISKANN": (raw / 4, raw * graph),
        "AISAQ": (_AISAQ_MEMORY, raw * (graph + inline)),
    }
    return sizes[arguments.index]


def _load(arguments: SizeArguments) -> Load:
    memory, disk = index_bytes(arguments)
    scalars = arguments.vectors * arguments.scalar_bytes
    offloaded = arguments.offload_scalar and scalars > 0
    scalar_memory = scalars / 10 if offloaded else scalars
    segments = 0 if arguments.index == "DISKANN" else 2 * arguments.segment_size_mb * _MIB
    return Load(
        raw=raw_vector_bytes(arguments) + scalars,
        index_memory=memory,
        memory=_OVERHEAD * (memory + segments) + scalar_memory,
        disk=disk + (scalars if offloaded else 0),
    )


def _mode_reason(arguments: SizeArguments, raw: int, auto: str, mode: str) -> str:
    disk = arguments.index == "DISKANN"
    bound = show_bytes(limit("distributed_above", disk=disk))
    side = "more than" if auto == "distributed" else "not more than"
    text = f"{auto.capitalize()} is advised: {show_bytes(raw)} of data is {side} {bound}."
    if mode != auto:
        text += f" {mode.capitalize()} was asked for."
    return text


def _server_reasons(arguments: SizeArguments) -> list[str]:
    """Return what the official figure leaves out, where it matters for this index.

    Source: the load check of the query node (segment loader) and the documented limit of 90 %.
    """
    raw = show_bytes(raw_vector_bytes(arguments))
    lossy = arguments.index in _LOSSY or (arguments.index == "SCANN" and not arguments.with_raw_data)
    reasons = []
    if lossy:
        reasons.append(
            f"{arguments.index} keeps no raw vectors: at load the server counts {raw} more for them, "
            "in memory, or on disk when mmap of vector fields is on."
        )
    if arguments.index == "DISKANN":
        reasons.append("With the metric IP, DISKANN keeps no raw vectors, and the server counts them too.")
    if arguments.index == "SCANN" and not arguments.with_raw_data:
        reasons.append("The page leaves raw vectors out of SCANN; the server's own default keeps them.")
    reasons.append(
        "Loaded data must stay under 90 % of the memory of the query nodes. "
        "Replicas multiply the loading memory, and growing data needs room."
    )
    return reasons


def matters(arguments: SizeArguments) -> tuple[str, ...]:
    """Return the arguments with a default that the size of this index depends on."""
    return (*_MATTERS.get(arguments.index, ()), "scalar_bytes")


def _fit_line(arguments: SizeArguments, load: Load) -> str:
    """Return whether the loading memory fits into the memory that there is, and by how much."""
    usable = _USABLE * arguments.memory_bytes
    spare = usable - load.memory
    verdict = f"fits, with {show_bytes(spare)} to spare" if spare >= 0 else f"{show_bytes(-spare)} too little"
    return (
        f"- your {show_bytes(arguments.memory_bytes)}: **{verdict}** (our arithmetic: 90 % of it is "
        f"{show_bytes(usable)}, against {show_bytes(load.memory)} of loading memory, for one replica)"
    )


def _nodes_lines(nodes: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"- {name.replace('_', ' ')}: {node['count']} x {node['cpu']:g} CPU, {node['memory']} GiB"
        for name, node in nodes.items()
    ]


def _summary(arguments: SizeArguments, load: Load, result: dict[str, Any]) -> str:
    lines = [
        f"**{show_count(arguments.vectors)} vectors x {arguments.dim} dimensions, {arguments.index}** "
        "(official figure of the Milvus sizing tool, float32)",
        f"- raw data: {show_bytes(load.raw)}",
        f"- index in memory: {show_bytes(load.index_memory)}",
        f"- loading memory: {show_bytes(load.memory)}",
        f"- local disk: {show_bytes(load.disk)}",
    ]
    if arguments.memory_bytes:
        lines.append(_fit_line(arguments, load))
    if result["out_of_range"]:
        lines.append("- The official page gives no figures at this size and refers to its makers.")
    lines.append(f"- deployment: {result['mode']}")
    lines += _nodes_lines(result["milvus"])
    total = result["totals"]
    lines.append(
        f"- in all, with dependencies: {total['cpu']:g} CPU, {total['memory_gb']:g} GiB of memory, "
        f"{total['dependency_storage_gb']:g} GiB of storage"
    )
    return "\n".join(lines)


def size(arguments: SizeArguments) -> ToolResult:
    """Return the official size of a deployment.

    Bytes are plain bytes; CPU are cores; `memory` of nodes and everything ending in `_gb` is GiB.
    """
    load = _load(arguments)
    disk_index = arguments.index == "DISKANN"
    auto = "distributed" if load.raw > limit("distributed_above", disk=disk_index) else "standalone"
    mode = auto if arguments.mode == "auto" else arguments.mode
    refused = load.raw > limit("standalone_refused_above", disk=disk_index)
    nodes = milvus_nodes(load.memory / _GIB, mode, arguments.milvus)
    around = dependencies(load, mode, arguments.dependency)
    sums = totals(nodes, around)
    per_node = load.disk / nodes["query_node"]["count"] if mode == "distributed" else None
    result = {
        "raw_data_bytes": load.raw,
        "index_memory_bytes": load.index_memory,
        "loading_memory_bytes": load.memory,
        "local_disk_bytes": load.disk,
        "auto_mode": auto,
        "mode": mode,
        "standalone_disabled": refused,
        "out_of_range": load.raw > limit("refused_above", disk=disk_index),
        "milvus": nodes,
        "local_disk_per_query_node_bytes": per_node,
        "dependencies": around,
        "totals": sums,
        "fits": load.memory <= _USABLE * arguments.memory_bytes if arguments.memory_bytes else None,
        "display": display(load, sums),
    }
    reasons = [_mode_reason(arguments, load.raw, auto, mode)]
    if refused and mode == "standalone":
        reasons.append("The official page refuses Standalone at this size.")
    reasons += _server_reasons(arguments)
    return ToolResult(_summary(arguments, load, result), result, tuple(reasons), TABLES_VERSION)


TOOL = Tool(
    name="size",
    title="Memory, disk and nodes",
    description="Official size of a Milvus deployment for a number of vectors, their dimension and an index.",
    arguments=SizeArguments,
    run=size,
    matters=matters,
    facts_version=TABLES_VERSION,
)
