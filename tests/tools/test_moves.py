"""Where people move from and to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.moves import read_move

MOVES: list[tuple[str, dict[str, object]]] = [
    ("how do I migrate from pinecone to milvus?", {"from": "pinecone"}),
    ("move 30M vectors from Qdrant to Zilliz Cloud", {"from": "qdrant", "to": "cloud"}),
    ("weaviate -> milvus standalone", {"from": "weaviate", "to": "standalone"}),
    ("importing our pgvector table", {"from": "pgvector"}),
    (
        "we are leaving Elasticsearch and go to a distributed Milvus",
        {"from": "elasticsearch", "to": "distributed"},
    ),
    ("从ES迁移到Milvus", {"from": "elasticsearch"}),
    ("upgrade from 2.4.15 to v2.6", {"from": "milvus-2.4.15", "to": "milvus-2.6"}),
    ("upgrade to 3.0", {"to": "milvus-3.0"}),
    ("how do I go from Milvus 2.5 to 3.0?", {"from": "milvus-2.5", "to": "milvus-3.0"}),
    ("switch from standalone to cluster", {"from": "standalone", "to": "distributed"}),
    ("Migrating data from MIlvus1.0 to Milvus2.0", {"from": "milvus-1.0", "to": "milvus-2.0"}),
    ("chroma to milvus lite", {"from": "chroma", "to": "lite"}),
    ("faiss index to milvus", {"from": "faiss"}),
    ("my old milvus lite .db file cannot be read", {"from": "lite-old"}),
    ("how to back up and restore", {"backup": True}),
    ("restore a backup from minio into another cluster", {"restore": True}),
    ("back up milvus on helm to s3", {"backup": True, "install": "helm"}),
    ("moving off Pinecone, need to land it in Zilliz Cloud", {"from": "pinecone", "to": "cloud"}),
    ("bulk insert of parquet files", {"from": "parquet"}),
    ("I have a csv, how do I import it into standalone?", {"from": "csv", "to": "standalone"}),
    (
        "my old demo.db from lite 2.4, how to get it into a docker standalone",
        {"from": "lite-old", "to": "standalone"},
    ),
    (
        "backup of our cluster, the storage is on aws s3",
        {"backup": True, "from": "distributed", "storage": "aws"},
    ),
    ("how do i get from 2.3.4 to 2.6", {"from": "milvus-2.3.4", "to": "milvus-2.6"}),
    (
        "restore a milvus-backup made on 2.4 into a 2.6 cluster",
        {"from": "milvus-2.4", "to": "milvus-2.6", "restore": True},
    ),
    ("ditching elasticsearch for milvus", {"from": "elasticsearch"}),
    ("migrate from mysql to milvus", {"from": "mysql"}),
    ("we move from MongoDB Atlas to Zilliz Cloud", {"from": "mongodb atlas", "to": "cloud"}),
]
STAYS = [
    "standalone is slow since 2.6.4",
    "pinecone is expensive",
    "pymilvus 2.4.3 import error",
    "I go to lunch",
    "from 2.5 seconds to 3.0 seconds, search got slower",
    "elasticsearch or milvus?",
    "bulk insert from a numpy file fails with wrong schema",
    "insert into a json field",
    "import pymilvus fails with a json error",
    "yes",
    "",
]


@pytest.mark.parametrize(("text", "found"), MOVES, ids=[text for text, _ in MOVES])
def test_both_ends_of_a_move_are_read(text: str, found: dict[str, object]) -> None:
    assert read_move(text) == found


@pytest.mark.parametrize("text", STAYS)
def test_who_moves_nothing_moves_nothing(text: str) -> None:
    assert read_move(text) == {}


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    found = read_move(text)
    assert "from" not in found or found["from"] != found.get("to")
