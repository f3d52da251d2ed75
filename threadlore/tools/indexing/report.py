"""What is said of a ranking: a summary for people, values for programs, and the reasons."""

from __future__ import annotations

import math
from typing import Any

from threadlore.tools.indexing.case import Case
from threadlore.tools.indexing.facts import has, index_rows, row, show_version, threshold
from threadlore.tools.indexing.ranking import Candidate, Ranking, is_small
from threadlore.tools.indexing.scalars import ScalarIndex, general_rules
from threadlore.tools.tables import table
from threadlore.tools.units import show_bytes, show_count

_SHOWN = 3


def _values(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in values.items())


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _where(one: Candidate) -> list[str]:
    found = []
    if one.setting.vectors_on_disk and not one.fit.keeps_raw:
        found.append("raw vectors mapped to disk")
    if one.setting.index_on_disk:
        found.append("index mapped to disk")
    return found


def _takes(case: Case, one: Candidate) -> str:
    given, fit = case.arguments, one.fit
    there = f" of {show_bytes(given.memory_bytes)}" if given.memory_bytes else ""
    parts = [f"memory {show_bytes(fit.memory_to_have_bytes)}{there}"]
    if fit.disk_bytes:
        notes = f" ({', '.join(_where(one))})" if _where(one) else ""
        parts.append(f"local disk {show_bytes(fit.disk_bytes)}{notes}")
    if fit.gpu_bytes:
        parts.append(f"GPU memory {show_bytes(fit.gpu_bytes)}")
    return ", ".join(parts)


def _candidate_lines(case: Case, place: int, one: Candidate) -> list[str]:
    facts = index_rows()[one.setting.index]
    metric = f" with {one.metric}" if one.metric != case.metric else ""
    build = _values({**one.setting.build, **one.setting.config})
    lines = [f"{place}. **{one.setting.index}**{metric}: {'build ' + build if build else 'nothing to set'}"]
    if one.setting.search:
        lines[0] += f"; search {_values(one.setting.search)}"
    recall = "exact" if one.recall == 1 else f"recall up to about {one.recall:g}"
    alone = facts["family"] == "auto" and case.data_type in ("binary", "sparse")
    lines.append(f"   - takes {_takes(case, one)}" + ("" if alone else f"; {recall}"))
    lines += [f"   - {point.why}" for point in one.points if point.why]
    lines.append(f"   - when: {facts['when']}")
    if not alone:
        lines.append(f"   - gives up: {facts['gives_up']}")
    if one.fit.lacks:
        lines.append(f"   - **does not fit**: {one.fit.lacks}")
    return lines


def _gpu_lines(case: Case, ranking: Ranking) -> list[str]:
    """Return the verdict on the best GPU index where there is a GPU and none stands among those shown."""
    on_gpu = [one for one in ranking.found if index_rows()[one.setting.index]["family"] == "gpu"]
    if not on_gpu or on_gpu[0] in ranking.found[:_SHOWN]:
        return []
    points = [point.why for point in on_gpu[0].points if point.why]
    if case.arguments.gpu_memory_bytes is None:
        points.append("with more than one card say how much GPU memory there is")
    return [f"- on your GPU: {on_gpu[0].setting.index}; {'; '.join(points)}"]


def _left_out(case: Case, ranking: Ranking) -> list[str]:
    """Return why indexes are left out, those with one reason together; what no one asked for is not said."""
    by_reason: dict[str, list[str]] = {}
    large = {one.setting.index: one for one in ranking.too_large}
    for index, reason in ranking.left_out.items():
        if index not in large and not reason.startswith("takes no "):
            by_reason.setdefault(reason, []).append(index)
    lines = [f"  - {', '.join(indexes)}: {reason}" for reason, indexes in by_reason.items()]
    hidden = list(large.values())[0 if ranking.found else _SHOWN :]
    if hidden:
        sizes = [f"{one.setting.index} ({_takes(case, one)})" for one in hidden]
        lines.append(f"  - too large for what there is: {'; '.join(sizes)}")
    return lines


def _scalar_lines(case: Case, scalars: tuple[ScalarIndex, ...]) -> list[str]:
    if not scalars:
        if case.arguments.filtered_out is None:
            return []
        return [f"- filters: {'; '.join(general_rules(case))}"]
    return [
        f"- field {one.field.name} ({one.field.type}): {one.index + ', ' if one.index else ''}{one.why}"
        for one in scalars
    ]


def _head(case: Case) -> str:
    what = f"{show_count(case.vectors)} {case.data_type} vectors"
    if case.data_type != "sparse":
        what += f" x {case.dim} dimensions"
    where = "Milvus Lite" if case.lite else f"Milvus {show_version(case.version)}"
    return f"**Index for {what}, {case.metric}, top-k {case.top_k:,}, {where}**"


def summary(case: Case, ranking: Ranking, scalars: tuple[ScalarIndex, ...], has_config: bool) -> str:
    """Return the ranking for people, in Markdown."""
    lines = [_head(case)]
    shown = ranking.found or ranking.too_large
    if not ranking.found and not case.arguments.index:
        lines.append("Nothing fits. What comes nearest:")
    for place, one in enumerate(shown[:_SHOWN], 1):
        lines += _candidate_lines(case, place, one)
    others = [one.setting.index for one in ranking.found[_SHOWN:]]
    if others:
        lines.append(f"- then: {', '.join(others)}")
    lines += _gpu_lines(case, ranking)
    left = _left_out(case, ranking) if not case.arguments.index else []
    if left:
        lines += ["- left out:", *left]
    lines.append(f"- metric {case.metric}: {case.metric_why}")
    lines += _scalar_lines(case, scalars)
    files = "`code` is the program" + (", `config` what belongs into user.yaml" if has_config else "")
    lines.append(f"- files: {files}")
    return "\n".join(lines)


def brief(case: Case, ranking: Ranking, scalars: tuple[ScalarIndex, ...]) -> str:
    """Return the core of the ranking, in Markdown: the first index whole, of the next ones what they take."""
    shown = (ranking.found or ranking.too_large)[:_SHOWN]
    lines = [_head(case)] + ([] if ranking.found or case.arguments.index else ["Nothing fits."])
    lines += _candidate_lines(case, 1, shown[0]) if shown else []
    for place, one in enumerate(shown[1:], 2):
        lack = f"; **does not fit**: {one.fit.lacks}" if one.fit.lacks else ""
        recall = "exact" if one.recall == 1 else f"recall up to about {one.recall:g}"
        lines.append(f"{place}. **{one.setting.index}**: takes {_takes(case, one)}; {recall}{lack}")
    others = [one.setting.index for one in ranking.found[_SHOWN:]]
    lines += [f"- then: {', '.join(others)}"] if others else []
    lines += [*_gpu_lines(case, ranking), f"- metric {case.metric}: {case.metric_why}"]
    return "\n".join([*lines, *_scalar_lines(case, scalars)[:_SHOWN]])


def _candidate_values(place: int, one: Candidate) -> dict[str, Any]:
    facts = index_rows()[one.setting.index]
    official = one.fit.official_bytes
    return {
        "rank": place,
        "index": one.setting.index,
        "metric": one.metric,
        "build": dict(one.setting.build),
        "search": dict(one.setting.search),
        "config": dict(one.setting.config),
        "vectors_on_disk": one.setting.vectors_on_disk,
        "index_on_disk": one.setting.index_on_disk,
        "fits": not one.fit.lacks,
        "lacks": one.fit.lacks,
        "memory_bytes": math.ceil(one.fit.memory_bytes),
        "memory_to_have_bytes": math.ceil(one.fit.memory_to_have_bytes),
        "local_disk_bytes": math.ceil(one.fit.disk_bytes),
        "gpu_bytes": math.ceil(one.fit.gpu_bytes),
        "official_loading_memory_bytes": None if official is None else math.ceil(official),
        "recall_within_reach": one.recall,
        "score": round(one.score, 2),
        "why": [point.why for point in one.points if point.why],
        "when": facts["when"],
        "gives_up": facts["gives_up"],
        "since": facts["since"],
    }


def values(case: Case, ranking: Ranking, scalars: tuple[ScalarIndex, ...]) -> dict[str, Any]:
    """Return the ranking for programs."""
    return {
        "data_type": case.data_type,
        "metric": case.metric,
        "metric_why": case.metric_why,
        "embedding_model": case.model,
        "milvus_version": show_version(case.version),
        "recall_wanted": case.recall,
        "rows_after_filters": case.survivors,
        "candidates": [_candidate_values(place, one) for place, one in enumerate(ranking.found, 1)],
        "too_large": [_candidate_values(place, one) for place, one in enumerate(ranking.too_large, 1)],
        "left_out": ranking.left_out,
        "scalar_indexes": [
            {
                "field": one.field.name,
                "type": one.field.type,
                "index": one.index or None,
                "partition_key": one.partition_key,
                "why": one.why,
            }
            for one in scalars
        ],
        "contradictions": [one["id"] for one in contradictions(case, ranking)],
    }


def contradictions(case: Case, ranking: Ranking) -> list[dict[str, Any]]:
    """Return where the sources contradict each other on what this case comes to."""
    shown = [one.setting.index for one in (ranking.found or ranking.too_large)[:_SHOWN]]
    share = case.arguments.filtered_out or 0
    matters = {*shown, *(index_rows()[index]["family"] for index in shown), case.data_type}
    if share >= threshold("exact_filtered_above_matrix"):
        matters.add("filter_high")
    if share >= threshold("graph_filtered_below"):
        matters.add("filter_graph")
    if case.lite:
        matters.add("lite")
    return [one for one in table("indexes")["contradictions"] if matters & set(one["about"])]


def _metric_reasons(case: Case) -> list[str]:
    if case.data_type in ("binary", "sparse"):
        return []
    closer = "larger" if row("metrics", case.metric)["larger_is_closer"] else "smaller"
    return [
        f"{case.metric}: {closer} is closer; its values are {row('metrics', case.metric)['range']}.",
        "A metric other than the model's ranks wrongly without an error: IP prefers long vectors, COSINE and "
        "L2 misjudge a model trained for dot products. Of vectors of length 1 COSINE, IP and L2 rank alike. "
        "A metric stands with its index: to change it, drop the index and build it anew.",
    ]


def _filter_reasons(case: Case) -> list[str]:
    share = case.arguments.filtered_out
    if not share or is_small(case):
        return []
    reasons = [
        f"Filters leave {show_count(case.survivors)} rows. Milvus filters first and searches what remains; "
        f"HNSW turns to brute force at {threshold('graph_becomes_brute_force'):.0%} filtered out, or when "
        f"top-k is {threshold('top_k_of_survivors_becomes_brute_force'):.0%} of what remains."
    ]
    if has(case.version, row("needs_version", "iterative_filter")["since"]) and not case.lite:
        advice = "is of no help here" if share >= 0.5 else "may help if the filter is costly"
        reasons.append(
            "The search parameter hints: iterative_filter tests filters only on rows that a search meets. It "
            f"pays off for costly filters that most rows pass; with {share:.0%} filtered out it {advice}."
        )
    return reasons


def _memory_reasons(case: Case, ranking: Ranking) -> list[str]:
    shown = ranking.found or ranking.too_large
    reasons = []
    if case.lite:
        reasons.append(
            "Memory is the server's arithmetic; Milvus Lite runs inside your program and takes more."
        )
    elif shown:
        best = shown[0]
        official = best.fit.official_bytes
        if official is not None and abs(official - best.fit.memory_bytes) > 0.05 * official:
            reasons.append(
                f"The official sizing tool says {show_bytes(official)} of loading memory for "
                f"{best.setting.index}; the server's own check at load comes to "
                f"{show_bytes(best.fit.memory_bytes)}, which may fill 90 % of the memory (`size` says why)."
            )
    return reasons


def _size_reasons(case: Case) -> list[str]:
    reasons = []
    if case.vectors < threshold("rows_not_indexed") and not case.lite:
        reasons.append(
            f"Segments under {threshold('rows_not_indexed'):,.0f} rows get no index: every search reads all "
            "rows, whatever index is named."
        )
    if case.lite and case.vectors > threshold("lite_rows"):
        reasons.append(
            f"{show_count(case.vectors)} vectors are too many for Milvus Lite; it is of use to about "
            f"{show_count(round(threshold('lite_rows')))}. Take a Standalone."
        )
    if case.lite and case.vectors < threshold("lite_brute_force_rows"):
        reasons.append("Milvus Lite searches segments under 10,000 rows by brute force.")
    return reasons


def _measured(ranking: Ranking) -> list[str]:
    shown = {one.setting.index for one in ranking.found[:_SHOWN]}
    return [
        f"Measured by the makers for {one['index']} with {one['name']} refinement: {one['measured']} "
        "(1M vectors x 768)."
        for one in table("indexes")["refined_recall"]
        if "measured" in one and one["index"] in shown
    ]


def reasons(case: Case, ranking: Ranking) -> tuple[str, ...]:
    """Return why the ranking is as it is, in sentences."""
    found = [*_size_reasons(case), *_memory_reasons(case, ranking), *_filter_reasons(case)]
    found += _metric_reasons(case)
    found += _measured(ranking)
    found += [f"{one['says']} {one['here']}" for one in contradictions(case, ranking)]
    if not case.arguments.recall:
        found.append(f"No recall was asked for: {case.recall:g} is assumed.")
    found.append(
        "Recall and parameters are starting points: take 100 or more real queries, compare with FLAT, and "
        "raise nprobe, ef, search_list or refine_k until the recall is reached."
    )
    return tuple(found)
