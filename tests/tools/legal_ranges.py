"""What each index may be given, written down a second time and by hand, to hold the tool against."""

from __future__ import annotations

from typing import Any

_Ranges = dict[str, tuple[float, float]]

_DENSE = {"float32", "float16", "bfloat16"}
_IVF: _Ranges = {"nlist": (1, 65536), "nprobe": (1, 65536)}
_GRAPH: _Ranges = {"M": (2, 2048), "efConstruction": (1, 2**31 - 1), "ef": (1, 2**31 - 1)}
_REFINED: _Ranges = {"refine_k": (1, float("inf"))}

RANGES: dict[str, _Ranges] = {
    "FLAT": {},
    "IVF_FLAT": _IVF,
    "IVF_SQ8": _IVF,
    "IVF_PQ": _IVF | {"m": (1, 65536), "nbits": (1, 24)},
    "IVF_RABITQ": _IVF | _REFINED | {"rbq_bits_query": (0, 8)},
    "SCANN": _IVF | {"reorder_k": (1, 2**31 - 1)},
    "HNSW": _GRAPH,
    "HNSW_SQ": _GRAPH | _REFINED,
    "HNSW_PQ": _GRAPH | _REFINED | {"m": (1, 65536), "nbits": (1, 24)},
    "HNSW_PRQ": _GRAPH | _REFINED | {"m": (1, 65536), "nbits": (1, 24), "nrq": (1, 16)},
    "DISKANN": {
        "MaxDegree": (1, 512),
        "SearchListSize": (1, 2**31 - 1),
        "PQCodeBudgetGBRatio": (0.0625, 0.25),
        "SearchCacheBudgetGBRatio": (0, 0.2999),
        "search_list": (1, 2**31 - 1),
    },
    "AISAQ": {
        "max_degree": (1, 512),
        "search_list_size": (1, 512),
        "inline_pq": (-1, 512),
        "search_list": (1, 2**31 - 1),
        "beamwidth": (1, 16),
    },
    "GPU_CAGRA": {
        "intermediate_graph_degree": (1, 512),
        "graph_degree": (1, 512),
        "itopk_size": (1, 1024),
        "search_width": (1, 64),
    },
    "GPU_IVF_FLAT": _IVF,
    "GPU_IVF_PQ": _IVF | {"m": (1, 65536), "nbits": (4, 8)},
    "GPU_BRUTE_FORCE": {},
    "BIN_FLAT": {},
    "BIN_IVF_FLAT": _IVF,
    "MINHASH_LSH": {"mh_element_bit_width": (8, 64), "mh_lsh_band": (1, 32768), "refine_k": (1, 163840)},
    "SPARSE_INVERTED_INDEX": {"bm25_k1": (1.2, 2.0), "bm25_b": (0, 1), "drop_ratio_search": (0, 0.9999)},
    "AUTOINDEX": {},
}
CHOICES: dict[str, set[Any]] = {
    "refine": {True, False},
    "with_raw_data": {True, False},
    "sq_type": {"SQ4U", "SQ6", "SQ8", "BF16", "FP16"},
    "refine_type": {"SQ6", "SQ8", "FP16", "BF16", "FP32"},
    "build_algo": {"IVF_PQ", "NN_DESCENT"},
    "cache_dataset_on_device": {"true", "false"},
    "inverted_index_algo": {"DAAT_MAXSCORE", "DAAT_WAND", "TAAT_NAIVE"},
    "mh_search_with_jaccard": {True, False},
}
_GRAPHS = ("HNSW", "HNSW_SQ", "HNSW_PQ", "HNSW_PRQ")
_BINARY = ("BIN_FLAT", "BIN_IVF_FLAT", "MINHASH_LSH")
TYPES: dict[str, set[str]] = {
    **{name: _DENSE for name in RANGES},
    **{name: _DENSE | {"int8"} for name in _GRAPHS},
    **{name: {"float32", "float16", "int8"} for name in ("GPU_CAGRA", "GPU_IVF_FLAT", "GPU_IVF_PQ")},
    "GPU_BRUTE_FORCE": {"float32", "float16"},
    **{name: {"binary"} for name in _BINARY},
    "SPARSE_INVERTED_INDEX": {"sparse"},
    "AUTOINDEX": _DENSE | {"int8", "binary", "sparse"},
}
METRICS: dict[str, set[str]] = {
    **{name: {"COSINE", "L2", "IP"} for name in RANGES},
    **{name: {"L2", "IP"} for name in RANGES if name.startswith("GPU_")},
    **{name: {"HAMMING", "JACCARD"} for name in _BINARY},
    "MINHASH_LSH": {"MHJACCARD"},
    "SPARSE_INVERTED_INDEX": {"IP", "BM25"},
    "AUTOINDEX": {"COSINE", "L2", "IP", "HAMMING", "JACCARD", "BM25"},
}
SINCE: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("GPU_CAGRA", "GPU_BRUTE_FORCE", "SPARSE_INVERTED_INDEX"), (2, 4)),
    **dict.fromkeys(("HNSW_SQ", "HNSW_PQ", "HNSW_PRQ"), (2, 5)),
    **dict.fromkeys(("IVF_RABITQ", "MINHASH_LSH"), (2, 6)),
    "AISAQ": (2, 6, 4),
}
LITE = {"FLAT", "HNSW", "HNSW_SQ", "IVF_FLAT", "IVF_SQ8", "AUTOINDEX", "SPARSE_INVERTED_INDEX"}
_MORE_PRECISE = {"SQ4U": 4, "SQ6": 6, "SQ8": 8, "BF16": 16, "FP16": 17, "FP32": 32}
_AT_LEAST_TOP_K = ("ef", "reorder_k", "search_list", "itopk_size")


def _value_problems(index: str, values: dict[str, Any]) -> list[str]:
    found = []
    for name, value in values.items():
        if name in RANGES[index]:
            low, high = RANGES[index][name]
            if isinstance(value, bool | str) or not low <= value <= high:
                found.append(f"{name} = {value!r}")
            if name not in ("refine_k", "bm25_k1", "bm25_b", "drop_ratio_search") and "Ratio" not in name:
                found += [] if isinstance(value, int) else [f"{name} = {value!r} is no whole number"]
        elif name not in CHOICES or value not in CHOICES[name]:
            found.append(f"{name} = {value!r} is not known of {index}")
    return found


def _refinement_problems(index: str, values: dict[str, Any]) -> list[str]:
    found = []
    code = _MORE_PRECISE.get(values.get("sq_type", ""), 0)
    if values.get("refine") and _MORE_PRECISE[values["refine_type"]] <= code:
        found.append("refinement is no more precise than the code")
    if ("refine_k" in values or "refine_type" in values) and not values.get("refine", index == "MINHASH_LSH"):
        found.append("refinement without refine")
    return found


def _list_problems(values: dict[str, Any]) -> list[str]:
    return [
        f"{small} = {values[small]} is larger than {large} = {values[large]}"
        for small, large in (
            ("nprobe", "nlist"),
            ("MaxDegree", "SearchListSize"),
            ("max_degree", "search_list_size"),
            ("inline_pq", "max_degree"),
            ("graph_degree", "intermediate_graph_degree"),
        )
        if small in values and large in values and values[small] > values[large]
    ]


def _division_problems(index: str, values: dict[str, Any], dim: int) -> list[str]:
    found = []
    if "m" in values and dim % values["m"]:
        found.append(f"m = {values['m']} divides no {dim}")
    if index == "SCANN" and dim % 2:
        found.append("SCANN with an odd dimension")
    if "mh_lsh_band" in values:
        width = values["mh_element_bit_width"]
        if width not in (8, 16, 32, 64) or dim % width or (dim // width) % values["mh_lsh_band"]:
            found.append("MINHASH_LSH does not divide the signature")
    return found


def illegal(row: dict[str, Any], dim: int, top_k: int, data_type: str) -> list[str]:
    """Return what is illegal in a candidate of a result."""
    index = row["index"]
    values = {**row["config"], **row["build"], **row["search"]}
    found = _value_problems(index, values) + _refinement_problems(index, values)
    found += _list_problems(values) + _division_problems(index, values, dim)
    found += [name for name in _AT_LEAST_TOP_K if values.get(name, top_k) < top_k]
    if index.startswith("GPU_") and top_k > (4096 if index == "GPU_BRUTE_FORCE" else 1024):
        found.append("top-k on a GPU")
    if data_type not in TYPES[index] or row["metric"] not in METRICS[index]:
        found.append(f"{index} with {data_type} and {row['metric']}")
    return found
