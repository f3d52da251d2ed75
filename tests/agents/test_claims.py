"""What a sentence claims that code can check."""

from __future__ import annotations

import pytest

from threadlore.agents.grounding.claims import missing_claims


@pytest.mark.parametrize(
    ("said", "evidence"),
    [
        ("10,000,000 vectors", "we have 10M vectors"),
        ("10 million vectors", "10M"),
        ("10M vectors", "10 000 000 rows"),
        ("1GB of memory", "needs 1 GB"),
        ("16 GB", "a 16G box"),
        ("50k rows", "50,000 rows"),
        ("768 dimensions", "768d"),
        ("768-dim vectors", "768 dim"),
        ("200 ms", "200ms"),
        ("Use v2.6.3.", "fixed in 2.6.3"),
        ("Set `queryNode.gracefulTime` to 0", "queryNode.gracefulTime: 0"),
        ("The QueryNode is down", "the query node crashed"),
        ("Use IVF_FLAT", "ivf flat is fine"),
        ("Pass --set etcd.replicas=3", "helm install --set etcd.replicas=3"),
        ("three nodes", "3 nodes"),
        ("1000万", "10,000,000"),
        ("See https://milvus.io/docs.", "https://milvus.io/docs"),
        ("On 2026-03-02 it was released", "2026-03-02"),
    ],
)
def test_other_ways_to_write_the_same_are_the_same(said: str, evidence: str) -> None:
    assert missing_claims(said, evidence) == []


@pytest.mark.parametrize(
    ("said", "evidence", "lacking"),
    [
        ("Use 2.10", "Use 2.1", "2.10"),
        ("Use 2.10 before", "Use 2.1 before", "2.10"),
        ("Use 2.6.3", "Use 2.6", "2.6.3"),
        ("Use 2.6", "Use 2.6.3", "2.6"),
        ("1 GB", "1 MB", "1 GB"),
        ("10M", "10,000", "10M"),
        ("Pass --force", "Pass --dry-run", "--force"),
        ("Call create_index()", "Call drop_index()", "create_index"),
        ("Use HNSW", "Use IVF_FLAT", "HNSW"),
        ("Set `nlist`", "Set `nprobe`", "nlist"),
        ("Wait 5 minutes", "Wait 5 seconds", "5 minutes"),
        ("https://evil.example/x", "https://milvus.io/docs", "https://evil.example/x"),
        ("four nodes", "3 nodes", "four"),
    ],
)
def test_what_the_evidence_does_not_say_is_named(said: str, evidence: str, lacking: str) -> None:
    assert lacking in missing_claims(said, evidence)
