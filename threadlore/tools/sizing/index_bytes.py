"""What an index takes, by our own formulas: every index and type of vectors, ids and graphs included.

Derived from the layouts that the documentation and knowhere state (`data/index_sizes.json`). Official are
only the figures of `official.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass

from threadlore.tools.sizing.case import (
    MIB,
    SizeArguments,
    data_type,
    hnsw_m,
    index_row,
    metric,
    pq_m,
    resolved_index,
    vector_fields,
)
from threadlore.tools.tables import table


@dataclass(frozen=True, slots=True)
class IndexBytes:
    """Bytes that an index takes in memory, on local disk and on GPUs. `file` is its size when stored."""

    memory: float
    disk: float = 0.0
    gpu: float = 0.0
    file: float = 0.0


def _amount(name: str, key: str = "bytes") -> float:
    return float(next(row for row in table("index_sizes")["amounts"] if row["name"] == name)[key])


def _code_bytes(name: str, dim: int) -> float:
    bits = next(row for row in table("index_sizes")["codes"] if row["name"] == name)["bits"]
    return float(bits) * dim / 8


def vector_bytes(case: SizeArguments) -> float:
    """Return the bytes of one raw vector; of a sparse one 4 for each place and 4 for each value."""
    kind = data_type(case)
    bits = next(row for row in table("index_sizes")["data_types"] if row["name"] == kind)["bits"]
    return float(bits) / 8 * (case.non_zeros if kind == "sparse" else case.dim)


def raw_bytes(case: SizeArguments) -> float:
    """Return the bytes of all raw vectors, of every field."""
    return sum(field.vectors * vector_bytes(field) for field in vector_fields(case))


def segments(case: SizeArguments) -> int:
    """Return how many full segments the raw vectors and scalars make."""
    rows = case.vectors * (vector_bytes(case) + case.scalar_bytes)
    return max(1, math.ceil(rows / (case.segment_size_mb * MIB)))


def _centroids(case: SizeArguments, nlist: int) -> float:
    # Each segment has its own clusters, never more of them than rows.
    return min(segments(case) * nlist, case.vectors) * vector_bytes(case)


def _graph(case: SizeArguments) -> float:
    """Return the bytes a vector of an HNSW graph: lowest level, levels above, and their arrays."""
    degree = hnsw_m(case)
    return 8 * degree + 4 * degree / (degree - 1) + _amount("hnsw_arrays")


def _pq(case: SizeArguments) -> float:
    return pq_m(case) * case.nbits / 8


def _codebook(case: SizeArguments) -> float:
    # A codebook is trained on the rows that there are: it holds no more entries than rows.
    return segments(case) * 4.0 * case.dim * float(min(2**case.nbits, case.vectors))


def _ivf(case: SizeArguments, code: float) -> IndexBytes:
    nlist = int(index_row("AUTOINDEX")["nlist"]) if case.index == "AUTOINDEX" else case.nlist
    ids = _amount("ivf_id")
    return IndexBytes(case.vectors * (code + ids) + _centroids(case, nlist))


def _ivf_pq(case: SizeArguments) -> IndexBytes:
    plain = _ivf(case, _pq(case) + _code_bytes(case.refine_type, case.dim))
    return IndexBytes(plain.memory + _codebook(case))


def _ivf_rabitq(case: SizeArguments) -> IndexBytes:
    code = case.rbq_bits * case.dim / 8 + _amount("rabitq_factors")
    return _ivf(case, code + _code_bytes(case.refine_type, case.dim))


def _scann(case: SizeArguments) -> IndexBytes:
    kept = vector_bytes(case) if keeps_raw_vectors(case) else 0
    return _ivf(case, case.dim / 2 + kept)


def _hnsw_quantised(case: SizeArguments) -> IndexBytes:
    index = resolved_index(case)
    code, extra = _pq(case) if index != "HNSW_SQ" else _code_bytes(case.sq_type, case.dim), 0.0
    if index == "HNSW_PRQ":
        code = code * case.nrq + _amount("prq_norm")
        extra = _codebook(case) * case.nrq
    elif index == "HNSW_PQ":
        extra = _codebook(case)
    refined = _code_bytes(case.refine_type, case.dim)
    return IndexBytes(case.vectors * (code + refined + _graph(case)) + extra)


def _diskann(case: SizeArguments) -> IndexBytes:
    file = case.vectors * (vector_bytes(case) + 4 * case.max_degree)
    return IndexBytes(file * _amount("disk_file_in_memory", "share"), disk=file, file=file)


def _aisaq(case: SizeArguments) -> IndexBytes:
    inline = min(case.inline_pq, case.max_degree) * vector_bytes(case) * 0.125
    file = case.vectors * (vector_bytes(case) + 4 * case.max_degree + inline)
    return IndexBytes(file * _amount("aisaq_file_in_memory", "share"), disk=file, file=file)


def _on_gpu(share: float) -> Callable[[SizeArguments], IndexBytes]:
    def size(case: SizeArguments) -> IndexBytes:
        return IndexBytes(0, gpu=raw_bytes(case) * share, file=raw_bytes(case) * share)

    return size


def _gpu_cagra(case: SizeArguments) -> IndexBytes:
    return _on_gpu(_amount("gpu_cagra_of_raw", "share"))(case)


def _gpu_ivf_pq(case: SizeArguments) -> IndexBytes:
    plain = _ivf(case, _pq(case)).memory + _codebook(case)
    return IndexBytes(0, gpu=plain, file=plain)


def _minhash(case: SizeArguments) -> IndexBytes:
    bands = _amount("minhash_bands", "count")
    kept = vector_bytes(case) if keeps_raw_vectors(case) else 0
    return IndexBytes(case.vectors * (vector_bytes(case) + kept + bands * 2 * 8))


_SIZES: dict[str, Callable[[SizeArguments], IndexBytes]] = {
    "FLAT": lambda case: IndexBytes(raw_bytes(case)),
    "BIN_FLAT": lambda case: IndexBytes(raw_bytes(case)),
    "SPARSE_INVERTED_INDEX": lambda case: IndexBytes(raw_bytes(case)),
    "IVF_FLAT": lambda case: _ivf(case, vector_bytes(case)),
    "BIN_IVF_FLAT": lambda case: _ivf(case, vector_bytes(case)),
    "IVF_SQ8": lambda case: _ivf(case, case.dim),
    "IVF_PQ": _ivf_pq,
    "IVF_RABITQ": _ivf_rabitq,
    "SCANN": _scann,
    "HNSW": lambda case: IndexBytes(case.vectors * (vector_bytes(case) + _graph(case))),
    "HNSW_SQ": _hnsw_quantised,
    "HNSW_PQ": _hnsw_quantised,
    "HNSW_PRQ": _hnsw_quantised,
    "DISKANN": _diskann,
    "AISAQ": _aisaq,
    "GPU_CAGRA": _gpu_cagra,
    "GPU_IVF_FLAT": _on_gpu(1.0),
    "GPU_BRUTE_FORCE": _on_gpu(1.0),
    "GPU_IVF_PQ": _gpu_ivf_pq,
    "MINHASH_LSH": _minhash,
}


def index_bytes(case: SizeArguments) -> IndexBytes:
    """Return what the indexes of a case take, one for each vector field, before mmap.

    Raises:
        KeyError: the case names no index.
    """
    found = [_of_field(field) for field in vector_fields(case)]
    return IndexBytes(*(sum(parts) for parts in zip(*(astuple(one) for one in found), strict=True)))


def _of_field(case: SizeArguments) -> IndexBytes:
    """Return what one index takes; a file is as large as what it becomes in memory."""
    found = _SIZES[resolved_index(case)](case)
    return found if found.file else IndexBytes(found.memory, found.disk, found.gpu, found.memory)


_LOSSLESS = {"float32": ("FP32",), "float16": ("FP16", "FP32"), "bfloat16": ("BF16", "FP32")}


def keeps_raw_vectors(case: SizeArguments) -> bool:
    """Tell whether the index holds the raw vectors, so that the server loads none beside it.

    Source: the raw-data test of each index in knowhere 3.0.8.
    """
    rule = index_row(resolved_index(case))["keeps_raw"]
    lossless = _LOSSLESS.get(data_type(case), ())
    answers = {
        "yes": True,
        "no": False,
        "option": case.with_raw_data if case.with_raw_data is not None else case.index == "SCANN",
        "lossless": case.sq_type in lossless or case.refine_type in lossless,
        "refine": case.refine_type in lossless,
        "not_ip": metric(case) != "IP",
    }
    return bool(answers[rule])
