"""How large a Milvus must be: the official figure, and beside it what the server will check when it loads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from threadlore.tools.base import Tool, ToolResult
from threadlore.tools.sizing.case import (
    SizeArguments,
    accept_other_form,
    check_case,
    compared_indexes,
    data_type,
    resolved_index,
)
from threadlore.tools.sizing.index_bytes import index_bytes, keeps_raw_vectors, raw_bytes
from threadlore.tools.sizing.official import official_figures
from threadlore.tools.sizing.our_files import Deployment, files_of
from threadlore.tools.sizing.report import (
    compared_row,
    comparison_reasons,
    comparison_summary,
    fits,
    official_faults,
    reasons,
    summary,
)
from threadlore.tools.sizing.server_figures import figures_json, server_figures
from threadlore.tools.tables import facts_version

TABLES_VERSION = facts_version("sizing", "index_sizes", "deploy_files")

_MATTERS = {
    "HNSW": ("m",),
    "HNSW_SQ": ("m", "sq_type", "refine_type"),
    "HNSW_PQ": ("m", "nbits", "refine_type"),
    "HNSW_PRQ": ("m", "nbits", "nrq", "refine_type"),
    "IVF_FLAT": ("nlist",),
    "IVF_SQ8": ("nlist",),
    "IVF_PQ": ("nlist", "nbits", "refine_type"),
    "IVF_RABITQ": ("nlist", "refine_type"),
    "SCANN": ("with_raw_data",),
    "DISKANN": ("max_degree",),
    "AISAQ": ("max_degree", "inline_pq"),
    "SPARSE_INVERTED_INDEX": ("non_zeros",),
    "SPARSE_WAND": ("non_zeros",),
}


def matters(case: SizeArguments) -> tuple[str, ...]:
    """Return the arguments with a default that the size of this index depends on."""
    sparse = ("non_zeros",) if case.sparse_field else ()
    return (*_MATTERS.get(str(case.index), ()), *sparse, "scalar_bytes")


def _shape(case: SizeArguments) -> dict[str, Any]:
    return {
        "vectors": case.vectors,
        "dim": None if data_type(case) == "sparse" else case.dim,
        "other_dims": list(case.other_dims),
        "sparse_field": case.sparse_field,
        "data_type": data_type(case),
        "milvus": case.milvus,
        "raw_vectors_bytes": round(raw_bytes(case)),
    }


def _compare(case: SizeArguments) -> ToolResult:
    rows = []
    for index in compared_indexes(data_type(case)):
        one: SizeArguments = replace(case, index=index, data_type=data_type(case))  # type: ignore[arg-type]
        official = official_figures(one)
        rows.append(compared_row(one, official, server_figures(one, official)))
    result = _shape(case) | {"index": None, "official": None, "server_check": None, "comparison": rows}
    return ToolResult(comparison_summary(case, rows), result, comparison_reasons(case), TABLES_VERSION)


def size(case: SizeArguments) -> ToolResult:
    """Return the size of a deployment: official figures, and those that the server will check for.

    Bytes are plain bytes; CPU are cores; `memory` of nodes and everything ending in `_gb` is GiB. `official`
    is None where the official tool does not know the index or the type of the vectors.

    Raises:
        ToolInputError: the arguments contradict each other.
    """
    check_case(case)
    if case.index is None:
        return _compare(case)
    official = official_figures(case)
    found = server_figures(case, official)
    index = index_bytes(case)
    result = _shape(case) | {
        "index": case.index,
        "built_index": resolved_index(case),
        "keeps_raw_vectors": keeps_raw_vectors(case),
        "index_file_bytes": round(index.file),
        "official": official,
        "server_check": figures_json(case, found),
        "official_faults": official_faults(case, official, found),
        "fits": fits(case, found.one.memory * case.replicas),
    }
    nodes, around = found.nodes, found.around
    if case.files_for == "official" and official:
        nodes, around = official["milvus"], official["dependencies"]
    mode = "standalone" if "standalone" in nodes else "distributed"
    return ToolResult(
        summary(case, official, found),
        result,
        reasons(case, official, found),
        TABLES_VERSION,
        files_of(Deployment(case, mode, nodes, around)),
    )


TOOL = Tool(
    name="size",
    title="Memory, disk and nodes",
    description="Size of a Milvus deployment for a number of vectors, their dimension and an index: the "
    "official figure, and what the server will check for when it loads the data.",
    arguments=SizeArguments,
    run=size,
    matters=matters,
    facts_version=TABLES_VERSION,
    outputs=("compose", "helm", "operator"),
    accepts_object=accept_other_form,
)
