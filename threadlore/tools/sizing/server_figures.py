"""Our figures of a case: demand at load time, deployment, nodes, what stands around them, totals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from threadlore.tools.sizing.case import GIB, SizeArguments, resolved_index
from threadlore.tools.sizing.index_bytes import index_bytes, raw_bytes
from threadlore.tools.sizing.nodes import Load, dependencies, limit, milvus_nodes, totals
from threadlore.tools.sizing.official import page_version
from threadlore.tools.sizing.our_files import woodpecker_service
from threadlore.tools.sizing.server import Demand, demand, memory_to_have


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """What the server will ask for: `one` is the demand of one replica; nodes and sums as the page has."""

    one: Demand
    mode: str
    auto_mode: str
    nodes: dict[str, dict[str, Any]]
    around: dict[str, Any]
    sums: dict[str, float]
    standalone_refused: bool
    out_of_range: bool


def server_figures(case: SizeArguments, official: dict[str, Any] | None) -> ServerFigures:
    """Return our figures: nodes are those of the official table, for the memory that the load asks for.

    Where the official figure of the case is larger, the nodes are picked by that one.
    """
    one = demand(case)
    raw = math.ceil(raw_bytes(case)) + case.vectors * case.scalar_bytes
    disk_index = resolved_index(case) == "DISKANN"
    auto = _auto_mode(case, raw, disk_index)
    mode = auto if case.mode == "auto" else case.mode
    loading = float(official["loading_memory_bytes"]) if official else 0.0
    memory = max(memory_to_have(one.memory), loading)
    nodes = milvus_nodes(memory / GIB, mode, page_version(case))
    if mode == "distributed":
        nodes["query_node"]["count"] *= case.replicas
    stored = max(loading, index_bytes(case).file)
    around = dependencies(Load(raw, stored, stored, one.disk), mode, case.dependency)
    if mode == "distributed" and case.dependency == "woodpecker" and case.milvus == "3.0":
        around["woodpecker"] = woodpecker_service()
    return ServerFigures(
        one=one,
        mode=mode,
        auto_mode=auto,
        nodes=nodes,
        around=around,
        sums=totals(nodes, around),
        standalone_refused=raw > limit("standalone_refused_above", disk=disk_index),
        out_of_range=raw > limit("refused_above", disk=disk_index),
    )


def _auto_mode(case: SizeArguments, raw: int, disk_index: bool) -> str:
    above = raw > limit("distributed_above", disk=disk_index)
    return "distributed" if above or case.replicas > 1 else "standalone"


def figures_json(case: SizeArguments, found: ServerFigures) -> dict[str, Any]:
    """Return our figures for a program; bytes are of all replicas, except in `of_one_replica`."""
    memory = found.one.memory * case.replicas
    disk = found.one.disk * case.replicas
    nodes = found.nodes.get("query_node") or found.nodes["standalone"]
    return {
        "memory_bytes": math.ceil(memory),
        "memory_to_have_bytes": math.ceil(memory_to_have(memory)),
        "disk_bytes": math.ceil(disk),
        "gpu_bytes": math.ceil(found.one.gpu * case.replicas),
        "replicas": case.replicas,
        "of_one_replica": found.one.as_json(),
        "mode": found.mode,
        "auto_mode": found.auto_mode,
        "standalone_refused": found.standalone_refused,
        "out_of_range": found.out_of_range,
        "milvus": found.nodes,
        "disk_per_node_bytes": math.ceil(disk / nodes["count"]),
        "dependencies": found.around,
        "totals": found.sums,
    }
