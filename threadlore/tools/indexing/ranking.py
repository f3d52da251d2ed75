"""Which indexes suit a case, in what order, and why the others are left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from threadlore.tools.indexing.case import Case
from threadlore.tools.indexing.facts import has, index_rows, show_version, threshold
from threadlore.tools.indexing.fit import Fit, cards, choose, metric_of, recall_within_reach
from threadlore.tools.indexing.parameters import Setting, vector_bytes
from threadlore.tools.units import show_bytes, show_count

_FULL = 0.93
"""Share of the memory above which there is no room to grow."""


@dataclass(frozen=True, slots=True)
class Point:
    """What speaks for an index (weight above 0) or against it, in a sentence; an empty one is not said."""

    weight: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that can be built for the case, with its setting, what it takes and what speaks for it."""

    setting: Setting
    fit: Fit
    metric: str
    recall: float
    points: tuple[Point, ...]

    @property
    def score(self) -> float:
        """Sum of the weights."""
        return sum(point.weight for point in self.points)


def _facts(index: str) -> dict[str, Any]:
    return index_rows()[index]


def _cannot(case: Case, index: str) -> Iterator[str]:
    """Yield why an index cannot be built or used for a case."""
    facts, given = _facts(index), case.arguments
    if not has(case.version, facts["since"]) and not case.lite:
        yield f"came with Milvus {facts['since']}; {show_version(case.version)} does not have it"
    if case.data_type not in facts["data_types"]:
        yield f"takes no {case.data_type} vectors"
    elif metric_of(case, index) not in facts["metrics"]:
        yield f"has no {case.metric}"
    if given.deployment == "cloud" and index != "AUTOINDEX":
        yield "Zilliz Cloud has AUTOINDEX alone"
    if case.lite and not facts["lite"]:
        yield "Milvus Lite does not build it, though it takes the name"
    if case.lite and case.metric == "BM25" and index == "AUTOINDEX":
        yield "Milvus Lite wants SPARSE_INVERTED_INDEX for BM25"
    lacking = [need.replace("_", " ") for need in given.needs if not facts[need]]
    if lacking:
        yield f"has no {', '.join(lacking)} search".replace("iterator search", "iterator")


def _machine_cannot(case: Case, index: str) -> Iterator[str]:
    """Yield why the machine or the numbers do not allow an index."""
    facts, given = _facts(index), case.arguments
    if facts["family"] == "gpu" and not (given.gpu or given.gpu_memory_bytes):
        yield "there is no GPU, as far as was said"
    most = threshold("gpu_brute_force_top_k" if index == "GPU_BRUTE_FORCE" else "gpu_top_k")
    if facts["family"] == "gpu" and case.top_k > most:
        yield f"takes a top-k of {most:,.0f} at most"
    if facts["family"] == "disk" and given.disk in ("hdd", "none"):
        yield "needs NVMe"
    if index == "SCANN" and not given.avx2:
        yield "needs AVX2"
    if index == "SCANN" and case.dim % 2:
        yield "needs an even dimension (sub_dim 2)"


def why_not(case: Case, index: str) -> str:
    """Return why an index is not possible for a case; empty where it is."""
    return next(_cannot(case, index), "") or next(_machine_cannot(case, index), "")


def is_small(case: Case) -> bool:
    """Tell whether every search may as well read all vectors."""
    work = case.vectors * (case.arguments.non_zeros if case.data_type == "sparse" else case.dim)
    return case.vectors <= threshold("small_rows") and work <= threshold("small_distances")


def _recall_point(case: Case, setting: Setting, recall: float) -> Point:
    if recall >= case.recall:
        return Point(2 if case.arguments.recall else 0.5)
    short = case.recall - recall
    asked = f"{case.recall:.2f}" + ("" if case.arguments.recall else " (assumed)")
    return Point(-1 - 60 * short, f"recall is likely to end near {recall:.2f}, under the {asked} wanted")


def _speed_point(case: Case, fit: Fit, facts: dict[str, Any]) -> Point:
    """Return what speed counts for; that of a GPU as much as it is used, or as it is there anyway."""
    wanted, latency = case.arguments.qps, case.arguments.latency_ms
    busy = wanted is not None and wanted >= threshold("gpu_worth_qps")
    hurry = busy or (latency is not None and latency <= 20)
    if facts["family"] != "gpu":
        return Point(facts["speed"] * (1.5 if hurry else 1))
    if busy:
        return Point(facts["speed"] * 1.5, f"{show_count(wanted or 0)} searches a second are worth a GPU")
    if wanted is None and _fits_the_gpu(case, fit):
        why = "it fits the GPU that is there: most searches a second and the quickest build"
        return Point(facts["speed"], f"{why}; below some hundred a second a CPU index does as well")
    return Point(facts["speed"] * 0.4, "a GPU pays off at hundreds to thousands of searches a second")


def _fits_the_gpu(case: Case, fit: Fit) -> bool:
    """Tell whether an index fits the GPU memory that was said, or one card where none was."""
    there = case.arguments.gpu_memory_bytes
    return bool(there) or cards(fit.gpu_bytes, threshold("gpu_card_bytes")) == 1


def _memory_point(case: Case, fit: Fit) -> Point:
    raw = case.vectors * vector_bytes(case) * case.arguments.replicas
    share = fit.memory_bytes / max(1.0, raw)
    there = case.arguments.memory_bytes
    weight = (-0.7 if there else -1.5) * min(3.0, share)
    if there and _FULL * there < fit.memory_to_have_bytes <= there:
        return Point(weight - 1.5, f"only {show_bytes(there - fit.memory_to_have_bytes)} are left to grow")
    return Point(weight)


def _place_point(case: Case, setting: Setting, fit: Fit, facts: dict[str, Any]) -> Point:
    latency = case.arguments.latency_ms
    tight = latency is not None and latency <= 20
    if setting.index_on_disk:
        why = "the index is mapped to disk: quick while its pages are hot, with peaks when they are not"
        over = fit.disk_bytes / (case.arguments.memory_bytes or fit.disk_bytes)
        if over > 1:
            why += f"; only about {1 / over:.0%} of it fits into memory at a time"
        return Point((-5 if tight else -3) - 3 * max(0.0, math.log2(over)), why)
    if facts["family"] == "disk":
        known = case.arguments.disk == "nvme"
        why = "times are steady, as every search reads from disk" + ("" if known else "; it must be NVMe")
        return Point(-1.5 if known else -2, why)
    return Point(0)


def _gpu_memory_point(case: Case, fit: Fit) -> Point:
    card = threshold("gpu_card_bytes")
    if not fit.gpu_bytes or case.arguments.gpu_memory_bytes:
        return Point(0)
    number = cards(fit.gpu_bytes, card)
    what = f"takes {show_bytes(fit.gpu_bytes)} of GPU memory"
    if number == 1:
        return Point(0, f"{what}: fits one card of {show_bytes(card)}")
    why = f"{what}: {number:,} cards of {show_bytes(card)}, which nobody said are there (GPU memory)"
    return Point(-2 - min(8.0, 2 * math.log2(number)), why)


def _filter_point(case: Case, facts: dict[str, Any]) -> Point:
    share, family = case.arguments.filtered_out, facts["family"]
    if share is None or share < threshold("graph_filtered_below") or (is_small(case) and family != "exact"):
        return Point(0)
    hard = share > threshold("exact_filtered_above_matrix")
    if family == "exact":
        few = case.survivors <= threshold("exact_survivors")
        left = f"{show_count(case.survivors)} rows remain after filters"
        return Point(9, f"{left}: reading them all is exact and quick") if few else Point(1 if hard else 0)
    graph = family in ("graph", "auto") or facts["index"] in ("DISKANN", "AISAQ", "GPU_CAGRA")
    if not graph:
        return Point(2, f"with {share:.0%} filtered out, clusters suit better than a graph")
    if share >= threshold("graph_becomes_brute_force") and family in ("graph", "auto"):
        return Point(-1, f"with {share:.0%} filtered out it searches by brute force of its own accord")
    return Point(-3, f"with {share:.0%} filtered out a graph walks through rows that do not count")


def _top_k_point(case: Case, facts: dict[str, Any]) -> Point:
    share = case.top_k / max(1, case.survivors)
    large = case.top_k > threshold("large_top_k") or share >= threshold("large_top_k_share")
    if not large or is_small(case):
        return Point(0)
    if facts["family"] == "ivf":
        return Point(3, f"a top-k of {case.top_k:,} suits clusters")
    return (
        Point(-2, f"a top-k of {case.top_k:,} is much for a graph")
        if facts["family"] == "graph"
        else Point(0)
    )


def _write_point(case: Case, facts: dict[str, Any]) -> Point:
    share = (case.arguments.writes_per_day or 0) / case.vectors
    if share < 0.1:
        return Point(0)
    weight = (facts["build"] - 2.5) * (1.5 if share >= 0.5 else 1)
    slow = facts["build"] < 2.5
    why = f"{share:.0%} of the rows change a day, and its build is slow" if slow else ""
    return Point(weight, why)


def _habit_point(case: Case, facts: dict[str, Any]) -> Point:
    if facts["family"] == "auto" and case.data_type in ("binary", "sparse"):
        return Point(-4, f"on {case.data_type} vectors it stands for the one index that they have anyway")
    given = case.arguments
    asked = (given.recall, given.latency_ms, given.qps, given.filtered_out, given.memory_bytes)
    if facts["family"] == "auto" and all(one is None for one in asked) and not given.gpu:
        return Point(2, "nothing particular is asked: start with AUTOINDEX, measure, and tune only then")
    if is_small(case) and facts["family"] in ("exact", "auto") and (given.qps or 0) < 500:
        work = f"{show_count(case.vectors)} vectors are few: reading them all takes milliseconds"
        return Point(9, work) if facts["family"] == "exact" else Point(5, "small now, and it grows with you")
    if case.recall > threshold("exact_recall") and facts["family"] == "exact":
        return Point(2, "above 0.99 the index page sends you to FLAT, best on a GPU")
    return Point(0)


_BY_FACTS: tuple[Callable[[Case, dict[str, Any]], Point], ...] = (
    _filter_point,
    _top_k_point,
    _write_point,
    _habit_point,
)


def candidate(case: Case, index: str) -> Candidate:
    """Return an index with the setting that fits best, and the points for and against it."""
    facts = _facts(index)
    setting, fit = choose(case, index)
    recall = recall_within_reach(setting)
    points = (
        _recall_point(case, setting, recall),
        _speed_point(case, fit, facts),
        _memory_point(case, fit),
        _place_point(case, setting, fit, facts),
        _gpu_memory_point(case, fit),
        *(maker(case, facts) for maker in _BY_FACTS),
    )
    return Candidate(setting, fit, metric_of(case, index), recall, points)


def _is_scan_too_long(case: Case, index: str) -> str:
    """Return why reading all vectors is no choice: more than a second of arithmetic a search."""
    if _facts(index)["family"] != "exact" or case.arguments.index == index or case.recall > 0.999:
        return ""
    if case.survivors * vector_bytes(case) <= 16 * 2**30 or case.survivors <= threshold("exact_survivors"):
        return ""
    return f"every search would read {show_bytes(case.survivors * vector_bytes(case))}"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Indexes that fit, the best first; those that are too large, the smallest first; why others are out."""

    found: tuple[Candidate, ...]
    too_large: tuple[Candidate, ...]
    left_out: dict[str, str]


def rank(case: Case) -> Ranking:
    """Return the candidates, the best first, and why each other index is left out."""
    asked = case.arguments.index
    found: list[Candidate] = []
    too_large: list[Candidate] = []
    left_out = {}
    for index in [asked] if asked else list(index_rows()):
        reason = why_not(case, index) or _is_scan_too_long(case, index)
        if reason:
            left_out[index] = reason
            continue
        one = candidate(case, index)
        (too_large if one.fit.lacks else found).append(one)
        if one.fit.lacks:
            left_out[index] = one.fit.lacks
    found.sort(key=lambda one: (-one.score, one.setting.index))
    too_large.sort(key=lambda one: (one.fit.memory_bytes, one.setting.index))
    return Ranking(tuple(found), tuple(too_large), left_out)
