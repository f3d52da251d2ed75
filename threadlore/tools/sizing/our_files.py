"""The files that we hand out: Helm values, the Operator's resource, a compose file, with our corrections.

Keys are those of the Helm chart 5.0.19 and its parts (`data/deploy_files.json`). Against the official files:
the election timeout of etcd is the chart's, the counts of pods that the figures rest on are written, and the
version of the image is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from threadlore.tools.sizing.case import SizeArguments, resolved_index, title
from threadlore.tools.sizing.files import (
    Nodes,
    cluster_resource,
    cluster_values,
    etcd_values,
    gib,
    limits_of,
    minio_values,
    setting,
)
from threadlore.tools.tables import table
from threadlore.tools.yaml_text import to_yaml

_OLD = ("2.4", "2.5")


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the files deploy: nodes of Milvus, what stands around them, how, and for which case."""

    case: SizeArguments
    mode: str
    nodes: Nodes
    around: dict[str, Any]


def woodpecker_service() -> dict[str, Any]:
    """Return the pods of Woodpecker as a service: cpu in cores, memory and pvc in GiB, count."""
    pod = table("deploy_files")["woodpecker_service"]["pod"]
    return {name: value for name, value in pod.items() if name != "source"}


def files_of(deployment: Deployment) -> dict[str, str]:
    """Return the files by the name that `--output` takes: compose only for a Standalone.

    Woodpecker does not exist before 2.6: there is no file for it.
    """
    case = deployment.case
    if deployment.mode == "standalone":
        return {
            "compose": to_yaml(_compose(deployment), *_head(case, "docker compose up -d")),
            "helm": to_yaml(_standalone_values(deployment), *_head(case, _HELM_COMMAND)),
            "operator": to_yaml(_standalone_resource(deployment), *_head(case, _KUBECTL)),
        }
    if case.dependency == "woodpecker" and case.milvus in _OLD:
        return {}
    return {
        "helm": to_yaml(_values(deployment), *_head(case, _HELM_COMMAND)),
        "operator": to_yaml(_cluster_resource(deployment), *_head(case, _KUBECTL)),
    }


_HELM_COMMAND = "helm upgrade --install my-release zilliztech/milvus -f values.yaml"
_KUBECTL = "kubectl apply -f milvus.yaml"


def _head(case: SizeArguments, command: str) -> tuple[str, ...]:
    return (
        f"Milvus {case.milvus} for {title(case)}: {command}",
        "Storage classes are left open: the default one of the cluster is taken.",
        "Load-test with your own data before you rely on it.",
    )


def _tag(case: SizeArguments) -> str:
    tag = next(row for row in table("deploy_files")["images"] if row["name"] == case.milvus)["tag"]
    return f"{tag}-gpu" if str(case.index).startswith("GPU_") else str(tag)


def _mmap_settings(case: SizeArguments) -> dict[str, Any]:
    wanted = {
        "vectorField": case.mmap_vectors,
        "vectorIndex": case.mmap_index,
        "scalarField": case.offload_scalar,
    }
    return {name: True for name, on in wanted.items() if on}


def _milvus_settings(case: SizeArguments) -> dict[str, Any]:
    """Return what milvus.yaml needs for the case."""
    node: dict[str, Any] = {}
    if _mmap_settings(case):
        node["mmap"] = _mmap_settings(case)
    if resolved_index(case) in ("DISKANN", "AISAQ"):
        node["enableDisk"] = True
    return {"queryNode": node} if node else {}


def _shared_values(case: SizeArguments) -> dict[str, Any]:
    values: dict[str, Any] = {
        "image": {"all": {"tag": _tag(case)}},
        "streaming": {"enabled": case.milvus not in _OLD},
    }
    settings = _milvus_settings(case)
    if settings:
        values["extraConfigFiles"] = {"user.yaml": to_yaml(settings)}
    return values


def _values(deployment: Deployment) -> dict[str, Any]:
    case, around = deployment.case, deployment.around
    values = cluster_values(deployment.nodes, around, case.dependency, setting("election_timeout_ms"))
    values = {"cluster": {"enabled": True}, **_shared_values(case), **values}
    values["indexNode"] = {"enabled": case.milvus in _OLD, **values.get("indexNode", {})}
    values["minio"] = {"mode": "distributed", "replicas": around["minio"]["count"], **values["minio"]}
    if case.dependency == "pulsar":
        _count_pulsar(values["pulsarv3"], around["pulsar"])
    elif case.dependency == "kafka":
        values["kafka"]["replicaCount"] = around["kafka"]["broker"]["count"]
    elif "woodpecker" in around:
        pod = around["woodpecker"]
        values["streaming"]["woodpecker"] = {"embedded": False}
        values["woodpecker"] |= {
            "replicaCount": pod["count"],
            "persistence": {"enabled": True, "size": gib(pod["pvc"])},
            "resources": {"requests": limits_of(pod), "limits": limits_of(pod)},
        }
    return values


def _count_pulsar(values: dict[str, Any], pulsar: dict[str, Any]) -> None:
    values["zookeeper"]["replicaCount"] = pulsar["zookeeper"]["count"]
    values["bookkeeper"]["replicaCount"] = pulsar["bookie"]["count"]


def _cluster_resource(deployment: Deployment) -> dict[str, Any]:
    case, around = deployment.case, deployment.around
    found = cluster_resource(deployment.nodes, around, case.dependency, setting("election_timeout_ms"))
    spec = found["spec"]
    spec["components"] = {"image": f"milvusdb/milvus:{_tag(case)}", **spec["components"]}
    spec["config"] = _milvus_settings(case)
    inside = spec["dependencies"]
    inside["storage"]["inCluster"]["values"]["replicas"] = around["minio"]["count"]
    if case.dependency == "pulsar":
        pulsar = inside["pulsar"]["inCluster"]
        pulsar["chartVersion"] = setting("pulsar_chart")
        pulsar["values"]["proxy"]["resources"] = {"requests": limits_of(around["pulsar"]["proxy"])}
        _count_pulsar(pulsar["values"], around["pulsar"])
    elif case.dependency == "kafka":
        inside["kafka"]["inCluster"]["values"]["replicaCount"] = around["kafka"]["broker"]["count"]
    return found


def _standalone_queue(case: SizeArguments) -> str:
    return "rocksmq" if case.milvus in _OLD else "woodpecker"


def _standalone_values(deployment: Deployment) -> dict[str, Any]:
    case, around = deployment.case, deployment.around
    node = deployment.nodes["standalone"]
    queue = _standalone_queue(case)
    return {
        "cluster": {"enabled": False},
        **_shared_values(case),
        "standalone": {"replicas": 1, "messageQueue": queue, "resources": {"limits": limits_of(node)}},
        "etcd": etcd_values(around["etcd"], setting("election_timeout_ms")),
        "pulsarv3": {"enabled": False},
        "woodpecker": {"enabled": queue == "woodpecker"},
        "minio": {"mode": "standalone", **minio_values(around["minio"])},
    }


def _standalone_resource(deployment: Deployment) -> dict[str, Any]:
    case, around = deployment.case, deployment.around
    node = deployment.nodes["standalone"]
    etcd = etcd_values(around["etcd"], setting("election_timeout_ms"))
    minio = {"mode": "standalone", **minio_values(around["minio"])}
    return {
        "apiVersion": "milvus.io/v1beta1",
        "kind": "Milvus",
        "metadata": {"name": "my-release", "labels": {"app": "milvus"}},
        "spec": {
            "mode": "standalone",
            "components": {
                "image": f"milvusdb/milvus:{_tag(case)}",
                "standalone": {"replicas": 1, "resources": {"limits": limits_of(node)}},
            },
            "config": _milvus_settings(case),
            "dependencies": {
                "msgStreamType": _standalone_queue(case),
                "etcd": {"inCluster": {"values": etcd}},
                "storage": {"inCluster": {"values": minio}},
            },
        },
    }


def _compose_limits(node: dict[str, Any]) -> dict[str, Any]:
    return {"limits": {"cpus": f"{node['cpu']:g}", "memory": f"{node['memory']:g}G"}}


def _healthy(*command: str) -> dict[str, Any]:
    return {"test": ["CMD", *command], "interval": "30s", "timeout": "20s", "retries": 3}


def _compose(deployment: Deployment) -> dict[str, Any]:
    """Return a Standalone with etcd and MinIO apart, each with its limits of CPU and memory."""
    case, around = deployment.case, deployment.around
    environment = {"ETCD_ENDPOINTS": "etcd:2379", "MINIO_ADDRESS": "minio:9000"}
    environment["MQ_TYPE"] = _standalone_queue(case)
    for name in _mmap_settings(case):
        environment[f"QUERYNODE_MMAP_{name.upper()}"] = "true"
    if resolved_index(case) in ("DISKANN", "AISAQ"):
        environment["QUERYNODE_ENABLEDISK"] = "true"
    resources: dict[str, Any] = _compose_limits(deployment.nodes["standalone"])
    if str(case.index).startswith("GPU_"):
        device = {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
        resources["reservations"] = {"devices": [device]}
    volumes = "${DOCKER_VOLUME_DIRECTORY:-.}/volumes"
    etcd = {
        "image": setting("etcd_image"),
        "environment": {
            "ETCD_AUTO_COMPACTION_MODE": "revision",
            "ETCD_AUTO_COMPACTION_RETENTION": setting("etcd_retention"),
            "ETCD_QUOTA_BACKEND_BYTES": setting("etcd_quota_bytes"),
        },
        "command": "etcd --advertise-client-urls http://etcd:2379 --listen-client-urls http://0.0.0.0:2379 "
        "--data-dir /etcd",
        "volumes": [f"{volumes}/etcd:/etcd"],
        "healthcheck": _healthy("etcdctl", "endpoint", "health"),
        "deploy": {"resources": _compose_limits(around["etcd"])},
    }
    minio = {
        "image": setting("minio_image"),
        "environment": {"MINIO_ACCESS_KEY": "minioadmin", "MINIO_SECRET_KEY": "minioadmin"},
        "command": "minio server /minio_data",
        "volumes": [f"{volumes}/minio:/minio_data"],
        "healthcheck": _healthy("curl", "-f", "http://localhost:9000/minio/health/live"),
        "deploy": {"resources": _compose_limits(around["minio"])},
    }
    standalone = {
        "image": f"milvusdb/milvus:{_tag(case)}",
        "command": ["milvus", "run", "standalone"],
        "security_opt": ["seccomp:unconfined"],
        "environment": environment,
        "volumes": [f"{volumes}/milvus:/var/lib/milvus"],
        "ports": ["19530:19530", "9091:9091"],
        "healthcheck": _healthy("curl", "-f", "http://localhost:9091/healthz"),
        "depends_on": ["etcd", "minio"],
        "deploy": {"resources": resources},
    }
    return {"services": {"etcd": etcd, "minio": minio, "standalone": standalone}}
