"""The official node tables: what a loading memory and an amount of data ask for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from threadlore.tools.tables import table

_GIB = 2**30
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")


@dataclass(frozen=True, slots=True)
class Load:
    """What must be held, in bytes: `raw` with scalars, index and loading memory, local disk."""

    raw: int
    index_memory: float
    memory: float
    disk: float


def limit(name: str, *, disk: bool) -> int:
    """Return a limit of raw data in bytes; `disk` is true for DISKANN, which has wider ones."""
    row = next(row for row in table("sizing")["limits"] if row["name"] == name)
    return int(row["diskann_bytes" if disk else "bytes"])


def _node(spec: dict[str, Any], count: int | None = None) -> dict[str, Any]:
    return {
        "cpu": spec["cpu"],
        "memory": spec["memory"],
        "count": spec["count"] if count is None else count,
    }


def _streaming(cores: int) -> dict[str, Any]:
    """Return the streaming nodes for the cores of all query nodes: one unit per 16 cores."""
    units = math.ceil(cores / 16)
    row = next(
        row for row in table("sizing")["streaming_nodes"] if row["units"] is None or units <= row["units"]
    )
    spec = row["node"]
    if "units_each" in spec:
        return _node(spec, math.ceil(units / spec["units_each"]))
    return _node(spec)


def milvus_nodes(memory_gib: float, mode: str, version: str) -> dict[str, dict[str, Any]]:
    """Return the nodes (cpu in cores, memory in GiB, count) for a loading memory in GiB."""
    if mode == "standalone":
        steps = next((step for step in (8, 16) if memory_gib <= step), math.ceil(memory_gib / 32) * 32)
        return {"standalone": {"cpu": steps // 4, "memory": steps, "count": 1}}
    row = next(
        row
        for row in table("sizing")["query_nodes"]
        if row["below_gib"] is None or memory_gib < row["below_gib"]
    )
    spec = row["query"]
    count = math.ceil(memory_gib / spec["gib_each"]) if "gib_each" in spec else None
    query = _node(spec, count)
    nodes = {"query_node": query, "proxy": _node(row["proxy"]), "mix_coord": _node(row["mix_coord"])}
    if version == "2.5":
        return nodes | {"data_node": _node(row["data_25"]), "index_node": _node(row["index_25"])}
    return nodes | {
        "data_node": _node(row["data"]),
        "streaming_node": _streaming(query["cpu"] * query["count"]),
    }


def dependencies(load: Load, mode: str, queue: str) -> dict[str, Any]:
    """Return etcd, object storage and the message queue; `pvc`, `journal`, `ledgers` are GiB a pod."""
    row = next(
        row
        for row in table("sizing")["dependencies"][mode]
        if row["below_raw_bytes"] is None or load.raw < row["below_raw_bytes"]
    )
    pvc = max(math.ceil((load.raw + load.memory) / _GIB), 30)
    around: dict[str, Any] = {"etcd": dict(row["etcd"]), "minio": {**row["minio"], "pvc": pvc}}
    raw_gib = math.ceil(load.raw / _GIB)
    ledgers = max(raw_gib, 20)
    if mode == "distributed" and queue == "pulsar":
        around["pulsar"] = {part: dict(spec) for part, spec in row["pulsar"].items()}
        around["pulsar"]["bookie"] |= {"journal": min(raw_gib * 0.5, 50), "ledgers": ledgers}
    if mode == "distributed" and queue == "kafka":
        around["kafka"] = {part: dict(spec) for part, spec in row["kafka"].items()}
        around["kafka"]["broker"] |= {"pvc": ledgers}
    return around


def _leaves(around: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for spec in around.values():
        found += [spec] if "cpu" in spec else list(spec.values())
    return found


def totals(nodes: dict[str, dict[str, Any]], around: dict[str, Any]) -> dict[str, float]:
    """Return the sums over all pods: CPU in cores, memory and storage in GiB."""
    pods = _leaves(around)
    milvus_cpu = sum(node["cpu"] * node["count"] for node in nodes.values())
    milvus_memory = sum(node["memory"] * node["count"] for node in nodes.values())
    cpu = sum(pod["cpu"] * pod["count"] for pod in pods)
    memory = sum(pod["memory"] * pod["count"] for pod in pods)
    storage = sum(
        pod.get(volume, 0) * pod["count"] for pod in pods for volume in ("pvc", "journal", "ledgers")
    )
    return {
        "milvus_cpu": milvus_cpu,
        "milvus_memory_gb": milvus_memory,
        "dependency_cpu": cpu,
        "dependency_memory_gb": memory,
        "dependency_storage_gb": storage,
        "cpu": milvus_cpu + cpu,
        "memory_gb": milvus_memory + memory,
    }


def _round(value: float, decimals: int) -> float:
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(value).quantize(step, rounding=ROUND_HALF_UP))


def _shown(value: float, start: str) -> dict[str, Any]:
    """Return a size as the official page prints it, `value` being in the unit `start`."""
    step = _UNITS.index(start)
    while value > 1024 and step < len(_UNITS) - 1:
        value /= 1024
        step += 1
    return {"size": _round(value, 2 if step >= _UNITS.index("TB") else 1), "unit": _UNITS[step]}


def display(load: Load, sums: dict[str, float]) -> dict[str, Any]:
    """Return the figures as the official page prints them."""
    cpu, letters = sums["cpu"], ["", "K", "M"]
    while cpu > 1000 and len(letters) > 1:
        cpu /= 1000
        letters.pop(0)
    return {
        "raw": _shown(load.raw, "B"),
        "loading_memory": _shown(load.memory, "B"),
        "local_disk": _shown(load.disk, "B"),
        "cpu": {"num": _round(cpu, 1), "unit": letters[0]},
        "memory": _shown(sums["memory_gb"], "GB"),
        "storage": _shown(sums["dependency_storage_gb"], "GB"),
    }
