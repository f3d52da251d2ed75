"""The shipped profiles: they load, their patterns work, and their entries hold what they promise."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from threadlore.agents.grounding.facts import check_facts
from threadlore.errors import BadInput, NotFound
from threadlore.faq_files import profile_entries
from threadlore.profile import Profile, load_profile
from threadlore.tools.registry import tools
from threadlore.tools.tables import table
from threadlore.types import AppliesTo

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "fact_wordings.toml").read_text(encoding="utf-8"))
CURRENT: list[str] = TABLE.pop("current")
WORDINGS: dict[str, dict[str, list[str]]] = TABLE


@pytest.fixture(scope="module")
def milvus() -> Profile:
    return load_profile("milvus")


@pytest.mark.parametrize("name", ["milvus", "generic"])
def test_a_shipped_profile_has_the_four_areas_with_examples_and_working_patterns(name: str) -> None:
    profile = load_profile(name)
    assert [area.name for area in profile.areas] == ["deployment", "performance", "data", "other"]
    for area in profile.areas:
        assert len(area.examples) >= 10
        assert len(set(area.examples)) == len(area.examples)
        assert area.title
        assert area.description
        assert all(re.compile(word) for word in area.keywords)
    patterns = [pattern for names in profile.entities.values() for pattern in names.values()]
    patterns += [word for hint in profile.tools for word in hint.keywords]
    assert all(re.compile(pattern) for pattern in patterns)


def test_the_generic_profile_knows_no_product() -> None:
    generic = load_profile("generic")
    assert generic.facts == ()
    assert generic.tools == ()
    assert "milvus" not in generic.model_dump_json().lower()


def test_the_milvus_profile_names_only_tools_that_exist(milvus: Profile) -> None:
    assert {hint.tool for hint in milvus.tools} <= {name for name, tool in tools().items() if tool.pure}
    assert {"deploy", "diagnose", "size"} <= {hint.tool for hint in milvus.tools}


def test_every_place_that_names_the_current_release_names_the_same(milvus: Profile) -> None:
    current = milvus.current_version
    upgrade = next(entry for entry in profile_entries("milvus") if entry.id == "upgrade-version")

    assert table("indexes")["releases"][-1]["latest"] == current
    assert table("deploy_files")["images"][0]["tag"] == f"v{current}"
    assert table("migration")["upgrades"][-1]["over"] == current
    assert f"Milvus {current}" in table("deploy")["version"]
    assert f"| {current} |" in upgrade.answer


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        ("deployment", "we run stand-alone on one VM", {"Standalone"}),
        ("deployment", 'MilvusClient("./demo.db")', {"Milvus Lite"}),
        ("deployment", "k8s, milvus cluster via helm", {"Distributed"}),
        ("index", "HNSW M=16 or ivf sq8?", {"HNSW", "IVF_SQ8"}),
        ("index", "IVF_FLAT with nlist 1024", {"IVF_FLAT"}),
        ("index", "disk ann on nvme", {"DISKANN"}),
        ("index", "HNSW_SQ against gpu_cagra", {"HNSW_SQ", "GPU_CAGRA"}),
        ("metric", "cosine vs dot product", {"COSINE", "IP"}),
        ("metric", "the IP address of the proxy", set()),
        ("source_system", "from pgvector on postgres 16", {"pgvector"}),
        ("source_system", "elasticsearch 8 dense_vector", {"Elasticsearch"}),
        ("os", "WSL2 on Windows 11", {"Windows"}),
        ("os", "macbook m3", {"macOS"}),
        ("os", "ubuntu 22.04", {"Linux"}),
    ],
)
def test_entities_are_found_in_peoples_words(milvus: Profile, kind: str, text: str, names: set[str]) -> None:
    found = {
        name for name, pattern in milvus.entities[kind].items() if re.search(pattern, text, re.IGNORECASE)
    }
    assert found == names


def test_there_are_enough_aged_facts_with_ranges_and_sources(milvus: Profile) -> None:
    assert len(milvus.facts) >= 30
    assert len({fact.id for fact in milvus.facts}) == len(milvus.facts)
    for fact in milvus.facts:
        assert fact.until
        assert fact.source.startswith("https://")
        assert fact.replacement != fact.statement


def test_every_aged_fact_has_wordings_to_find_and_to_pass() -> None:
    facts = {fact.id for fact in load_profile("milvus").facts}
    assert facts == set(WORDINGS)
    assert all(len(words["found"]) >= 3 and len(words["passed"]) >= 3 for words in WORDINGS.values())


@pytest.mark.parametrize("fact_id", sorted(WORDINGS))
def test_an_aged_statement_is_found_in_other_words(milvus: Profile, fact_id: str) -> None:
    (fact,) = [fact for fact in milvus.facts if fact.id == fact_id]
    missed = [text for text in WORDINGS[fact_id]["found"] if not re.search(fact.pattern, text)]
    assert missed == []


@pytest.mark.parametrize("fact_id", sorted(WORDINGS))
def test_what_holds_now_is_left_alone_by_every_fact(milvus: Profile, fact_id: str) -> None:
    hits = [
        (fact.id, text)
        for text in WORDINGS[fact_id]["passed"]
        for fact in milvus.facts
        if re.search(fact.pattern, text)
    ]
    assert hits == []


@pytest.mark.parametrize("text", CURRENT)
def test_a_current_statement_is_no_aged_one(milvus: Profile, text: str) -> None:
    assert check_facts(milvus, text, AppliesTo()) == []


def test_a_statement_that_names_its_old_version_is_no_aged_one(milvus: Profile) -> None:
    pattern = next(fact.pattern for fact in milvus.facts if fact.id == "default-values")
    assert re.search(pattern, "Default values are not supported since 2.4.")
    assert not re.search(pattern, "In 2.4 default values are not supported.")
    assert re.search(pattern, "In 2.6 default values are not supported.")


def test_patterns_find_a_statement_inside_a_longer_answer(milvus: Profile) -> None:
    pattern = next(fact.pattern for fact in milvus.facts if fact.id == "index-node")
    answer = "Start with AUTOINDEX. Then add two index nodes and watch the build.\n\n- Load after that."
    assert re.search(pattern, answer)


def test_patterns_stay_fast_on_long_hostile_text(milvus: Profile) -> None:
    hostile = ("milvus lite segments not no default index node " * 40 + "\n") * 5
    for fact in milvus.facts:
        re.search(fact.pattern, hostile)


@pytest.mark.parametrize(
    ("content", "message"),
    [("name = ", "cannot be read"), ('name = "x"\nproduct = "y"\n', "cannot be read")],
)
def test_a_broken_profile_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "profile.toml").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        load_profile(str(tmp_path))


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(NotFound, match="nowhere"):
        load_profile("nowhere")
