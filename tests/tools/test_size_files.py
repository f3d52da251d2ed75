"""The files of the size tool: they parse, their keys are the chart's, they carry the figures, mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.registry import find_tool
from threadlore.tools.tables import table


def files(**arguments: Any) -> dict[str, Any]:
    documents = find_tool("size").call(arguments).documents
    return {name: yaml.safe_load(text) for name, text in documents.items()}


def _known(path: tuple[str, ...], keys: set[str]) -> bool:
    dotted = ".".join(path)
    prefixes = {".".join(path[:end]) + ".*" for end in range(1, len(path))}
    return dotted in keys or bool(prefixes & keys)


def _paths(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _paths(inner, (*at, key))
    else:
        yield at


DEPLOYMENTS = st.fixed_dictionaries(
    {
        "vectors": st.integers(1, 3 * 10**10),
        "dim": st.sampled_from([96, 768, 1536]),
        "index": st.sampled_from(["FLAT", "HNSW", "IVF_SQ8", "DISKANN", "GPU_CAGRA"]),
        "mode": st.sampled_from(["auto", "standalone", "distributed"]),
        "dependency": st.sampled_from(["pulsar", "kafka", "woodpecker"]),
        "milvus": st.sampled_from(["2.4", "2.5", "2.6", "3.0"]),
        "mmap_vectors": st.booleans(),
        "files_for": st.sampled_from(["server", "official"]),
    }
)


@given(DEPLOYMENTS)
def test_every_file_parses_and_has_only_keys_that_the_chart_knows(arguments: dict[str, Any]) -> None:
    keys = {row["key"] for row in table("deploy_files")["helm_keys"]}
    for name, found in files(**arguments).items():
        assert "25000" not in str(found)
        if name == "helm":
            assert [path for path in _paths(found) if not _known(path, keys)] == []
            assert found["minio"]["persistence"]["size"].endswith("Gi")
        elif name == "operator":
            assert found["kind"] == "Milvus" and found["spec"]["mode"] in ("cluster", "standalone")


@pytest.mark.parametrize("queue", ["pulsar", "kafka", "woodpecker"])
def test_the_official_sizes_stand_in_our_files_too(queue: str) -> None:
    case = {"vectors": "100M", "dim": 768, "index": "HNSW", "dependency": queue, "files_for": "official"}
    found = files(**case)
    theirs = find_tool("size").call(case).result["official"]
    missing = _missing(found["helm"], theirs["helm_values"]) + _missing(
        found["operator"], theirs["operator_cr"] | {"metadata": {}}
    )
    assert set(missing) <= {"25000"}


def _missing(ours: Any, theirs: Any) -> list[str]:
    """Return the plain values of `theirs` that `ours` has otherwise."""
    if isinstance(theirs, dict):
        return [one for key, value in theirs.items() for one in _missing(ours.get(key), value)]
    if isinstance(theirs, list):
        return [one for a, b in zip(ours, theirs, strict=True) for one in _missing(a, b)]
    return [] if ours == theirs else [str(theirs)]


def test_the_election_timeout_is_the_charts_and_the_fault_is_named() -> None:
    found = find_tool("size").call({"vectors": "100M", "dim": 768, "index": "HNSW"})
    for name in ("helm", "operator"):
        assert 'value: "2500"' in found.documents[name]
    assert "election_timeout" in {row["fault"] for row in found.result["official_faults"]}


def test_the_counts_of_pods_are_written() -> None:
    pulsar = files(vectors="100M", dim=768, index="HNSW")["helm"]
    assert pulsar["pulsarv3"]["bookkeeper"]["replicaCount"] == 3
    assert pulsar["pulsarv3"]["zookeeper"]["replicaCount"] == 3
    assert (pulsar["minio"]["mode"], pulsar["minio"]["replicas"]) == ("distributed", 4)
    assert (
        files(vectors="100M", dim=768, index="HNSW", dependency="kafka")["helm"]["kafka"]["replicaCount"] == 3
    )


def test_the_files_are_sized_so_that_the_server_loads_the_data() -> None:
    found = files(vectors="100M", dim=768, index="IVF_SQ8")["helm"]["queryNode"]
    assert found["replicas"] * int(found["resources"]["limits"]["memory"].removesuffix("Gi")) * 0.9 > 360
    official = files(vectors="100M", dim=768, index="IVF_SQ8", files_for="official")["helm"]["queryNode"]
    assert official == {"replicas": 6, "resources": {"limits": {"cpu": 4, "memory": "16Gi"}}}


def test_woodpecker_is_a_service_of_its_own_in_30() -> None:
    new = files(vectors="100M", dim=768, index="HNSW", dependency="woodpecker", milvus="3.0")["helm"]
    assert new["streaming"]["woodpecker"]["embedded"] is False
    assert new["woodpecker"]["replicaCount"] == 4
    old = files(vectors="100M", dim=768, index="HNSW", dependency="woodpecker", milvus="2.6")["helm"]
    assert old["woodpecker"] == {"enabled": True}
    assert files(vectors="100M", dim=768, index="HNSW", dependency="woodpecker", milvus="2.5") == {}


def test_mmap_is_set_where_it_was_counted() -> None:
    found = files(vectors="100M", dim=768, index="IVF_SQ8", mmap_vectors=True)
    inside = yaml.safe_load(found["helm"]["extraConfigFiles"]["user.yaml"])
    assert inside == {"queryNode": {"mmap": {"vectorField": True}}}
    assert found["operator"]["spec"]["config"] == inside


@pytest.mark.parametrize(
    ("milvus", "tag", "queue"),
    [("2.4", "v2.4.", "rocksmq"), ("2.6", "v2.6.", "woodpecker"), ("3.0", "v3.0.", "woodpecker")],
)
def test_a_standalone_is_a_compose_file_of_the_version_asked_for(milvus: str, tag: str, queue: str) -> None:
    services = files(vectors="5M", dim=768, index="HNSW", milvus=milvus)["compose"]["services"]
    assert set(services) == {"etcd", "minio", "standalone"}
    assert services["standalone"]["image"].startswith(f"milvusdb/milvus:{tag}")
    assert services["standalone"]["environment"]["MQ_TYPE"] == queue
    assert services["standalone"]["deploy"]["resources"]["limits"] == {"cpus": "8", "memory": "32G"}


def test_a_gpu_index_asks_for_the_gpu_image_and_a_device() -> None:
    one = files(vectors="1M", dim=768, index="GPU_CAGRA")["compose"]["services"]["standalone"]
    assert one["image"].endswith("-gpu")
    assert one["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]


def test_a_cluster_has_no_compose_file() -> None:
    assert "compose" not in files(vectors="100M", dim=768, index="HNSW")
