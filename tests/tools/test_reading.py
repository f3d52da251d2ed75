"""What people write, and the arguments that it carries."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.tools.reading import read_arguments, read_sizes
from threadlore.tools.units import read_bytes, read_count, show_bytes

GB = 2**30

PHRASINGS: list[tuple[str, dict[str, object]]] = [
    ("memory for 50M 768d HNSW?", {"vectors": 50_000_000, "dim": 768, "index": "HNSW"}),
    ("how much ram do i need", {}),
    ("10M vectors of 1536 dimensions", {"vectors": 10_000_000, "dim": 1536}),
    ("1.5B vectors, 128-dim, ivf sq8", {"vectors": 1_500_000_000, "dim": 128, "index": "IVF_SQ8"}),
    ("50 million embeddings 768-dimensional", {"vectors": 50_000_000, "dim": 768}),
    ("we have 20 mio vectors", {"vectors": 20_000_000}),
    ("got 100k vecs with dim=384", {"vectors": 100_000, "dim": 384}),
    ("1,000,000 vectors at dim 1024", {"vectors": 1_000_000, "dim": 1024}),
    ("1.000.000 vectors dimension: 256", {"vectors": 1_000_000, "dim": 256}),
    ("10 000 000 vectors x 128", {"vectors": 10_000_000, "dim": 128}),
    ("1000万条768维向量用HNSW需要多少内存", {"vectors": 10_000_000, "dim": 768, "index": "HNSW"}),
    ("1亿向量 维度1024 需要多大内存?", {"vectors": 100_000_000, "dim": 1024}),
    ("五百万向量，768维，64G内存够吗", {"vectors": 5_000_000, "dim": 768, "memory_bytes": 64 * GB}),
    ("1.5亿条数据 512维 IVF_FLAT", {"vectors": 150_000_000, "dim": 512, "index": "IVF_FLAT"}),
    ("5000万向量768维HNSW需要多少内存", {"vectors": 50_000_000, "dim": 768, "index": "HNSW"}),
    ("5000萬向量768維HNSW", {"vectors": 50_000_000, "dim": 768, "index": "HNSW"}),
    ("3億向量128維度DISKANN", {"vectors": 300_000_000, "dim": 128, "index": "DISKANN"}),
    ("2000万条1536维IVF_FLAT", {"vectors": 20_000_000, "dim": 1536, "index": "IVF_FLAT"}),
    ("維度為1024，共三千萬條數據", {"vectors": 30_000_000, "dim": 1024}),
    ("数据量3000万，每条1024维", {"vectors": 30_000_000, "dim": 1024}),
    ("1億件の768次元ベクトル", {"vectors": 100_000_000, "dim": 768}),
    ("次元数は384でベクトルは100万件", {"vectors": 1_000_000, "dim": 384}),
    ("768次元のベクトルが1000万件あります", {"vectors": 10_000_000, "dim": 768}),
    ("5千万件の1024次元ベクトルをHNSWで", {"vectors": 50_000_000, "dim": 1024, "index": "HNSW"}),
    ("768次元HNSWのベクトル数は20万", {"vectors": 200_000, "dim": 768, "index": "HNSW"}),
    ("1億ベクトル 768次元", {"vectors": 100_000_000, "dim": 768}),
    (
        "a million docs with text-embedding-3-small",
        {"vectors": 1_000_000, "dim": 1536, "embedding_model": "text-embedding-3-small"},
    ),
    (
        "all-MiniLM-L6-v2, 3 million chunks",
        {"vectors": 3_000_000, "dim": 384, "embedding_model": "all-MiniLM-L6-v2"},
    ),
    (
        "5M bge-m3 embeddings on diskann",
        {"vectors": 5_000_000, "dim": 1024, "index": "DISKANN", "embedding_model": "bge-m3"},
    ),
    ("text-embedding-3-large cut to 1024 dims", {"dim": 1024, "embedding_model": "text-embedding-3-large"}),
    ("half a million vectors", {"vectors": 500_000}),
    ("10Mx768", {"vectors": 10_000_000, "dim": 768}),
    ("10M x 768d hnsw", {"vectors": 10_000_000, "dim": 768, "index": "HNSW"}),
    ("size for 1e6 vectors 768D", {"vectors": 1_000_000, "dim": 768}),
    ("10^7 vectors", {"vectors": 10_000_000}),
    ("num_vectors=1000000 dim=96", {"vectors": 1_000_000, "dim": 96}),
    ("number of vectors: 2.5M", {"vectors": 2_500_000}),
    ("collection with 12 million, 768 dims", {"vectors": 12_000_000, "dim": 768}),
    ("5-10M vectors", {"vectors": 10_000_000}),
    (
        "we have 5M openai ada-002 embeddings",
        {"vectors": 5_000_000, "embedding_model": "text-embedding-ada-002", "dim": 1536},
    ),
    ("100 tenants with 1M vectors each, dim 768", {"vectors": 100_000_000, "dim": 768}),
    ("20 collections, each with 2 million 768d vectors", {"vectors": 40_000_000, "dim": 768}),
    ("3 collections of 10M 1024-dim vectors", {"vectors": 30_000_000, "dim": 1024}),
    ("50 users with 10k vectors per user", {"vectors": 500_000}),
    ("10M vectors, each 768 dims", {"vectors": 10_000_000, "dim": 768}),
    ("10 million bfloat16 vectors of dim 1024", {"vectors": 10_000_000, "dim": 1024}),
    ("100M SIFT 128d", {"vectors": 100_000_000, "dim": 128}),
    ("vectors 5M, dim 128", {"vectors": 5_000_000, "dim": 128}),
    ("HNSW M 16, 10M 768d", {"vectors": 10_000_000, "dim": 768, "m": 16, "index": "HNSW"}),
    ("HNSW 10 M 768d", {"vectors": 10_000_000, "dim": 768, "index": "HNSW"}),
    ("5000万条1024维向量,128GB内存", {"vectors": 50_000_000, "dim": 1024, "memory_bytes": 128 * GB}),
    ("内存128GB, 5000万向量", {"vectors": 50_000_000, "memory_bytes": 128 * GB}),
    ("we have 2M vectors now and 10M vectors next year", {"vectors": 10_000_000}),
    (
        "will 10M 768d vectors fit on a 64 gig box",
        {"vectors": 10_000_000, "dim": 768, "memory_bytes": 64 * GB},
    ),
    ("i only have 16GB ram", {"memory_bytes": 16 * GB}),
    ("server has 128 GiB memory, 2TB nvme", {"memory_bytes": 128 * GB, "disk_bytes": 2048 * GB}),
    ("16 g ram, 100k vectors", {"vectors": 100_000, "memory_bytes": 16 * GB}),
    ("I have 8 GB and 500k vectors", {"vectors": 500_000, "memory_bytes": 8 * GB}),
    ("2KB of metadata per row, 10M vectors 768d", {"vectors": 10_000_000, "dim": 768, "scalar_bytes": 2048}),
    ("each row has 200 bytes of scalars", {"scalar_bytes": 200}),
    ("ivf flat nlist 1024", {"index": "IVF_FLAT", "nlist": 1024}),
    ("IVF-FLAT with nlist=16384 and nprobe: 32", {"index": "IVF_FLAT", "nlist": 16384, "nprobe": 32}),
    ("hnsw M=16 efConstruction=200 ef=64", {"index": "HNSW", "m": 16, "ef_construction": 200, "ef": 64}),
    ("{'M': 30, 'efConstruction': 360}", {"m": 30, "ef_construction": 360}),
    ("disk ann max_degree 64", {"index": "DISKANN", "max_degree": 64}),
    ("ivf_rabitq refine_type=SQ8", {"index": "IVF_RABITQ", "refine_type": "SQ8"}),
    ("HNSW or DISKANN for cosine?", {"indexes": ["HNSW", "DISKANN"], "metric": "COSINE"}),
    ("hnsw_sq with inner product", {"index": "HNSW_SQ", "metric": "IP"}),
    ("euclidean distance, flat index", {"index": "FLAT", "metric": "L2"}),
    ("GPU_CAGRA on milvus 2.4.5", {"index": "GPU_CAGRA", "versions": ["2.4.5"]}),
    (
        "upgrade from v2.3.21 to 2.4.15 standalone",
        {"versions": ["2.3.21", "2.4.15"], "deployment": "standalone"},
    ),
    (
        "milvus 2.6.x cluster mode with kafka",
        {"versions": ["2.6.x"], "deployment": "distributed", "dependency": "kafka"},
    ),
    ("Milvus-Lite 3.0 on windows", {"versions": ["3.0"], "deployment": "lite"}),
    ("2 replicas and 500 qps", {"replicas": 2, "qps": 500}),
    (
        "~30 million openai ada embeddings with HNSW",
        {"vectors": 30_000_000, "dim": 1536, "embedding_model": "text-embedding-ada-002", "index": "HNSW"},
    ),
    ("ten million cohere v3 embeddings", {"vectors": 10_000_000, "dim": 1024}),
    ("50k minilm vectors", {"vectors": 50_000, "dim": 384}),
    ("75 mio. vectors, 768 dimensions", {"vectors": 75_000_000, "dim": 768}),
    ("400k docs, each chunked into about 20 pieces", {"vectors": 8_000_000}),
    ("2M articles, 5 chunks per article", {"vectors": 10_000_000}),
    ("100k documents cut into 3 million chunks in total", {"vectors": 3_000_000}),
    ("900M fingerprints of 64 bits, binary", {"vectors": 900_000_000, "dim": 64}),
    ("ivf_pq with m=64", {"index": "IVF_PQ", "pq_m": 64}),
    ("hnsw_pq M=16", {"index": "HNSW_PQ", "m": 16}),
    ("bge m3 or text embedding 3 small?", {"models": ["bge-m3", "text-embedding-3-small"]}),
    ("about 1M rows a day on 5M vectors", {"writes_per_day": 1_000_000, "vectors": 5_000_000}),
    ("5 mln embeddings, two replicas", {"vectors": 5_000_000, "replicas": 2}),
    ("120M vectors (768)", {"vectors": 120_000_000, "dim": 768}),
    ("10k PDFs, ~300 chunks per PDF", {"vectors": 3_000_000}),
    ("1k QPS on 1M vectors", {"qps": 1000, "vectors": 1_000_000}),
    ("hnsw, 768 dims, 25M instead", {"vectors": 25_000_000, "dim": 768, "index": "HNSW"}),
    ("18 million abstracts, embedded", {"vectors": 18_000_000}),
    ("a 40M collection, 1024d", {"vectors": 40_000_000, "dim": 1024}),
    ("120k pdfs cut into 2.4 million pieces", {"vectors": 2_400_000}),
    ("two A100 with 80GB each, 5M vectors", {"vectors": 5_000_000}),
    ("would 96GB be sufficient", {"memory_bytes": 96 * 2**30}),
    ("kafka instead of pulsar", {"dependency": "kafka"}),
    ("nnz = 200", {"non_zeros": 200}),
    ("n=1.5e8, d=192", {"vectors": 150_000_000, "dim": 192}),
    ("1200만 벡터 768차원", {"vectors": 12_000_000, "dim": 768}),
    ("4 A10G GPUs, 24GB each", {}),
    ("768 dims at 99% recall", {"dim": 768}),
    ("768 dims at 10 ms", {"dim": 768}),
    ("ivf_pq m 16, 2.2 bn vectors", {"vectors": 2_200_000_000, "index": "IVF_PQ", "pq_m": 16}),
    ("we are at 11 million vectors, can i go to 20M?", {"vectors": 20_000_000}),
    ("400,000 images", {"vectors": 400_000}),
    ("but only 100k vectors", {"vectors": 100_000}),
    ("400万个bge-m3向量", {"vectors": 4_000_000, "dim": 1024, "embedding_model": "bge-m3"}),
    ("about 150 non-zeros in each", {"non_zeros": 150}),
    ("3x replicas", {"replicas": 3}),
    ("not 20M but 10M vectors", {"vectors": 10_000_000}),
    ("5M vectors now instead of 20M vectors", {"vectors": 5_000_000}),
    ("why not 10M vectors", {"vectors": 10_000_000}),
    ("fits or not, 10M vectors", {"vectors": 10_000_000}),
    ("standalone or zilliz cloud", {"deployments": ["standalone", "cloud"]}),
]
TRAPS: list[tuple[str, dict[str, object]]] = [
    ("connection refused on port 19530", {}),
    ("cannot connect to 127.0.0.1:19530", {}),
    ("it happened on 2024-10-12 at 12:30", {}),
    ("released 2024.10.12", {}),
    ("latency is 300ms at p99", {}),
    ("search takes 1.5 s", {}),
    ("batch size 1000", {}),
    ("my batch size is 1000 vectors", {}),
    ("the limit is 16000 vectors", {}),
    ("but not 3 replicas", {}),
    ("max dim is 32768?", {}),
    ("7B model embeddings", {}),
    ("an 8B embedding model, hnsw", {"index": "HNSW"}),
    ("1024 instead of 768 dims", {}),
    ("5M page views, embeddings of 768d", {"dim": 768}),
    ("insert in batches of 1000 vectors", {}),
    ("insert 5000 vectors per second", {}),
    ("10k vectors/s ingest rate", {}),
    ("top 10", {}),
    ("return top 100 vectors", {}),
    ("limit=16384", {}),
    ("pymilvus 2.4.3 on python 3.11.4", {}),
    ("etcd 3.5.5 and minio 2.8.2", {}),
    ("cuda 12.1, driver 535", {}),
    ("data older than 30d", {}),
    ("retention of 90d", {}),
    ("ttl 128d", {}),
    ("error code 65535", {}),
    ("issue #27003", {}),
    ("my parquet file is 64GB", {}),
    ("uploads a 3GB json", {}),
    ("24GB GPU", {}),
    ("the logs are 5 GB", {}),
    ("50M", {}),
    ("how do I get more than 16,384 rows", {}),
    ("only 10k vectors are returned", {}),
    ("dims 0 million", {}),
    ("2M dollars for our vector search", {}),
    ("embedding api calls cost $2M", {}),
    ("2k qps, 768d", {"dim": 768, "qps": 2000}),
    ("10k tokens with embeddings", {}),
    ("3M and 5M, hnsw", {"index": "HNSW"}),
    ("500GB of 768d float32 vectors", {"dim": 768}),
    ("embedding-001 vectors", {}),
    ("-5 vectors", {}),
    ("768", {}),
    ("1000", {}),
    ("3 nodes with 4 cores", {}),
    ("costs 10k a month", {}),
    ("2 vs 3 dimensions of the problem", {"dim": 3}),
    ("the ip of the server is 10.0.0.1", {}),
    ("a flat earth", {}),
    ("2 million users who search vectors", {}),
    ("we have 3 large collections", {}),
    ("each of the 3 docs has 5 pages", {}),
    ("64-bit linux", {}),
    ("it used to take 20 million years", {}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "expected"), PHRASINGS, ids=[text for text, _ in PHRASINGS])
def test_reads_what_is_said(text: str, expected: dict[str, object]) -> None:
    assert read_arguments(text) == expected


@pytest.mark.parametrize(("text", "expected"), TRAPS, ids=[text or "empty" for text, _ in TRAPS])
def test_invents_nothing(text: str, expected: dict[str, object]) -> None:
    assert read_arguments(text) == expected


@pytest.mark.parametrize("unit", ["vectors", "M vectors", "GB ram", "qps", " x 768"])
def test_a_number_longer_than_any_count_is_none(unit: str) -> None:
    read = read_arguments("1" * 400 + " " + unit)
    assert not {"vectors", "memory_bytes", "qps"} & read.keys()


@pytest.mark.parametrize("word", ["1M", "768", "768d", "hnsw", "vectors", "1M x"])
def test_white_space_is_read_as_the_same_however_long(word: str) -> None:
    assert read_arguments(f"{word}{' ' * 6000}q") == read_arguments(f"{word}{' ' * 9}q")


@given(st.text(max_size=200))
def test_any_text_is_read_without_error(text: str) -> None:
    read_arguments(text)


@given(st.integers(min_value=1, max_value=10**11))
def test_grouped_digits_are_the_same_count(value: int) -> None:
    assert read_count(f"{value:,}") == read_count(str(value)) == value


@given(st.sampled_from("KMGT"), st.integers(min_value=1, max_value=4096))
def test_units_of_bytes_are_powers_of_1024(letter: str, value: int) -> None:
    power = "KMGT".index(letter) * 10 + 10
    assert read_bytes(f"{value}{letter}B") == read_bytes(f"{value} {letter}iB") == value << power


def test_bytes_are_shown_as_the_official_page_shows_them() -> None:
    assert show_bytes(512000000000) == "476.8 GB"
    assert show_bytes(1024) == "1024 B"
    assert show_bytes(5.85 * 2**40) == "5.85 TB"


WORDS = re.findall(
    r"\S+",
    "50M 10 million 1536 dims vectors HNSW 20 qps queries per second 64 GB RAM 200GB disk of ssd x 768"
    " text-embedding-3-small 0 万 100万 向量 docs a billion , . ?",
)


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_sizes_are_what_is_read_of_them_with_everything_else(text: str) -> None:
    read = read_arguments(text)
    names = ("vectors", "dim", "qps", "memory_bytes", "disk_bytes")
    assert dict(read_sizes(text)) == {name: read[name] for name in names if name in read}
