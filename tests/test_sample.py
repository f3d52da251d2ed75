"""The bundled sample: it reads without a skip, and it holds what the demo needs."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

SAMPLE = Path(__file__).parents[1] / "threadlore" / "sample"
END = datetime(2026, 11, 15, 23, tzinfo=UTC)

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [json.loads(line) for line in (SAMPLE / "threads.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def threads(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["type"] == "thread"]


def _messages(rows: list[Row]) -> list[Row]:
    return [message for row in rows for message in row.get("messages", [row])]


def test_there_are_about_150_threads_over_ten_weeks(threads: list[Row]) -> None:
    assert 140 <= len(threads) <= 170
    times = [datetime.fromisoformat(message["at"]) for message in _messages(threads)]
    assert max(times) <= END
    assert timedelta(weeks=9) <= max(times) - min(times) <= timedelta(weeks=11)


def test_ids_are_unique_and_replies_point_to_earlier_messages(rows: list[Row]) -> None:
    messages = _messages(rows)
    place = {message["id"]: message["at"] for message in messages}
    assert len(place) == len(messages)
    assert len({row["id"] for row in rows}) == len(rows)
    for message in messages:
        if "reply_to" in message:
            assert place[message["reply_to"]] <= message["at"]


def test_no_text_comes_twice_except_from_the_flood(rows: list[Row]) -> None:
    texts = Counter(re.sub(r"\W+", " ", m["text"].lower()).strip() for m in _messages(rows))
    assert [text for text, times in texts.items() if times > 1 and len(text) > 12] == []


def test_one_author_floods_and_no_other_comes_near(threads: list[Row]) -> None:
    askers = Counter(thread["messages"][0]["author"] for thread in threads)
    (first, flood), (_, second) = askers.most_common(2)
    assert first == "echo_eve"
    assert flood >= 15
    assert second <= 4


@pytest.mark.parametrize(
    ("topic", "pattern"),
    [
        ("etcd at start", r"\betcd\b"),
        (
            "memory",
            r"(?:vectors?|embeddings?|hnsw|rows).*\b(?:gb|ram|memory)\b|\b(?:gb|ram|memory)\b.*vectors?",
        ),
        ("disk after delete", r"delet|drop collection|删除"),
        ("load", r"\bload(?:ing|ed)?\b"),
        ("fresh rows", r"insert.*(?:not|missing|count)|new vectors missing|upserted row"),
        ("upgrade", r"upgrade|2\.\d ?(?:->|to) ?(?:2\.6|3\.0)|升级"),
        ("16384", r"16384|all ids"),
        ("varchar", r"varchar"),
        ("old lite file", r"lite.*(?:old|db|upgrade)|\.db"),
        ("attu", r"\battu\b"),
        ("backup", r"back ?up|restore"),
        ("tenants", r"customer|partition|tenant"),
        ("full text", r"bm25|hybrid|rrf|全文"),
    ],
)
def test_a_topic_is_asked_by_several_people_and_settled(threads: list[Row], topic: str, pattern: str) -> None:
    asked = [t for t in threads if t.get("solved") and re.search(pattern, t["title"], re.IGNORECASE)]
    assert len({t["messages"][0]["author"] for t in asked}) >= 2, topic
    assert all(any(m.get("role") for m in t["messages"]) for t in asked)


def test_some_questions_wait_for_an_answer(threads: list[Row]) -> None:
    waiting = [
        t for t in threads if t["channel"] == "help" and len({m["author"] for m in t["messages"]}) == 1
    ]
    assert len({t["messages"][0]["author"] for t in waiting}) >= 12


def test_what_must_be_caught_is_there(rows: list[Row]) -> None:
    text = "\n".join(message["text"] for message in _messages(rows))
    for planted in (
        "Ignore all previous instructions",
        "@everyone",
        "<script>",
        "careless.c@example.com",
        "sk-test-FAKE",
        "203.0.113.17",
        "512 MB, it is in the performance faq",
        "100% sure",
    ):
        assert planted in text


def test_addresses_and_hosts_are_fakes(rows: list[Row]) -> None:
    text = json.dumps(rows, ensure_ascii=False)
    hosts = re.findall(r"https?://(?:[^@\s/\"]+@)?([a-z0-9.-]+)", text)
    assert {host for host in hosts if not host.endswith(("example.com", "milvus-standalone"))} == set()
    assert all(mail.endswith("example.com") for mail in re.findall(r"[\w.]+@[\w.-]+\.\w+", text))


def test_several_languages_and_kinds_of_places(rows: list[Row]) -> None:
    text = "\n".join(message["text"] for message in _messages(rows))
    assert len(re.findall(r"[\u3040-\u30ff]", text)) > 100
    assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 200
    channels = {row["channel"] for row in rows}
    assert {"help", "general", "off-topic", "announcements", "show-and-tell"} <= channels
    assert sum(row["type"] == "message" for row in rows) >= 30


def test_versions_from_24_to_30_are_named(rows: list[Row]) -> None:
    text = "\n".join(message["text"] for message in _messages(rows))
    for version in ("2.3", "2.4", "2.5", "2.6", "3.0"):
        assert re.search(rf"\b{re.escape(version)}\b", text)


def test_pages_have_headings_and_the_sample_says_what_it_is() -> None:
    pages = sorted((SAMPLE / "docs").glob("*.md"))
    assert 6 <= len(pages) <= 12
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert text.count("\n## ") >= 1
    assert "written for this project" in (SAMPLE / "README.md").read_text(encoding="utf-8")
