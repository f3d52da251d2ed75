"""The official figures: what the sizing page of milvus.io says, fault for fault.

Formulas and tables: the page as of 2026-08-21 (commit f57ab62), whose 2.6 part also stands for 3.0. It knows
float32 vectors and eight indexes. R = 4 * vectors * dim bytes.
"""

from __future__ import annotations

from typing import Any

from threadlore.tools.sizing.case import GIB, MIB, SizeArguments, data_type, vector_fields
from threadlore.tools.sizing.files import official_files
from threadlore.tools.sizing.nodes import Load, dependencies, display, limit, milvus_nodes, totals

_OVERHEAD = 1.15
_AISAQ_MEMORY = 16 * MIB
_REFINE_BITS = {"NONE": 0, "SQ6": 6, "SQ8": 8, "FP16": 16, "BF16": 16, "FP32": 32}
_INDEXES = frozenset({"FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_RABITQ", "SCANN", "HNSW", "DISKANN", "AISAQ"})
_NOT_IN_25 = frozenset({"IVF_RABITQ", "AISAQ"})


def why_not(case: SizeArguments) -> str:
    """Return why the official page has no figure for a case; empty where it has one."""
    if len(vector_fields(case)) > 1:
        return "The official tool knows one vector field a row."
    if data_type(case) != "float32":
        return f"The official tool knows float32 vectors only, not {data_type(case)}."
    if case.index not in _INDEXES:
        return f"The official tool does not know {case.index}."
    if case.index in _NOT_IN_25 and page_version(case) == "2.5":
        return f"The official tool for 2.5 and earlier does not know {case.index}."
    if case.index == "IVF_RABITQ" and (case.refine_type not in _REFINE_BITS or case.rbq_bits != 1):
        return "The official tool knows IVF_RABITQ with one bit a dimension and not this refinement."
    return ""


def page_version(case: SizeArguments) -> str:
    """Return which of the two official pages stands for a version."""
    return "2.5" if case.milvus in ("2.4", "2.5") else "2.6"


def raw_vector_bytes(case: SizeArguments) -> int:
    """Return the bytes of float32 vectors as they come in: R = 4 * vectors * dim."""
    return 4 * case.vectors * case.dim


def official_index_bytes(case: SizeArguments) -> tuple[float, float]:
    """Return (memory, local disk) of the index in bytes, by the official formulas."""
    raw = raw_vector_bytes(case)
    dim = case.dim
    centroids = case.nlist * 4 * dim
    sizes: dict[str, tuple[float, float]] = {
        "FLAT": (raw, 0),
        "IVF_FLAT": (raw + centroids, 0),
        "IVF_SQ8": (raw / 4 + centroids, 0),
        "IVF_RABITQ": (raw * (1 / 32 + _REFINE_BITS.get(case.refine_type, 0) / 32) + centroids, 0),
        "SCANN": (raw * 9 / 8 if case.with_raw_data else raw / 8, 0),
        "HNSW": (raw * (1 + 2 * case.m / dim), 0),
        "DISKANN": (raw / 4, raw * (1 + case.max_degree / dim)),
        "AISAQ": (_AISAQ_MEMORY, raw * (1 + case.inline_pq * 0.125 + case.max_degree / dim)),
    }
    return sizes[str(case.index)]


def official_load(case: SizeArguments) -> Load:
    """Return the official loading memory and local disk."""
    memory, disk = official_index_bytes(case)
    scalars = case.vectors * case.scalar_bytes
    offloaded = case.offload_scalar and scalars > 0
    segments = 0 if case.index == "DISKANN" else 2 * case.segment_size_mb * MIB
    return Load(
        raw=raw_vector_bytes(case) + scalars,
        index_memory=memory,
        memory=_OVERHEAD * (memory + segments) + (scalars / 10 if offloaded else scalars),
        disk=disk + (scalars if offloaded else 0),
    )


def official_figures(case: SizeArguments) -> dict[str, Any] | None:
    """Return the official figures in the form of the page's own output; None where it has none.

    Bytes are plain bytes; CPU are cores; `memory` of nodes and everything ending in `_gb` is GiB.
    """
    if why_not(case):
        return None
    load = official_load(case)
    disk_index = case.index == "DISKANN"
    auto = "distributed" if load.raw > limit("distributed_above", disk=disk_index) else "standalone"
    mode = auto if case.mode == "auto" else case.mode
    nodes = milvus_nodes(load.memory / GIB, mode, page_version(case))
    around = dependencies(load, mode, case.dependency)
    sums = totals(nodes, around)
    found = {
        "raw_data_bytes": load.raw,
        "loading_memory_bytes": load.memory,
        "local_disk_bytes": load.disk,
        "auto_mode": auto,
        "mode": mode,
        "standalone_disabled": load.raw > limit("standalone_refused_above", disk=disk_index),
        "out_of_range": load.raw > limit("refused_above", disk=disk_index),
        "milvus": nodes,
        "local_disk_per_query_node_bytes": (
            load.disk / nodes["query_node"]["count"] if mode == "distributed" else None
        ),
        "dependencies": around,
        "totals": sums,
        "display": display(load, sums),
    }
    if mode == "distributed":
        found |= official_files(nodes, around, case.dependency, page_version(case))
    return found
