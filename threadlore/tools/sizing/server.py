"""What the server demands when it loads a collection: it refuses what the official figure promises.

Source: the query node's check before a segment is loaded and knowhere's load estimates
(`data/index_sizes.json`). It is a bound on the safe side: from 2.6.4 on, tiered storage may load less.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from threadlore.tools.sizing.case import MIB, SizeArguments, metric, vector_fields
from threadlore.tools.sizing.index_bytes import index_bytes, keeps_raw_vectors, raw_bytes
from threadlore.tools.tables import table


@dataclass(frozen=True, slots=True)
class Demand:
    """Bytes that one replica takes, by what takes them: `_memory`, `_disk` and `_gpu` of each."""

    index_memory: float
    index_disk: float
    index_gpu: float
    raw_vectors_memory: float
    raw_vectors_disk: float
    scalars_memory: float
    scalars_disk: float
    system_memory: float
    not_indexed_memory: float

    @property
    def memory(self) -> float:
        """Bytes of memory in all."""
        parts = (self.index_memory, self.raw_vectors_memory, self.scalars_memory, self.system_memory)
        return sum(parts) + self.not_indexed_memory

    @property
    def disk(self) -> float:
        """Bytes of local disk in all."""
        return self.index_disk + self.raw_vectors_disk + self.scalars_disk

    @property
    def gpu(self) -> float:
        """Bytes of GPU memory in all."""
        return self.index_gpu

    def as_json(self) -> dict[str, int]:
        """Return the parts in whole bytes, by their names."""
        return {f"{name}_bytes": math.ceil(value) for name, value in asdict(self).items()}


def server_value(name: str) -> float:
    """Return a number of the load check by its name in the table."""
    return float(next(row for row in table("index_sizes")["server"] if row["name"] == name)["value"])


def demand(case: SizeArguments) -> Demand:
    """Return what one replica of a case takes at load time."""
    index = index_bytes(case)
    mapped = case.mmap_index and not index.disk and not index.gpu
    raw = sum(raw_bytes(field) for field in vector_fields(case) if _loads_raw(field))
    strings = case.scalar_bytes if case.string_bytes is None else case.string_bytes
    once = case.scalar_bytes - strings
    counted = case.vectors * (once + strings * server_value("string_factor"))
    index_memory = 0.0 if mapped else index.memory
    raw_memory = 0.0 if case.mmap_vectors else raw
    return Demand(
        index_memory=index_memory,
        index_disk=index.disk + (index.file if mapped else 0),
        index_gpu=index.gpu,
        raw_vectors_memory=raw_memory,
        raw_vectors_disk=raw - raw_memory,
        scalars_memory=0.0 if case.offload_scalar else counted,
        scalars_disk=case.vectors * case.scalar_bytes if case.offload_scalar else 0.0,
        system_memory=case.vectors * _system_bytes(),
        not_indexed_memory=_not_indexed(case, index_memory + raw_memory),
    )


def _loads_raw(field: SizeArguments) -> bool:
    return not keeps_raw_vectors(field) and metric(field) != "BM25"


def _system_bytes() -> float:
    """Return the bytes a row of primary key, timestamps and the filter over the keys."""
    names = ("timestamp_bytes", "primary_key_bytes", "key_filter_bytes")
    return sum(server_value(name) for name in names)


def _not_indexed(case: SizeArguments, indexed: float) -> float:
    """Return what rows without an index take beyond what they take with one: two segments at most.

    Such a row is held raw, and under an interim index that is somewhat larger than that.
    """
    raw = raw_bytes(case)
    share = min(1.0, server_value("unindexed_segments") * case.segment_size_mb * MIB / raw)
    return max(0.0, share * (raw * (1 + server_value("interim_index")) - indexed))


def memory_to_have(needed: float) -> float:
    """Return the memory of query nodes that a load of `needed` bytes asks for: it may fill 90 % of them."""
    return needed / server_value("memory_limit")
