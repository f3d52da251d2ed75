"""What a plan is made for: the arguments of `migrate`, and other spellings of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from threadlore.tools.arguments import argument

ACTIONS = ("backup", "restore", "export")


@dataclass(frozen=True, slots=True)
class MigrateArguments:
    """Arguments of `migrate`."""

    from_: str = argument(
        "Where the data is: elasticsearch, opensearch, pinecone, qdrant, weaviate, chroma, pgvector, faiss, "
        "tencent, files (parquet, csv, json, numpy), milvus-VERSION, standalone, distributed, lite, lite-old "
        "(a .db file of 2.x) or cloud.",
        ask="Where is the data now (for example qdrant, pgvector, milvus-2.4, Milvus Lite)?",
        called="from",
    )
    to: str = argument(
        "Where it shall be: lite, standalone, distributed, cloud, or milvus-VERSION; a self-hosted Milvus "
        "where it is left open.",
        "milvus",
        ask="Where shall it be: Milvus Lite, Standalone, Distributed or Zilliz Cloud?",
    )
    fields: str = argument("Fields to be moved, as id:int64,title:keyword,vec:dense_vector(768,cosine).", "")
    collection: str = argument("Name of the collection, index, class or table.", "my_collection")
    backup: bool = argument("How to back up instead.", False)
    restore: bool = argument("How to restore a backup instead.", False)
    export: bool = argument("How to write the rows into files instead.", False)
    storage: Literal["minio", "s3", "aws", "gcp", "ali", "azure", "tc", "local"] = argument(
        "Object storage of the source, for milvus-backup.", "minio"
    )
    install: Literal["docker", "helm", "operator"] = argument(
        "How Milvus was installed: its bucket has another name by each.", "docker"
    )
    cross_storage: bool = argument("Source and target keep their data in different storages.", False)


def accept_object(given: Mapping[str, object]) -> Mapping[str, object]:
    """Return arguments by our names: `source`, `target` and `from_` are understood, fields may be a list.

    A backup, a restore or an export that names no source is one of Milvus.
    """
    renamed = {"from_": "from", "source": "from", "target": "to", "to_": "to"}
    found = {renamed.get(name, name): value for name, value in given.items()}
    fields = found.get("fields")
    if isinstance(fields, list | tuple) and all(isinstance(one, str) for one in fields):
        found["fields"] = ",".join(fields)
    elif isinstance(fields, Mapping):
        found["fields"] = ",".join(f"{name}:{kind}" for name, kind in fields.items())
    wanted = any(found.get(name) not in (None, False, "false", "no", "off") for name in ACTIONS)
    if wanted and found.get("from") is None:
        found["from"] = "milvus"
    return found
