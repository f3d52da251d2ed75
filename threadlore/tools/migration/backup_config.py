"""Configurations of milvus-backup (0.5 and 0.6) and of the aged milvus-migration."""

from __future__ import annotations

from threadlore.tools.migration.places import Place
from threadlore.tools.tables import table
from threadlore.tools.yaml_text import Noted, to_yaml

_PUT_IN = "put in; keep this file out of version control"


def bucket_of(install: str) -> tuple[str, str]:
    """Return (bucket, root path) that an installation has by default: helm (and the operator), or docker."""
    name = "docker" if install == "docker" else "helm"
    row = next(row for row in table("migration")["buckets"] if row["name"] == name)
    return str(row["bucket"]), str(row["root"])


def _default_values(version: str) -> dict[str, int]:
    return {row["key"]: row["value"] for row in table("migration")["backup_keys"][version] if "value" in row}


def _storage(prefix: str, storage: str, bucket: str, root: str) -> dict[str, object]:
    """Return the keys of one storage; `prefix` is empty or `backup`, which changes their first letter."""

    def key(name: str) -> str:
        return f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name

    return {
        key("storageType"): storage,
        key("address"): Noted("storage-host", "as Milvus names it"),
        key("port"): 9000 if storage == "minio" else 443,
        key("accessKeyID"): Noted("ACCESS-KEY", _PUT_IN),
        key("secretAccessKey"): Noted("SECRET-KEY", _PUT_IN),
        key("useSSL"): storage != "minio",
        key("bucketName"): bucket,
        key("rootPath"): root,
    }


def backup_config(
    storage: str, install: str, *, cross_storage: bool, restore: bool, cloud: bool = False
) -> str:
    """Return backup.yaml for milvus-backup 0.5: of the source, or with `restore` of the target."""
    bucket, root = bucket_of(install)
    values = _default_values("v1")
    side = "TARGET" if restore else "SOURCE"
    config: dict[str, object] = {
        "log": {"level": "info", "console": True, "file": {"filename": "logs/backup.log"}},
        "milvus": {
            "address": f"{side.lower()}-milvus-host",
            "port": 19530,
            "user": Noted("root", "leave empty without authentication"),
            "password": Noted("PASSWORD", _PUT_IN),
            "tlsMode": 0,
        },
        "minio": {
            **_storage("", storage, bucket, root),
            **_storage("backup", storage, bucket, "backup"),
            "crossStorage": cross_storage,
        },
        "backup": {
            "parallelism": {
                name: values[f"backup.parallelism.{name}"]
                for name in (
                    "copydata",
                    "backupCollection",
                    "backupSegment",
                    "restoreCollection",
                    "importJob",
                )
            },
            "keepTempFiles": False,
            "gcPause": {"enable": not restore, "address": f"http://{side.lower()}-milvus-host:9091"},
        },
    }
    if cloud:
        config["cloud"] = {"address": "https://api.cloud.zilliz.com", "apikey": Noted("API-KEY", _PUT_IN)}
    return to_yaml(
        config,
        f"milvus-backup 0.5.16, {'restore into the target' if restore else 'backup of the source'}.",
        "minio.* is the storage of this Milvus, minio.backup* that of the backup, the same on both sides.",
        f"{bucket} with {root} are the defaults of this installation: compare with your values, then run",
        "milvus-backup check --config backup.yaml",
    )


def backup_config_v2(storage: str, install: str, *, cross_storage: bool) -> str:
    """Return the configuration for milvus-backup 0.6."""
    bucket, root = bucket_of(install)
    values = _default_values("v2")
    auth = {"type": "static", "accessKeyID": "ACCESS-KEY", "secretAccessKey": "SECRET-KEY"}
    place: dict[str, object] = {"provider": storage, "address": "storage-host", "port": 9000}
    place |= {"useSSL": storage != "minio", "bucketName": bucket, "rootPath": root, "auth": auth}
    config: dict[str, object] = {
        "configVersion": "v2",
        "log": {"level": "info", "console": True},
        "milvus": {
            "user": "root",
            "password": Noted("PASSWORD", _PUT_IN),
            "grpc": {"address": "milvus-host", "port": 19530, "tlsMode": "disabled"},
            "management": {"endpoint": "http://milvus-host:9091"},
            "storage": place,
        },
        "backup": {
            "storage": {"bucketName": bucket, "rootPath": "backup"},
            "concurrency": {
                "collections": values["backup.concurrency.collections"],
                "segments": values["backup.concurrency.segments"],
            },
            "pauseGC": True,
        },
        "restore": {
            "concurrency": {
                "collections": values["restore.concurrency.collections"],
                "importJobs": values["restore.concurrency.importJobs"],
            },
            "maxSegmentsPerImportJob": values["restore.maxSegmentsPerImportJob"],
        },
        "transfer": {
            "mode": "streaming" if cross_storage else "auto",
            "concurrency": values["transfer.concurrency"],
        },
    }
    return to_yaml(
        config,
        "milvus-backup 0.6 (configVersion v2): 0.5.16 does not read this file.",
        "An old file is turned into it by: milvus-backup config migrate --config backup.yaml -o v2.yaml",
    )


def aged_config(source: Place, collection: str, dim: int | None, metric: str | None) -> str:
    """Return the configuration of milvus-migration for Milvus 1.x or a FAISS file."""
    faiss = source.kind == "faiss"
    local = {"faissFile": "/data/index.faiss"} if faiss else {"tablesDir": "/var/lib/milvus/db/tables/"}
    meta: dict[str, object] = (
        {"mode": "local"}
        if faiss
        else {
            "mode": "sqlite",
            "sqliteFile": "/var/lib/milvus/db/meta.sqlite",
            "collection": collection,
        }
    )
    created: dict[str, object] = {"name": collection, "shardsNum": 2}
    created |= {"dim": dim or Noted(0, "put in the dimension"), "metricType": metric or "L2"} if faiss else {}
    config: dict[str, object] = {
        "dumper": {"worker": {"workMode": "faiss" if faiss else "milvus1x", "limit": 2}},
        "loader": {"worker": {"limit": 16}},
        "meta": meta,
        "source": {"mode": "local", "local": local},
        "target": {
            "mode": "remote",
            "remote": {
                "outputDir": "migration/",
                "cloud": "minio",
                "endpoint": "storage-host:9000",
                "bucket": Noted("a-bucket", "the bucket of the target Milvus"),
                "ak": Noted("ACCESS-KEY", _PUT_IN),
                "sk": Noted("SECRET-KEY", _PUT_IN),
                "useIAM": False,
                "useSSL": False,
                "checkBucket": True,
            },
            "create": {"collection": created},
            "milvus2x": {
                "endpoint": "milvus-host:19530",
                "username": "root",
                "password": Noted("PASSWORD", _PUT_IN),
            },
        },
    }
    return to_yaml(
        config,
        "milvus-migration, deprecated since 2024 in favour of VTS; nothing else reads this source.",
        "milvus-migration dump --config=migration.yaml, then milvus-migration load --config=migration.yaml",
    )
