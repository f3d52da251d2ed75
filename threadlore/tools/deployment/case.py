"""What is known of a deployment that somebody plans; nothing of it is required."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from threadlore.tools.arguments import argument
from threadlore.tools.sizing.case import Index

OPTIONS = ("lite", "standalone", "distributed", "cloud")

Deployment = Literal["lite", "standalone", "distributed", "cloud"]
Feature = Literal[
    "full_text",
    "hybrid",
    "gpu",
    "rbac",
    "tls",
    "multi_tenancy",
    "resource_groups",
    "replicas",
    "high_availability",
    "backup",
    "cdc",
    "disk_index",
    "choose_index",
    "compact_types",
    "other_languages",
    "several_processes",
    "consistency_levels",
    "schema_change",
    "no_network",
]


@dataclass(frozen=True, slots=True)
class DeployArguments:
    """Arguments of `deploy`. What is None is not known, and decides nothing."""

    vectors: int | None = argument(
        "Number of vectors, those of the next year or two.",
        None,
        ask="How many vectors will there be (for example 10M)?",
        unit="count",
        limits=(1, 10**12),
    )
    dim: int | None = argument("Dimension of a vector; 768 where it is open.", None, limits=(2, 32768))
    index: Index | None = argument("Index; HNSW where it is open.", None, names="index")  # noqa: RUF009
    scalar_bytes: int = argument("Bytes of scalar fields a row.", 0, unit="bytes", limits=(0, 60_000_000))
    qps: int | None = argument("Queries a second at the peak.", None, unit="count", limits=(0, 10**9))
    features: tuple[Feature, ...] = argument("What is needed beside dense search.", (), names="feature")
    purpose: Literal["prototype", "test", "production"] | None = argument(
        "What it is for.", None, names="purpose"
    )
    operations: Literal["none", "some", "team"] | None = argument(
        "Who will run it: nobody, somebody beside other work, a team.", None
    )
    platform: Literal["linux", "macos", "windows"] | None = argument(
        "Operating system of the machine that it shall run on.", None, names="platform"
    )
    cpu: Literal["x86", "arm", "old"] | None = argument(
        "Processor; old is one without SSE4.2 and AVX.", None, names="cpu"
    )
    kubernetes: bool | None = argument("Is there a Kubernetes cluster, with people who know it?", None)
    docker: bool | None = argument("May Docker be used?", None)
    cloud_allowed: bool | None = argument("May the data lie with a provider?", None)
    memory_bytes: int | None = argument(
        "Memory of the machine, or of the cluster in all.", None, unit="bytes", limits=(1, 10**18)
    )
    deployment: Deployment | None = argument(  # noqa: RUF009
        "What runs today, for the price of changing.", None, names="deployment"
    )


def is_open(case: DeployArguments) -> bool:
    """Tell whether nothing is known that a choice could rest on."""
    return all(getattr(case, item.name) == item.default for item in fields(case) if item.name != "deployment")
