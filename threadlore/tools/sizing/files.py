"""Helm values and the Operator's resource for a cluster, as the official page writes them.

`official_files` has the page's faults. `our_files` mends them.
"""

from __future__ import annotations

from typing import Any

from threadlore.tools.tables import table

Nodes = dict[str, dict[str, Any]]

_HELM_NAMES = {
    "mix_coord": "mixCoordinator",
    "proxy": "proxy",
    "streaming_node": "streamingNode",
    "index_node": "indexNode",
    "data_node": "dataNode",
    "query_node": "queryNode",
}
_RESOURCE_NAMES = {
    "mix_coord": "mixCoord",
    "streaming_node": "streamingNode",
    "index_node": "indexNode",
    "proxy": "proxy",
    "query_node": "queryNode",
    "data_node": "dataNode",
}


def setting(name: str) -> Any:
    """Return the value of one row of the settings that the files carry."""
    return next(row for row in table("deploy_files")["settings"] if row["name"] == name)["value"]


def gib(amount: float) -> str:
    """Return GiB as Kubernetes writes them, `1.5Gi` or `8Gi`."""
    return f"{amount:g}Gi" if amount < 10**6 else f"{int(amount)}Gi"


def limits_of(node: dict[str, Any]) -> dict[str, Any]:
    """Return CPU and memory of a node as Kubernetes takes them."""
    return {"cpu": node["cpu"], "memory": gib(node["memory"])}


def _component(node: dict[str, Any]) -> dict[str, Any]:
    return {"replicas": node["count"], "resources": {"limits": limits_of(node)}}


def _components(nodes: Nodes, names: dict[str, str]) -> dict[str, Any]:
    return {theirs: _component(nodes[ours]) for ours, theirs in names.items() if ours in nodes}


def etcd_values(etcd: dict[str, Any], election_ms: str) -> dict[str, Any]:
    """Return the values of the etcd chart."""
    variables = {
        "ETCD_QUOTA_BACKEND_BYTES": setting("etcd_quota_bytes"),
        "ETCD_HEARTBEAT_INTERVAL": setting("etcd_heartbeat_ms"),
        "ETCD_ELECTION_TIMEOUT": election_ms,
        "ETCD_SNAPSHOT_COUNT": setting("etcd_snapshot_count"),
        "ETCD_ENABLE_PPROF": "true",
    }
    return {
        "autoCompactionMode": "revision",
        "autoCompactionRetention": setting("etcd_retention"),
        "extraEnvVars": [{"name": name, "value": value} for name, value in variables.items()],
        "persistence": {
            "accessMode": "ReadWriteOnce",
            "enabled": True,
            "size": gib(etcd["pvc"]),
            "storageClass": None,
        },
        "replicaCount": etcd["count"],
        "resources": {"limits": limits_of(etcd), "requests": limits_of(etcd)},
    }


def _volume(name: str, size: float) -> dict[str, Any]:
    return {"name": name, "size": gib(size), "storageClassName": None}


def _pulsar_values(pulsar: dict[str, Any]) -> dict[str, Any]:
    def requests(part: str) -> dict[str, Any]:
        return {"requests": limits_of(pulsar[part])}

    bookie, zookeeper = pulsar["bookie"], pulsar["zookeeper"]
    return {
        "proxy": {
            "resources": requests("proxy"),
            "replicaCount": pulsar["proxy"]["count"],
            "configData": {"httpNumThreads": setting("pulsar_http_threads")},
        },
        "zookeeper": {
            "volumes": {"persistence": True, "data": _volume("data", zookeeper["pvc"])},
            "resources": requests("zookeeper"),
        },
        "bookkeeper": {
            "volumes": {
                "journal": _volume("journal", bookie["journal"]),
                "ledgers": _volume("ledgers", bookie["ledgers"]),
            },
            "resources": requests("bookie"),
        },
        "broker": {
            "component": "broker",
            "podMonitor": {"enabled": False},
            "replicaCount": pulsar["broker"]["count"],
            "resources": requests("broker"),
        },
    }


def _kafka_values(kafka: dict[str, Any]) -> dict[str, Any]:
    broker, zookeeper = kafka["broker"], kafka["zookeeper"]
    return {
        "persistence": {
            "enabled": True,
            "storageClass": None,
            "accessMode": "ReadWriteOnce",
            "size": gib(broker["pvc"]),
        },
        "resources": {"limits": limits_of(broker)},
        "zookeeper": {
            "enabled": True,
            "replicaCount": zookeeper["count"],
            "persistence": {
                "enabled": True,
                "storageClass": "",
                "accessModes": ["ReadWriteOnce"],
                "size": gib(zookeeper["pvc"]),
            },
            "resources": {"limits": limits_of(zookeeper)},
        },
    }


def minio_values(minio: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the MinIO chart."""
    return {
        "resources": {"limits": limits_of(minio)},
        "persistence": {"storageClass": None, "accessMode": "ReadWriteOnce", "size": gib(minio["pvc"])},
    }


def _queue_values(around: dict[str, Any], queue: str) -> dict[str, Any]:
    if queue == "pulsar":
        return {"pulsarv3": {"enabled": True, **_pulsar_values(around["pulsar"])}}
    if queue == "kafka":
        return {"pulsarv3": {"enabled": False}, "kafka": {"enabled": True, **_kafka_values(around["kafka"])}}
    return {"pulsarv3": {"enabled": False}, "woodpecker": {"enabled": True}}


def cluster_values(nodes: Nodes, around: dict[str, Any], queue: str, election_ms: str) -> dict[str, Any]:
    """Return the Helm values of a cluster, with an election timeout of etcd."""
    values = _components(nodes, _HELM_NAMES)
    limits = values["mixCoordinator"]["resources"]["limits"]
    limits["cpu"] = str(limits["cpu"])
    return {
        **values,
        "etcd": etcd_values(around["etcd"], election_ms),
        **_queue_values(around, queue),
        "minio": minio_values(around["minio"]),
    }


def _queue_dependency(around: dict[str, Any], queue: str) -> dict[str, Any]:
    values = {"pulsar": _pulsar_values, "kafka": _kafka_values}
    if queue not in values:
        return {"msgStreamType": queue}
    inside = values[queue](around[queue])
    if queue == "pulsar":
        inside["proxy"].pop("resources")
    return {"msgStreamType": queue, queue: {"inCluster": {"values": inside}}}


def cluster_resource(nodes: Nodes, around: dict[str, Any], queue: str, election_ms: str) -> dict[str, Any]:
    """Return the Operator's resource of a cluster, with an election timeout of etcd."""
    storage = {"mode": "distributed", **minio_values(around["minio"])}
    return {
        "apiVersion": "milvus.io/v1beta1",
        "kind": "Milvus",
        "metadata": {"name": "my-release", "labels": {"app": "milvus"}},
        "spec": {
            "mode": "cluster",
            "components": _components(nodes, _RESOURCE_NAMES),
            "config": {},
            "dependencies": {
                "etcd": {"inCluster": {"values": etcd_values(around["etcd"], election_ms)}},
                **_queue_dependency(around, queue),
                "storage": {"inCluster": {"values": storage}},
            },
        },
    }


def official_files(nodes: Nodes, around: dict[str, Any], queue: str, page: str) -> dict[str, Any]:
    """Return `helm_values` and `operator_cr` as the official page writes them, faults and all."""
    election = setting("official_election_timeout_ms")
    resource = cluster_resource(nodes, around, queue, election)
    if page == "2.5":
        resource["spec"].pop("mode")
        inside = resource["spec"]["dependencies"]
        if queue == "pulsar":
            inside["pulsarv3"] = inside.pop("pulsar")
            inside.pop("msgStreamType")
    return {"helm_values": cluster_values(nodes, around, queue, election), "operator_cr": resource}
