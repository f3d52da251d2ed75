"""Build and search parameters of an index for a case: the settings to try, the most exact first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from threadlore.tools.indexing.case import Case
from threadlore.tools.indexing.facts import has, index_rows, parameter_rows, row, threshold
from threadlore.tools.tables import table

_SEGMENT_BYTES = 2**30
"""Size of a sealed segment by default (dataCoord.segment.maxSize)."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """An index with its parameters, and what of it stays on local disk."""

    index: str
    build: Values = field(default_factory=dict)
    search: Values = field(default_factory=dict)
    config: Values = field(default_factory=dict)
    vectors_on_disk: bool = False
    index_on_disk: bool = False


def effort(case: Case) -> Values:
    """Return how much is spent on searching and building, by the recall that is wanted."""
    rows: list[Values] = table("indexes")["efforts"]
    return next((one for one in rows if case.recall <= float(one["name"])), rows[-1])


def vector_bytes(case: Case) -> float:
    """Return the bytes of one vector."""
    if case.data_type == "sparse":
        return 8.0 * case.arguments.non_zeros
    bits = {"float32": 32, "float16": 16, "bfloat16": 16, "int8": 8, "binary": 1}[case.data_type]
    return bits * case.dim / 8


def segment_rows(case: Case) -> int:
    """Return the rows of a full segment, or all rows where they are fewer."""
    row_bytes = vector_bytes(case) + case.arguments.scalar_bytes
    return max(1, min(case.vectors, int(_SEGMENT_BYTES / row_bytes)))


def nlist(case: Case, index: str) -> int:
    """Return the clusters of a segment: 4 * sqrt(rows), inside the usual range, with rows to train each."""
    low, high = next(one["usual"] for one in parameter_rows(index, "build") if one["parameter"] == "nlist")
    rows = segment_rows(case)
    wanted = min(max(round(4 * math.sqrt(rows)), low), high)
    trainable = max(1, int(rows / threshold("training_rows_a_cluster")))
    return int(max(1, min(wanted, trainable)))


def nprobe(case: Case, clusters: int) -> int:
    """Return the clusters to search: a share by recall, and enough of them to hold the hits."""
    share = effort(case)["probed"] * (2 if (case.arguments.filtered_out or 0) >= 0.5 else 1)
    for_hits = math.ceil(2 * case.top_k * clusters / segment_rows(case))
    return int(max(1, min(clusters, max(8, round(clusters * share), for_hits))))


def divisors(number: int) -> list[int]:
    """Return the divisors of a number, ascending.

    >>> divisors(12)
    [1, 2, 3, 4, 6, 12]
    """
    small = [one for one in range(1, math.isqrt(number) + 1) if number % one == 0]
    return sorted({*small, *(number // one for one in small)})


def _pq_choices(dim: int, shares: Iterable[float]) -> list[int]:
    """Return divisors of the dimension near shares of it, the largest first, none under an eighth."""
    usable = [one for one in divisors(dim) if one >= dim / 8 and one <= 65536] or [dim]
    found = [min(usable, key=lambda one: (abs(one - dim * share), one)) for share in shares]
    return list(dict.fromkeys(sorted(found, reverse=True)))


def _codebook_bits(case: Case) -> int:
    # 2**nbits code words need rows to be trained on; 8 bits are usual.
    fit = int(math.log2(max(2.0, segment_rows(case) / threshold("training_rows_a_cluster"))))
    return max(4, min(8, fit))


def _ivf(case: Case, index: str, **more: Any) -> Setting:
    clusters = nlist(case, index)
    return Setting(index, {"nlist": clusters, **more}, {"nprobe": nprobe(case, clusters)})


def _ivf_plain(case: Case, index: str) -> list[Setting]:
    return [_ivf(case, index)]


def _ivf_pq(case: Case, index: str) -> list[Setting]:
    bits = _codebook_bits(case)
    return [_ivf(case, index, m=one, nbits=bits) for one in _pq_choices(case.dim, (0.5, 0.25, 0.125))]


def _rabitq(case: Case, index: str) -> list[Setting]:
    plain = _ivf(case, index, refine=False)
    found = []
    for name in ("SQ8", "SQ6"):
        one = _ivf(case, index, refine=True, refine_type=name)
        found.append(replace(one, search={**one.search, "refine_k": effort(case)["refine_k"]}))
    if case.recall > row("refined_recall", "SQ8")["recall"]:
        one = _ivf(case, index, refine=True, refine_type="FP16")
        found.insert(0, replace(one, search={**one.search, "refine_k": effort(case)["refine_k"]}))
    enough = case.recall <= float(index_rows()[index]["recall"])
    found = [plain, *found] if enough else [*found, plain]
    if (case.arguments.qps or 0) >= threshold("gpu_worth_qps"):
        found = [replace(one, search={**one.search, "rbq_bits_query": 8}) for one in found]
    return found


def _scann(case: Case, index: str) -> list[Setting]:
    found = []
    for raw in (True, False):
        one = _ivf(case, index, with_raw_data=raw)
        reorder = min(16384, math.ceil(case.top_k * effort(case)["reorder"])) if raw else case.top_k
        found.append(replace(one, search={**one.search, "reorder_k": max(case.top_k, reorder)}))
    return found


def _graph(case: Case, index: str, degree: int, **more: Any) -> Setting:
    spent = effort(case)
    build = {"M": degree, "efConstruction": spent["efConstruction"], **more}
    search: Values = {"ef": max(spent["ef"], math.ceil(1.5 * case.top_k))}
    if more.get("refine"):
        search["refine_k"] = spent["refine_k"]
    return Setting(index, build, search)


def _degrees(case: Case) -> list[int]:
    return list(dict.fromkeys((effort(case)["M"], 16)))


def _hnsw(case: Case, index: str) -> list[Setting]:
    return [_graph(case, index, degree) for degree in _degrees(case)]


def _hnsw_sq(case: Case, index: str) -> list[Setting]:
    if case.data_type == "int8":
        # 8-bit vectors gain nothing from a code that is as large as they are.
        codes: list[Values] = [{"sq_type": "SQ6", "refine": False}, {"sq_type": "SQ4U", "refine": False}]
    else:
        codes = [{"sq_type": name, "refine": False} for name in ("SQ8", "SQ6", "SQ4U")]
        if case.recall >= float(index_rows()[index]["recall"]) and case.data_type == "float32":
            codes.insert(0, {"sq_type": "SQ8", "refine": True, "refine_type": "FP16"})
    return [_graph(case, index, degree, **code) for code in codes for degree in _degrees(case)]


def _hnsw_pq(case: Case, index: str) -> list[Setting]:
    bits = _codebook_bits(case)
    refined: Values = {"refine": True, "refine_type": "SQ8"}
    found = [_graph(case, index, 16, m=_pq_choices(case.dim, (0.25,))[0], nbits=bits, **refined)]
    if case.data_type == "int8" or case.recall <= float(index_rows()[index]["recall"]):
        found = []
    return found + [
        _graph(case, index, 16, m=one, nbits=bits, refine=False)
        for one in _pq_choices(case.dim, (0.5, 0.25, 0.125))
    ]


def _hnsw_prq(case: Case, index: str) -> list[Setting]:
    return [
        replace(one, build={**one.build, "nrq": 2})
        for one in _hnsw_pq(case, index)
        if one.build["m"] <= max(case.dim / 4, _pq_choices(case.dim, (0.125,))[0])
    ]


def _diskann(case: Case, index: str) -> list[Setting]:
    search = {"search_list": max(effort(case)["search_list"], math.ceil(1.2 * case.top_k))}
    config = {one["parameter"]: one["default"] for one in parameter_rows(index, "config")}
    return [Setting(index, {}, search, config)]


def _aisaq(case: Case, index: str) -> list[Setting]:
    degree = int(next(one for one in parameter_rows(index, "build"))["default"])
    search = {"search_list": max(effort(case)["search_list"], math.ceil(1.2 * case.top_k)), "beamwidth": 8}
    return [
        Setting(index, {"max_degree": degree, "search_list_size": 100, "inline_pq": inline}, search)
        # Codes beside every edge are quick, and take several times the disk of the vectors.
        for inline in ((degree, 0) if case.arguments.disk_bytes else (0,))
    ]


def _cagra(case: Case, index: str) -> list[Setting]:
    itopk = 2 ** math.ceil(math.log2(max(effort(case)["itopk"], case.top_k)))
    build = {
        "intermediate_graph_degree": 128,
        "graph_degree": 64,
        "build_algo": "IVF_PQ",
        "cache_dataset_on_device": "true",
    }
    return [Setting(index, build, {"itopk_size": min(1024, itopk), "search_width": 4})]


def _minhash(case: Case, index: str) -> list[Setting]:
    width = next(one for one in (32, 16, 8) if case.dim % one == 0)
    length = case.dim // width
    bands = min(divisors(length), key=lambda one: abs(one - length / 8))
    build = {"mh_element_bit_width": width, "mh_lsh_band": bands, "with_raw_data": True}
    return [Setting(index, build, {"mh_search_with_jaccard": True, "refine_k": case.top_k * 5})]


def _sparse(case: Case, index: str) -> list[Setting]:
    build: Values = {}
    for one in parameter_rows(index, "build"):
        if has(case.version, one["since"]) and one.get("metric", case.metric) == case.metric:
            build[one["parameter"]] = one["default"]
    return [Setting(index, build, {"drop_ratio_search": 0.0})]


def _nothing(case: Case, index: str) -> list[Setting]:
    return [Setting(index)]


_MAKERS: dict[str, Callable[[Case, str], list[Setting]]] = {
    "IVF_FLAT": _ivf_plain,
    "BIN_IVF_FLAT": _ivf_plain,
    "IVF_SQ8": _ivf_plain,
    "GPU_IVF_FLAT": _ivf_plain,
    "IVF_PQ": _ivf_pq,
    "GPU_IVF_PQ": _ivf_pq,
    "IVF_RABITQ": _rabitq,
    "SCANN": _scann,
    "HNSW": _hnsw,
    "HNSW_SQ": _hnsw_sq,
    "HNSW_PQ": _hnsw_pq,
    "HNSW_PRQ": _hnsw_prq,
    "DISKANN": _diskann,
    "AISAQ": _aisaq,
    "GPU_CAGRA": _cagra,
    "MINHASH_LSH": _minhash,
    "SPARSE_INVERTED_INDEX": _sparse,
}


def settings(case: Case, index: str) -> list[Setting]:
    """Return the settings of an index that may suit, the most exact first, in memory before on disk."""
    return [
        replace(one, vectors_on_disk=vectors, index_on_disk=whole)
        for vectors, whole in _placements(case, index)
        for one in _MAKERS.get(index, _nothing)(case, index)
    ]


def _placements(case: Case, index: str) -> list[tuple[bool, bool]]:
    """Return whether raw vectors, and whether the index, are mapped to disk: what the version can do."""
    arguments = case.arguments
    mapped = arguments.allow_mmap and arguments.disk != "none" and not case.lite
    fields = mapped and has(case.version, row("needs_version", "mmap of a field")["since"])
    indexes = mapped and has(case.version, row("needs_version", "mmap of an index")["since"])
    found = [(False, False)]
    if fields:
        found.append((True, False))
    if indexes and index_rows()[index]["mmap"]:
        found.append((fields, True))
    return found
