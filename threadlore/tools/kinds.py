"""The names that several tools take: types of index and of vectors, metrics."""

from __future__ import annotations

from typing import Literal

Index = Literal[
    "FLAT",
    "IVF_FLAT",
    "IVF_SQ8",
    "IVF_PQ",
    "IVF_RABITQ",
    "SCANN",
    "HNSW",
    "HNSW_SQ",
    "HNSW_PQ",
    "HNSW_PRQ",
    "DISKANN",
    "AISAQ",
    "GPU_CAGRA",
    "GPU_IVF_FLAT",
    "GPU_IVF_PQ",
    "GPU_BRUTE_FORCE",
    "BIN_FLAT",
    "BIN_IVF_FLAT",
    "MINHASH_LSH",
    "SPARSE_INVERTED_INDEX",
    "AUTOINDEX",
]
DataType = Literal["float32", "float16", "bfloat16", "int8", "binary", "sparse"]
Metric = Literal["COSINE", "L2", "IP", "HAMMING", "JACCARD", "MHJACCARD", "BM25"]
