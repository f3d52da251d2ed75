"""Which tool a question calls for."""

from __future__ import annotations

import pytest

from threadlore.agents.tool_choice import chosen_tool, offered_tools
from threadlore.profile import Profile, ToolHint, load_profile
from threadlore.tools.calling import arguments_for, read_case
from threadlore.tools.registry import find_tool


@pytest.fixture(scope="module")
def milvus() -> Profile:
    return load_profile("milvus")


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("how much ram do i need for 20M vectors 768 dim", "size"),
        ("will 5 million embeddings fit in 32 GB of memory?", "size"),
        ("memory needed for HNSW", "size"),
        ("what is a segment", "diagnose"),
        ("etcdserver: mvcc: database space exceeded", "diagnose"),
        ("which index is best for 2M vectors", "index"),
        ("hnsw or diskann?", "index"),
        ("what is a good nprobe for nlist 1024", "index"),
        ("what is nprobe?", None),
        ("index for 20M vectors 768d, 10000 qps", "index"),
        ("what HNSW parameters for recall 0.98 with 3M 1024d?", "index"),
        ("how do I benchmark milvus for 10M 768d vectors?", "diagnose"),
        ("Create index hangs after insert 600million vectors with 64dimensions", None),
        ("we run 40M 768d vectors on 256GB and search takes 2 seconds", None),
        ("HNSW is slow on 40M 768d vectors, how much memory do I need?", "size"),
        ("GPU index for 10M 768d vectors, A100 80GB", "index"),
        ("which embedding model is good for japanese", "embed"),
        ("standalone or distributed for 30M vectors?", "deploy"),
        ("how do I migrate from qdrant to milvus", "migrate"),
        ("upgrade from 2.4 to 2.6", "migrate"),
        ("Wie viel Speicher brauchen wir für 5 Millionen Vektoren mit 768 Dimensionen?", "size"),
        ("planning hardware. It is 40M vectors of 768 dims, what should it be?", "size"),
        ("recommend me an index, it is 2M 768d vectors", "index"),
        ("best way to rebuild an index", None),
        ("which scalar index for a varchar field", None),
        ("bge-m3 vs e5-large, which is better?", "embed"),
        ("hnsw or ivf for bge-m3 and e5-large vectors?", "index"),
        ("should I move to standalone?", "deploy"),
        ("how do I get from lite to standalone", "migrate"),
        ("import csv into milvus", "migrate"),
        ("bulk insert of parquet fails with an error", None),
        ("which milvus do I install on my laptop", "deploy"),
        ("how do i drop 3 partitions at once", None),
        ("best pizza in Berlin?", None),
        ("whats the default nlist, 128?", None),
        ("what distance should i pick for bge-m3", "index"),
        ("which index?", "index"),
        ("standalone for 12 million embeddings, good idea?", "deploy"),
        ("how do I find slow queries", "diagnose"),
        ("container exits with code 139", "diagnose"),
        ("what embedding should I use for images", "embed"),
        ("ivf_pq ram with 960 dims", "size"),
        ("what size of instance for clip image embeddings?", "size"),
        ("which prometheus metrics matter", "diagnose"),
        ("can I use milvus on my windows laptop", None),
        ("can we host milvus on graviton", "deploy"),
        ("same but 3072 dims and 1 million docs", "size"),
        ("单机能撑住5000万向量吗，还是要上集群", "deploy"),
        ("need embeddings for french legal docs that run on cpu", "embed"),
        ("pinecone is expensive", None),
        ("does 900k x 3072 fit in 32GB?", "size"),
        ("and with 12M x 512 and 3 replicas?", "size"),
        ("how do i insert 5 million 768d vectors faster", None),
        ("how long does it take to search 5M 768d vectors?", None),
        ("cagra or scann for 5M vectors", "index"),
        ("need 0.99 recall for 2M vectors, what do you suggest", "index"),
        ("no docker allowed here, how do I run milvus", "deploy"),
        ("is zilliz cloud worth it for 10M vectors or should we self-host", "deploy"),
        ("how do i get from 2.3.4 to 2.6 without downtime", "migrate"),
        ("is it true that 2.6.3 and 2.6.4 differ", None),
        ("etcd does not start", None),
        ("is there a node sdk", None),
        ("", None),
    ],
)
def test_the_words_of_a_question_call_for_a_tool(milvus: Profile, question: str, tool: str | None) -> None:
    found = chosen_tool(milvus, question)
    assert (found.name if found else None) == tool


def test_a_known_error_goes_to_the_diagnosis_whatever_else_is_said(milvus: Profile) -> None:
    question = "load failed, OOM if load, how much memory do I need for 20M vectors of 768 dims?"
    found = chosen_tool(milvus, question)
    assert found is not None and found.name == "diagnose"


def test_arguments_let_the_words_stand_in_other_sentences(milvus: Profile) -> None:
    hint = ToolHint(tool="size", about=("memory",), asks=("how much",), carries=("vectors", "dim"))
    profile = milvus.model_copy(update={"tools": (hint,)})
    assert chosen_tool(profile, "How much is it? The memory. We have 5M 768d vectors.") is not None
    assert chosen_tool(profile, "How much is it? The memory. We have vectors.") is None
    bare = milvus.model_copy(update={"tools": (hint.model_copy(update={"carries": ()}),)})
    assert chosen_tool(bare, "How much is it? The memory.") is None
    assert chosen_tool(bare, "How much is it, the memory?") is not None


def test_a_profile_without_tools_calls_for_none(milvus: Profile) -> None:
    bare = milvus.model_copy(update={"tools": ()})
    assert offered_tools(bare) == {}
    assert chosen_tool(bare, "etcdserver: mvcc: database space exceeded") is None


def test_a_tool_that_is_not_there_is_passed_over(milvus: Profile) -> None:
    hints = (ToolHint(tool="teleport", keywords=("ram",)), *milvus.tools)
    found = chosen_tool(milvus.model_copy(update={"tools": hints}), "how much ram do i need")
    assert found is not None and found.name == "size"


def test_arguments_are_those_that_were_said_and_that_the_tool_takes() -> None:
    size = find_tool("size")
    said = arguments_for(size, "20 million 1536-dim embeddings from OpenAI, 64 gig box, kafka, standalone")
    assert said == {
        "vectors": 20_000_000,
        "dim": 1536,
        "memory_bytes": 64 * 2**30,
        "dependency": "kafka",
        "mode": "standalone",
    }


def test_a_value_that_the_tool_refuses_is_left_out() -> None:
    assert "dim" not in arguments_for(find_tool("size"), "10M vectors", {"vectors": 10**7, "dim": 10**9})


def test_segments_are_said_in_bytes_and_asked_in_mb() -> None:
    assert read_case("segment size 2GB")["segment_size_mb"] == 2048


def test_a_known_error_is_a_message_and_anything_else_a_question() -> None:
    diagnose = find_tool("diagnose")
    assert arguments_for(diagnose, "exec format error") == {"message": "exec format error"}
    assert arguments_for(diagnose, "what is a segment") == {"question": "what is a segment"}
