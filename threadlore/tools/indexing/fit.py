"""What a setting takes, by the formulas of `size`, and whether it fits into what there is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from threadlore.tools.indexing.case import Case
from threadlore.tools.indexing.facts import index_rows, show_version
from threadlore.tools.indexing.parameters import Setting, settings, vector_bytes
from threadlore.tools.sizing.case import SizeArguments
from threadlore.tools.sizing.index_bytes import keeps_raw_vectors
from threadlore.tools.sizing.official import official_load, why_not
from threadlore.tools.sizing.server import demand, memory_to_have, server_value
from threadlore.tools.tables import table
from threadlore.tools.units import show_bytes

GPU_METRIC = {"COSINE": "IP"}
"""What stands for a metric on GPUs, on vectors of length 1."""

_LARGE = 2**30
"""Bytes of raw vectors above which it is worth while to leave them on disk."""

_SIZE_NAMES = {"M": "m", "m": "pq_m"}
_SIZED = frozenset(SizeArguments.__dataclass_fields__) - {"m"}


@dataclass(frozen=True, slots=True)
class Fit:
    """What a setting takes with all replicas, in bytes, and what there is too little of.

    `official_bytes` is the loading memory that the official sizing tool says, None where it knows none.
    """

    memory_bytes: float
    memory_to_have_bytes: float
    disk_bytes: float
    gpu_bytes: float
    official_bytes: float | None
    keeps_raw: bool
    lacks: str = ""


def metric_of(case: Case, index: str) -> str:
    """Return the metric with which an index is built for a case."""
    if index_rows()[index]["family"] == "gpu":
        return GPU_METRIC.get(case.metric, case.metric)
    return case.metric


def size_case(case: Case, setting: Setting) -> SizeArguments:
    """Return a setting as a case of `size`."""
    values: dict[str, Any] = {}
    for name, value in {**setting.build, **setting.config}.items():
        ours = _SIZE_NAMES.get(name, "max_degree" if name == "MaxDegree" else name)
        if name in _SIZE_NAMES or ours in _SIZED:
            values[ours] = value
    if not values.pop("refine", True):
        values.pop("refine_type", None)
    version = show_version(case.version[:2])
    return SizeArguments(
        vectors=case.vectors,
        dim=max(2, case.dim),
        index=setting.index,  # type: ignore[arg-type]
        data_type=case.data_type,  # type: ignore[arg-type]
        metric=metric_of(case, setting.index),  # type: ignore[arg-type]
        non_zeros=case.arguments.non_zeros,
        scalar_bytes=case.arguments.scalar_bytes,
        mmap_vectors=setting.vectors_on_disk,
        mmap_index=setting.index_on_disk,
        replicas=case.arguments.replicas,
        milvus="2.4" if version == "2.3" else version,  # type: ignore[arg-type]
        **values,
    )


def _short(name: str, needed: float, there: float | None) -> str:
    if there is None or needed <= there:
        return ""
    return f"it takes {show_bytes(needed)} of {name}, {show_bytes(needed - there)} more than there is"


def measure(case: Case, setting: Setting) -> Fit:
    """Return what a setting takes, and what there is too little of.

    Memory is what the server counts when it loads the data (`size`), which may fill 90 % of what there is;
    local disk 95 %.
    """
    sized = size_case(case, setting)
    one, copies, given = demand(sized), case.arguments.replicas, case.arguments
    memory, disk, gpu = one.memory * copies, one.disk * copies, one.gpu * copies
    lacks = (
        _short("memory (90 % of it may be filled)", memory_to_have(memory), given.memory_bytes)
        or _short("local disk", disk / server_value("disk_limit"), given.disk_bytes)
        or _short("GPU memory", gpu, given.gpu_memory_bytes)
    )
    official = None if why_not(sized) or not setting.index else official_load(sized).memory * copies
    return Fit(memory, memory_to_have(memory), disk, gpu, official, keeps_raw_vectors(sized), lacks)


def choose(case: Case, index: str) -> tuple[Setting, Fit]:
    """Return the first setting of an index that fits, or the smallest one where none does.

    An index without raw vectors has them on local disk where it can: its searches do not read them.
    """
    found = settings(case, index)
    large = case.vectors * vector_bytes(case) > _LARGE
    if large and case.metric != "BM25" and not measure(case, found[0]).keeps_raw:
        found = [one for one in found if one.vectors_on_disk] or found
    measured = [(one, measure(case, one)) for one in found]
    fitting = next((pair for pair in measured if not pair[1].lacks), None)
    return fitting or min(measured, key=lambda pair: (pair[1].memory_bytes, pair[1].disk_bytes))


def recall_within_reach(setting: Setting) -> float:
    """Return the recall that a setting reaches on usual data with enough search effort."""
    plain = float(index_rows()[setting.index]["recall"])
    tables = table("indexes")
    if setting.build.get("refine"):
        return _of(tables["refined_recall"], setting.index, setting.build["refine_type"], plain)
    code = setting.build.get("sq_type", "")
    if setting.index == "SCANN" and not setting.build["with_raw_data"]:
        code = "without raw data"
    return _of(tables["coarser_recall"], setting.index, code, plain)


def _of(rows: list[dict[str, Any]], index: str, name: str, otherwise: float) -> float:
    return next(
        (float(one["recall"]) for one in rows if (one["index"], one["name"]) == (index, name)), otherwise
    )


def cards(gpu_bytes: float, card_bytes: float) -> int:
    """Return how many GPUs of a size hold some bytes."""
    return math.ceil(gpu_bytes / card_bytes)
