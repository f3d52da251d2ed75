"""The starter entries of the Milvus profile: whole, checked, true now, and asked in many ways."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from threadlore.agents.grounding.facts import entry_facts
from threadlore.faq_files import normal_question, profile_entries, read_entry, write_entry
from threadlore.profile import load_profile
from threadlore.seams import Answer
from threadlore.types import EntryState, FaqEntry

ROOT = Path(__file__).parents[1]
CASES: list[dict[str, Any]] = json.loads(
    (ROOT / "benchmarks" / "seed_questions" / "cases.json").read_text(encoding="utf-8")
)
ENTRIES = {entry.id: entry for entry in profile_entries("milvus")}
SEEDS = [
    f"{letter}{number}" for letter, last in (("D", 5), ("P", 4), ("M", 4)) for number in range(1, last + 1)
]
KANA = r"[\u3040-\u30ff]"
HAN = r"[\u4e00-\u9fff]"


def _runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "seed_questions_run", ROOT / "benchmarks" / "seed_questions" / "run.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_there_are_about_26_entries_and_each_is_approved() -> None:
    assert len(ENTRIES) >= 26
    assert all(entry.state is EntryState.APPROVED for entry in ENTRIES.values())
    assert len({normal_question(entry.question) for entry in ENTRIES.values()}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=str)
def test_an_entry_is_whole(entry: FaqEntry) -> None:
    assert entry.question.endswith("?")
    words = len(re.findall(r"\w[\w.,'-]*", re.sub(r"[|`#*]", " ", entry.answer)))
    assert 80 <= words <= 220
    assert entry.checked_at
    assert entry.area in {area.name for area in load_profile("milvus").areas}
    assert len(entry.doc_links) >= 2
    assert all(link.url.startswith("https://") and link.version and link.title for link in entry.doc_links)
    assert read_entry(write_entry(entry), f"{entry.id}.md") == entry


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=str)
def test_an_entry_is_asked_in_many_words_and_in_two_more_languages(entry: FaqEntry) -> None:
    assert 20 <= len(entry.paraphrases) <= 26
    assert len({normal_question(text) for text in (entry.question, *entry.paraphrases)}) == 1 + len(
        entry.paraphrases
    )
    japanese = [text for text in entry.paraphrases if re.search(KANA, text)]
    chinese = [text for text in entry.paraphrases if re.search(HAN, text) and not re.search(KANA, text)]
    assert len(japanese) == 1
    assert len(chinese) == 1


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=str)
def test_an_entry_states_nothing_that_has_aged(entry: FaqEntry) -> None:
    assert entry_facts(load_profile("milvus"), entry) == []


def test_no_paraphrase_stands_in_two_entries() -> None:
    texts = [
        normal_question(text) for entry in ENTRIES.values() for text in (entry.question, *entry.paraphrases)
    ]
    assert len(set(texts)) == len(texts)


def test_every_seed_question_has_its_case() -> None:
    assert [case["id"] for case in CASES] == SEEDS
    assert all(len(case["wordings"]) == 4 and re.search(KANA, case["japanese"]) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_the_expected_entry_holds_every_fact_and_none_that_aged(case: dict[str, Any]) -> None:
    answer = ENTRIES[case["entry"]].answer
    missing = [
        ways for ways in case["must"] if not any(re.search(way, answer, re.IGNORECASE) for way in ways)
    ]
    assert missing == []
    assert [bad for bad in case["must_not"] if re.search(bad, answer, re.IGNORECASE)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_the_wordings_of_the_benchmark_are_not_those_of_the_entries(case: dict[str, Any]) -> None:
    known = {
        normal_question(text) for entry in ENTRIES.values() for text in (entry.question, *entry.paraphrases)
    }
    asked = {normal_question(text) for text in [*case["wordings"], case["japanese"]]}
    assert asked & known == set()


def test_the_benchmark_judges_entry_facts_and_tool() -> None:
    judge = _runner().judge
    case = next(case for case in CASES if case["id"] == "D2")
    whole = Answer("answered", ENTRIES["size-hardware"].answer, 0.9, entry_id="size-hardware")
    assert judge(case, "ram?", False, whole).passed
    assert not judge(case, "ram?", False, Answer("answered", "Much.", 0.9, entry_id="size-hardware")).passed
    assert judge(case, "50M?", False, Answer("tool", "61 GB", 0.9, tool="size")).passed
    assert not judge(case, "ram?", False, Answer("handover", "Ask there.", 0.1)).passed
    assert judge(case, "メモリは？", True, Answer("handover", "Ask there.", 0.1)).passed
