"""Weighs the four deployments: each rule speaks for one, against one, or rules one out, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from threadlore.tools.arguments import ToolInputError
from threadlore.tools.base import ToolResult
from threadlore.tools.deployment.case import OPTIONS, DeployArguments
from threadlore.tools.tables import table
from threadlore.tools.units import show_bytes, show_count

_GIB = 2**30
_USUAL_DIM = 768


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a deployment. `weight` is positive for it and negative against it."""

    option: str
    weight: int
    text: str
    rules_out: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A deployment with what speaks for it, against it, and what rules it out."""

    option: str
    weight: int
    speaks_for: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    ruled_out_by: tuple[str, ...] = field(default=())

    @property
    def possible(self) -> bool:
        """Whether nothing rules it out."""
        return not self.ruled_out_by


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the size tool says of the case, in bytes: raw data, memory to have on one machine, its mode."""

    raw_bytes: int
    memory_to_have_bytes: int
    mode: str
    standalone_refused: bool
    index: str
    dim: int


def number(name: str) -> int:
    """Return a number of the table by its name."""
    return int(next(row for row in table("deploy")["numbers"] if row["name"] == name)["value"])


def sizes_of(case: DeployArguments) -> Sizes | None:
    """Return the sizes of the case through the size tool; None where the number of vectors is open.

    Raises:
        ToolInputError: index and dimension contradict each other.
    """
    if case.vectors is None:
        return None
    dim, index = case.dim or _USUAL_DIM, case.index or "HNSW"
    result = _call_size(
        {"vectors": case.vectors, "dim": dim, "index": index, "scalar_bytes": case.scalar_bytes}
    ).result
    check = result["server_check"]
    return Sizes(
        raw_bytes=result["raw_vectors_bytes"] + case.vectors * case.scalar_bytes,
        memory_to_have_bytes=check["memory_to_have_bytes"],
        mode=check["auto_mode"],
        standalone_refused=check["standalone_refused"],
        index=index,
        dim=dim,
    )


def _call_size(arguments: dict[str, object]) -> ToolResult:
    from threadlore.tools.size import TOOL

    try:
        return TOOL.call(arguments)
    except ToolInputError as error:
        raise ToolInputError(error.message, error.hint or "Leave the index open.") from error


def _by_size(case: DeployArguments, sizes: Sizes | None) -> Iterator[Verdict]:
    if case.vectors is None or sizes is None:
        return
    count, most = show_count(case.vectors), number("lite_most_vectors")
    comfortable = number("lite_comfortable_vectors")
    if case.vectors > most:
        yield Verdict(
            "lite", -9, f"{count} vectors are more than the few million that Lite is made for", True
        )
    elif case.vectors > comfortable:
        yield Verdict(
            "lite",
            -3,
            f"{count} vectors are over the {show_count(comfortable)} at which we found Lite 3.x comfortable; "
            "its documentation says a few million",
        )
    else:
        yield Verdict("lite", 1, f"{count} vectors are few enough for it")
    yield from _server_by_size(case, sizes, f"{count} vectors, {show_bytes(sizes.raw_bytes)} of data,")


def _server_by_size(case: DeployArguments, sizes: Sizes, data: str) -> Iterator[Verdict]:
    least = number("standalone_least_memory_gb") * _GIB
    memory = show_bytes(max(sizes.memory_to_have_bytes, least))
    if sizes.standalone_refused:
        yield Verdict("standalone", -9, f"{data} are over what the official tool allows on one machine", True)
        yield Verdict("distributed", 3, f"{data} are its size")
    elif sizes.mode == "distributed":
        usual = sizes.memory_to_have_bytes <= number("usual_machine_gb") * _GIB
        said = f"{data} ask for one machine of {memory}; the documentation goes to 100 million there"
        yield Verdict("standalone", 1 if usual else -1, said)
        yield Verdict("distributed", 1, f"{data} are over the point from which the official tool advises it")
    else:
        yield Verdict("standalone", 2, f"{data} fit on one machine of {memory}")
        wanted = bool({"high_availability", "replicas", "resource_groups"} & set(case.features))
        text = f"{data} need no cluster, which has a floor of hardware"
        yield Verdict("distributed", -1 if wanted else -3, text)
    if sizes.mode == "distributed" and case.operations in (None, "none"):
        yield Verdict("cloud", 0, "somebody else runs the cluster that this size asks for")


def _by_traffic(case: DeployArguments, sizes: Sizes | None) -> Iterator[Verdict]:
    if case.qps is None:
        return
    rate = f"{case.qps:,} queries a second"
    if case.qps > number("lite_most_qps"):
        yield Verdict("lite", -9, f"{rate} are too many for one Python process", True)
    elif case.qps > number("lite_comfortable_qps"):
        yield Verdict("lite", -3, f"{rate} are many for one Python process")
    if case.qps > number("standalone_comfortable_qps"):
        yield Verdict("standalone", -3, f"{rate} are much for one machine; measure before you rely on it")
        yield Verdict("distributed", 3, f"{rate}: query nodes and replicas take them")
        yield Verdict("cloud", 1, f"{rate}: the provider adds nodes")


_NAMES = {"features": "", "platforms": "on ", "cpus": "on a processor of the kind "}


def _by_table(section: str, asked: str) -> Iterator[Verdict]:
    for option in OPTIONS:
        row = table("deploy")[section][asked][option]
        name = _NAMES[section] + asked.replace("_", " ")
        text = f"{name}: {row['text']}" if row["text"] else name
        if row["ok"] == "no":
            yield Verdict(option, -9, text, True)
        elif row["ok"] == "partly":
            yield Verdict(option, -2, text)
        elif row["text"]:
            yield Verdict(option, 0, text)


def _by_needs(case: DeployArguments, sizes: Sizes | None) -> Iterator[Verdict]:
    for feature in dict.fromkeys(case.features):
        yield from _by_table("features", feature)
    if case.platform:
        yield from _by_table("platforms", case.platform)
    if case.cpu:
        yield from _by_table("cpus", case.cpu)


def _by_people(case: DeployArguments, sizes: Sizes | None) -> Iterator[Verdict]:
    if case.operations == "none":
        yield Verdict("cloud", 3, "nobody has to run it")
        yield Verdict(
            "distributed", -5, "a cluster with etcd, storage and a queue needs somebody who runs it"
        )
        yield Verdict("standalone", -1, "somebody has to back it up and upgrade it, now and then")
    elif case.operations == "some":
        yield Verdict("standalone", 1, "one machine can be run beside other work")
        yield Verdict("distributed", -2, "a cluster is hard to run beside other work")
    elif case.operations == "team":
        yield Verdict("distributed", 2, "there is a team that can run it")
    if case.purpose in ("prototype", "test"):
        yield Verdict("lite", 4, f"a {case.purpose} needs no server: it is installed with pip")
        yield Verdict("distributed", -3, f"a {case.purpose} needs no cluster")
    elif case.purpose == "production":
        yield Verdict("lite", -4, "production asks for more than one process, and for access control")
        yield Verdict("standalone", 1, "it is made for production on one machine")


def _by_place(case: DeployArguments, sizes: Sizes | None) -> Iterator[Verdict]:
    if case.kubernetes is False:
        yield Verdict("distributed", -9, "it runs on Kubernetes, and there is none", True)
    elif case.kubernetes:
        yield Verdict("distributed", 1, "there is a Kubernetes to run it on")
    if case.docker is False and not case.kubernetes:
        yield Verdict("standalone", -4, "it comes as a Docker image; without Docker there are only packages")
    if case.cloud_allowed is False:
        yield Verdict(
            "cloud", -9, "the data may not lie with a provider (ask for the plan in your account)", True
        )
    yield from _by_memory(case, sizes)


def _by_memory(case: DeployArguments, sizes: Sizes | None) -> Iterator[Verdict]:
    if case.memory_bytes is None:
        return
    have = show_bytes(case.memory_bytes)
    for option in ("standalone", "distributed"):
        least = number(f"{option}_least_memory_gb")
        # Machines of 8 GB show a little less: a tenth is let pass.
        if case.memory_bytes < 0.9 * least * _GIB:
            yield Verdict(option, -9, f"it needs {least} GB of memory at least, and there are {have}", True)
    if sizes and case.memory_bytes < sizes.memory_to_have_bytes:
        text = (
            f"{sizes.index} of these vectors asks for {show_bytes(sizes.memory_to_have_bytes)}, and there "
            f"are {have}: take a smaller index (tool size compares them), mmap, or more memory"
        )
        for option in ("lite", "standalone", "distributed"):
            yield Verdict(option, -4, text)


_RULES = (_by_size, _by_traffic, _by_needs, _by_people, _by_place)


def rank(case: DeployArguments, sizes: Sizes | None) -> list[Ranked]:
    """Return the four deployments, best first; those that are ruled out stand last."""
    verdicts = [verdict for rule in _RULES for verdict in rule(case, sizes)]
    found = [_ranked(option, [one for one in verdicts if one.option == option]) for option in OPTIONS]
    # Among equals: Standalone serves most products, Lite is the quickest to try.
    order = ("standalone", "lite", "cloud", "distributed")
    return sorted(found, key=lambda one: (not one.possible, -one.weight, order.index(one.option)))


def _ranked(option: str, verdicts: list[Verdict]) -> Ranked:
    return Ranked(
        option=option,
        weight=sum(one.weight for one in verdicts),
        speaks_for=tuple(one.text for one in verdicts if one.weight >= 0),
        against=tuple(one.text for one in verdicts if one.weight < 0 and not one.rules_out),
        ruled_out_by=tuple(one.text for one in verdicts if one.rules_out),
    )


def option_row(option: str) -> dict[str, Any]:
    """Return what the table says of a deployment."""
    found: dict[str, Any] = next(row for row in table("deploy")["options"] if row["name"] == option)
    return found


def changes_from(option: str) -> list[dict[str, Any]]:
    """Return what it takes to leave a deployment for another."""
    return [row for row in table("deploy")["changes"] if row["from"] == option]
