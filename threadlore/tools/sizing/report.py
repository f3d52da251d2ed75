"""What a person reads of a size: both figures side by side, why they differ, what to mind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from threadlore.tools.sizing.case import (
    SizeArguments,
    compared_indexes,
    data_type,
    index_row,
    metric,
    resolved_index,
    title,
    vector_fields,
)
from threadlore.tools.sizing.index_bytes import keeps_raw_vectors, raw_bytes
from threadlore.tools.sizing.nodes import limit
from threadlore.tools.sizing.official import page_version, why_not
from threadlore.tools.sizing.server import Demand, demand, memory_to_have
from threadlore.tools.sizing.server_figures import ServerFigures
from threadlore.tools.tables import table
from threadlore.tools.units import show_bytes

_DOCUMENTED_DEGREE = 512

Figures = dict[str, Any] | None


def fits(case: SizeArguments, memory: float) -> bool | None:
    """Tell whether the memory that there is holds the load; None where no memory was named."""
    return memory_to_have(memory) <= case.memory_bytes if case.memory_bytes else None


def fit_line(case: SizeArguments, memory: float) -> str:
    """Return whether the load fits into the memory that there is, and by how much."""
    usable = case.memory_bytes / memory_to_have(1)
    spare = usable - memory
    verdict = f"fits, with {show_bytes(spare)} to spare" if spare >= 0 else f"{show_bytes(-spare)} too little"
    return (
        f"- your {show_bytes(case.memory_bytes)}: **{verdict}** (our arithmetic: 90 % of it is "
        f"{show_bytes(usable)}, against {show_bytes(memory)} that the load asks for)"
    )


def _nodes_lines(nodes: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"- {name.replace('_', ' ')}: {node['count']} x {node['cpu']:g} CPU, {node['memory']} GiB"
        for name, node in nodes.items()
    ]


def _server_line(found: ServerFigures, case: SizeArguments) -> str:
    one = found.one
    parts = {
        "index": one.index_memory,
        "raw vectors": one.raw_vectors_memory,
        "scalar fields": one.scalars_memory,
        "keys and timestamps": one.system_memory,
        "rows not indexed yet": one.not_indexed_memory,
    }
    shown = " + ".join(f"{name} {show_bytes(value)}" for name, value in parts.items() if value)
    times = f", x {case.replicas} replicas" if case.replicas > 1 else ""
    memory = one.memory * case.replicas
    return f"- what the server will check: **{show_bytes(memory)}** of memory ({shown}{times})"


def mapped(case: SizeArguments) -> Demand:
    """Return the demand of one replica when the raw vectors lie on disk."""
    return demand(replace(case, mmap_vectors=True))


def _mapped_line(case: SizeArguments) -> str:
    one = mapped(case)
    return (
        "- with the raw vectors on disk (queryNode.mmap.vectorField): "
        f"{show_bytes(one.memory * case.replicas)} of memory, {show_bytes(one.disk * case.replicas)} of disk"
    )


def summary(case: SizeArguments, official: Figures, found: ServerFigures) -> str:
    """Return the case for a person, as Markdown."""
    memory = found.one.memory * case.replicas
    lines = [f"**{title(case)}**", f"- raw vectors: {show_bytes(raw_bytes(case))}"]
    if official:
        loading = show_bytes(official["loading_memory_bytes"])
        disk = show_bytes(official["local_disk_bytes"])
        lines.append(
            f"- official figure of the Milvus sizing tool: **{loading}** loading memory, {disk} disk"
        )
    else:
        lines.append(f"- official figure: none. {why_not(case)} The figures below are ours")
    lines.append(_server_line(found, case))
    lines.append(
        f"- memory of query nodes to have: **{show_bytes(memory_to_have(memory))}** (90 % may be used)"
    )
    if found.one.raw_vectors_memory:
        lines.append(_mapped_line(case))
    if found.one.disk:
        lines.append(f"- local disk: {show_bytes(found.one.disk * case.replicas)}{_disk_kind(case)}")
    if found.one.gpu:
        lines.append(f"- GPU memory: {show_bytes(found.one.gpu * case.replicas)}")
    if case.memory_bytes:
        lines.append(fit_line(case, memory))
    lines += _deployment_lines(found, official)
    return "\n".join(lines)


def _deployment_lines(found: ServerFigures, official: Figures) -> list[str]:
    lines = [f"- deployment: {found.mode}", *_nodes_lines(found.nodes)]
    lines.append(
        f"- in all, with dependencies: {found.sums['cpu']:g} CPU, {found.sums['memory_gb']:g} GiB of memory, "
        f"{found.sums['dependency_storage_gb']:g} GiB of storage"
    )
    if official and official["milvus"] != found.nodes:
        sums = official["totals"]
        name = "query_node" if "query_node" in official["milvus"] else "standalone"
        node = official["milvus"][name]
        lines.append(
            f"- officially: {name.replace('_', ' ')} {node['count']} x {node['memory']} GiB, in all "
            f"{sums['cpu']:g} CPU, {sums['memory_gb']:g} GiB"
        )
    return lines


def official_faults(case: SizeArguments, official: Figures, found: ServerFigures) -> list[dict[str, str]]:
    """Return what the official tool gets wrong for this case, and what is done here instead."""
    if official is None:
        return []
    holds = _faults_of_figures(case, official, found) | _faults_of_files(case, found)
    return [
        {"fault": row["id"], "official": row["official"], "here": row["here"]}
        for row in table("index_sizes")["faults"]
        if holds.get(row["id"])
    ]


def _faults_of_figures(
    case: SizeArguments, official: dict[str, Any], found: ServerFigures
) -> dict[str, object]:
    query = official["milvus"].get("query_node") or official["milvus"]["standalone"]
    return {
        "raw_vectors": found.one.raw_vectors_memory or found.one.raw_vectors_disk,
        "load_limit": query["count"] * query["memory"] * 2**30 < memory_to_have(found.one.memory),
        "replicas": case.replicas > 1,
        "standalone_disk": found.mode == "standalone" and found.one.disk,
        "aisaq_memory": case.index == "AISAQ",
        "diskann_memory": case.index == "DISKANN",
        "scann_default": case.index == "SCANN" and case.with_raw_data is None,
        "flat_allowance": case.index != "DISKANN" and official["raw_data_bytes"] < 10 * 2**30,
        "overheads": True,
        "max_degree": case.index in ("DISKANN", "AISAQ") and case.max_degree > _DOCUMENTED_DEGREE,
        "scalar_copies": case.scalar_bytes > 0,
        "minio_copies": found.mode == "distributed",
    }


def _faults_of_files(case: SizeArguments, found: ServerFigures) -> dict[str, object]:
    cluster = found.mode == "distributed"
    return {
        "election_timeout": cluster,
        "pod_counts": cluster,
        "operator_25": cluster and page_version(case) == "2.5",
        "woodpecker_service": cluster and case.dependency == "woodpecker",
    }


def _mode_reason(case: SizeArguments, found: ServerFigures) -> str:
    bound = show_bytes(limit("distributed_above", disk=resolved_index(case) == "DISKANN"))
    data = show_bytes(raw_bytes(case) + case.vectors * case.scalar_bytes)
    side = "from more than" if found.auto_mode == "distributed" else "up to"
    official = f"the official page advises it {side} {bound}"
    text = f"{found.auto_mode.capitalize()} is advised for {data} of data: {official}."
    if found.auto_mode == "distributed" and case.replicas > 1:
        text = f"Distributed is advised: {case.replicas} replicas need as many sets of query nodes."
    if case.mode not in ("auto", found.auto_mode):
        text += f" {case.mode.capitalize()} was asked for."
    return text


def _difference(case: SizeArguments, official: Figures, found: ServerFigures) -> list[str]:
    raw = show_bytes(found.one.raw_vectors_memory + found.one.raw_vectors_disk)
    if found.one.raw_vectors_memory:
        why = "with the metric IP " if index_row(resolved_index(case))["keeps_raw"] == "not_ip" else ""
        way = "Set queryNode.mmap.vectorField to true to put them on disk"
        left_out = ", which the official figure leaves out" if official else ""
        start = "The two figures differ because " if official else ""
        return [
            f"{start}{case.index} {why}keeps no raw vectors: at load the server counts {raw} more for them, "
            f"in memory{left_out}. {way}: slower to read, but the memory falls to that of the index."
        ]
    if found.one.raw_vectors_disk:
        return [f"{case.index} keeps no raw vectors: {raw} of them lie on disk, because mmap_vectors is on."]
    if official is None:
        return []
    ours, theirs = found.one.memory * case.replicas, official["loading_memory_bytes"]
    side = "above" if ours > theirs else "below"
    return [
        f"Ours is {side} the official figure by {show_bytes(abs(ours - theirs))}: that one adds 15 % and two "
        "segments to every case, ours counts what the server is known to count."
    ]


def _limit_reasons(case: SizeArguments, found: ServerFigures) -> list[str]:
    reasons = []
    if found.standalone_refused and found.mode == "standalone":
        bound = show_bytes(limit("standalone_refused_above", disk=case.index == "DISKANN"))
        reasons.append(
            f"The official page refuses Standalone above {bound} of data: take Distributed, a smaller data "
            "type, or a shorter vector."
        )
    if found.out_of_range:
        bound = show_bytes(limit("refused_above", disk=False))
        reasons.append(
            f"Above {bound} of data (1 billion vectors of 768 dimensions) the official page gives no figures "
            "and refers to its makers; the formulas go on here. Plan such a size with a load test, more than "
            "one cluster, or half precision."
        )
    return reasons


def _core_reasons(found: ServerFigures) -> list[str]:
    """Return why a small Standalone is shown with fewer cores than the documentation asks for."""
    needed: int = next(row["cores"] for row in table("index_sizes")["requirements"])
    cores = found.nodes["standalone"]["cpu"] if found.mode == "standalone" else needed
    if cores >= needed:
        return []
    return [
        f"{cores:g} CPU are what the sizing rule, one for each 4 GiB, gives so small a case: enough to try "
        f"it out. The requirements in the documentation begin at {needed} cores and 8 GiB: take those for "
        "production."
    ]


def _version_reasons(case: SizeArguments) -> list[str]:
    reasons = []
    row = index_row(resolved_index(case))
    kinds = table("index_sizes")["data_types"]
    kind = next(one for one in kinds if one["name"] == data_type(case))
    for name, since in ((case.index, row.get("since")), (f"{kind['name']} vectors", kind.get("since"))):
        if since and case.milvus < since:
            reasons.append(f"{name} came with Milvus {since}: {case.milvus} does not have it.")
    if case.dependency == "woodpecker" and case.milvus < "2.6":
        reasons.append("Woodpecker came with Milvus 2.6: there are no files for it before.")
    if case.milvus == "3.0":
        reasons.append("There is no official calculator for 3.0: that of 2.6 is used.")
    if case.index == "AUTOINDEX":
        reasons.append(
            f"AUTOINDEX is {resolved_index(case)} with the server's own parameters; on Zilliz Cloud it is "
            "another index, to which none of this applies."
        )
    return reasons


def _field_reasons(case: SizeArguments) -> list[str]:
    """Return what to mind of several vector fields in a row."""
    many = len(vector_fields(case))
    if many == 1:
        return []
    usual = table("index_sizes")["fields"][0]["usual"]
    reasons = [
        f"{many} vector fields a row: each has an index of its own, and their bytes are added up here; keys "
        "and scalar fields count once."
    ]
    if many > usual:
        reasons.append(f"A collection takes {usual} vector fields unless proxy.maxVectorFieldNum says more.")
    return reasons


def _parameter_reasons(case: SizeArguments) -> list[str]:
    reasons = []
    index = resolved_index(case)
    if case.index == "SCANN" and case.with_raw_data is None:
        reasons.append("The page leaves raw vectors out of SCANN; the server's own default keeps them.")
    if case.index == "AISAQ" and case.inline_pq > case.max_degree:
        reasons.append(
            f"inline_pq is {case.inline_pq}, over max_degree, {case.max_degree}: the server takes no more "
            "than that one, and ours counts so."
        )
    if case.index == "AISAQ" and case.inline_pq:
        least = demand(replace(case, inline_pq=0)).disk * case.replicas
        reasons.append(
            f"inline_pq {case.inline_pq} keeps the codes of so many neighbours beside each vector (56 is "
            f"what the official page counts); 0, which the index tool prints, takes {show_bytes(least)} of "
            "disk and reads more a search. The server's own default, -1, lets it choose."
        )
    if case.scalar_bytes and case.string_bytes is None:
        reasons.append(
            "All scalar bytes are taken for text, which a load counts twice; string_bytes says less."
        )
    if index.startswith("GPU_") or index == "MINHASH_LSH":
        reasons.append(f"No source states what a load of {index} takes: the figure is our estimate.")
    if case.mmap_index and index in ("DISKANN", "AISAQ"):
        reasons.append(f"mmap of the index has no effect on {index}, which lies on disk anyway.")
    elif case.mmap_index:
        reasons.append(
            "An index under mmap counts no memory, but is fast only as far as free memory caches it."
        )
    return reasons


def reasons(case: SizeArguments, official: Figures, found: ServerFigures) -> tuple[str, ...]:
    """Return why the figures are what they are, the difference first."""
    always = (
        "GB are of 1,024^3 bytes here, as on the official page; in GB of 10^9 bytes figures are 7 % larger. "
        "Loaded data must stay under 90 % of the memory of the query nodes. "
        "Growing data, deletes and caches need room too: load-test with your own data."
    )
    faults = [row["fault"].replace("_", " ") for row in official_faults(case, official, found)]
    corrected = f"Corrected here against the official tool: {', '.join(faults)}."
    return (
        *_difference(case, official, found),
        _mode_reason(case, found),
        *_limit_reasons(case, found),
        *_core_reasons(found),
        *_field_reasons(case),
        *_version_reasons(case),
        *_parameter_reasons(case),
        *([corrected] if faults else []),
        always,
    )


def _disk_kind(case: SizeArguments) -> str:
    return ", NVMe for a disk index" if case.index in ("DISKANN", "AISAQ") else ", for what is mapped"


def compared_row(case: SizeArguments, official: Figures, found: ServerFigures) -> dict[str, Any]:
    """Return one index of a comparison."""
    return {
        "index": case.index,
        "official_loading_memory_bytes": official["loading_memory_bytes"] if official else None,
        "server_memory_bytes": round(found.one.memory * case.replicas),
        "memory_to_have_bytes": round(memory_to_have(found.one.memory * case.replicas)),
        "disk_bytes": round(found.one.disk * case.replicas),
        "mapped_memory_bytes": round(mapped(case).memory * case.replicas),
        "keeps_raw_vectors": keeps_raw_vectors(case),
        "mode": found.mode,
        "fits": fits(case, found.one.memory * case.replicas),
    }


def _compared_line(case: SizeArguments, row: dict[str, Any]) -> str:
    official = row["official_loading_memory_bytes"]
    parts = [f"**{show_bytes(row['server_memory_bytes'])}**"]
    parts.append(f"officially {show_bytes(official)}" if official is not None else "no official figure")
    if row["mapped_memory_bytes"] < row["server_memory_bytes"]:
        parts[0] += f" ({show_bytes(row['mapped_memory_bytes'])} with raw vectors on disk)"
    if row["disk_bytes"]:
        parts.append(f"disk {show_bytes(row['disk_bytes'])}")
    parts.append(row["mode"])
    if row["fits"] is not None:
        parts.append(f"fits your {show_bytes(case.memory_bytes)}" if row["fits"] else "does not fit")
    gives = next(one for one in table("index_sizes")["gives_up"] if one["index"] == row["index"])
    return f"- {row['index']}: {', '.join(parts)}; {gives['text']}"


def comparison_summary(case: SizeArguments, rows: list[dict[str, Any]]) -> str:
    """Return the compared indexes for a person: what the server checks for, and the official figure."""
    lines = [
        f"**{title(case)}** by index: memory that the server will check for, and the official figure",
        f"- raw vectors: {show_bytes(raw_bytes(case))}",
        *(_compared_line(case, row) for row in rows),
    ]
    return "\n".join(lines)


def comparison_reasons(case: SizeArguments) -> tuple[str, ...]:
    """Return what stands under a comparison."""
    found = [
        "No index was named, so the usual ones are compared; name one for its nodes and files.",
        "Have a ninth more memory than the figure: loaded data may take 90 % of the query nodes.",
    ]
    compared = compared_indexes(data_type(case))
    if "IVF_SQ8" in compared:
        found.append(
            "Beside indexes that keep no raw vectors (IVF_SQ8, IVF_RABITQ) the server loads those too; with "
            "queryNode.mmap.vectorField they lie on disk; the official figure omits them."
        )
    found += _field_reasons(case)
    if case.milvus == "3.0":
        found.append("There is no official calculator for 3.0: that of 2.6 is used.")
    if metric(case) == "IP" and "DISKANN" in compared:
        found.append("With the metric IP, DISKANN keeps no raw vectors either.")
    return tuple(found)
