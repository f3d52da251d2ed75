"""Known errors in logs, ranked from the root; guides; and an honest "not known"."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.known_errors import KNOWN
from threadlore.tools.diagnosis.guides import find_guides
from threadlore.tools.diagnosis.lines import Log
from threadlore.tools.diagnosis.masking import mask
from threadlore.tools.registry import ToolInputError, find_tool
from threadlore.tools.tables import table

CAUSES = [row["id"] for row in table("diagnoses")["causes"]]


def diagnose(**given: Any) -> dict[str, Any]:
    return find_tool("diagnose").call(given).result


def ids(result: dict[str, Any]) -> list[str]:
    return [
        each["id"] for cause in result["causes"] for each in (cause, *cause["consequences"])
    ]  # fmt: skip


def test_every_known_error_has_a_line_of_its_own_and_one_that_looks_alike() -> None:
    assert sorted(CAUSES) == sorted(KNOWN)
    assert len(CAUSES) >= 40


@pytest.mark.parametrize("cause", CAUSES)
def test_a_known_error_is_found_and_what_looks_alike_is_not(cause: str) -> None:
    line, alike = KNOWN[cause]
    found = diagnose(message=line)
    assert cause in ids(found)
    assert cause not in ids(diagnose(message=alike))


@pytest.mark.parametrize("cause", CAUSES)
def test_every_pattern_stands_behind_one_of_its_words(cause: str) -> None:
    """A pattern whose words are not looked for could never be met."""
    row = next(row for row in table("diagnoses")["causes"] if row["id"] == cause)
    line = KNOWN[cause][0]
    assert any(word in line.lower() for word in row["words"])
    assert all(word == word.lower() for word in row["words"])
    assert row["checks"] and row["mends"] and row["cause"]


def test_the_root_comes_first_and_what_follows_stands_under_it() -> None:
    log = "\n".join(
        (
            "[2026/11/26 09:00:09.000 +00:00] [ERROR] proxy is not ready",
            "[2026/11/26 09:00:01.000 +00:00] [WARN] etcdserver: mvcc: database space exceeded",
            "[2026/11/26 09:00:12.000 +00:00] [ERROR] no available shard leaders",
        )
    )
    found = diagnose(logs=[log])
    assert [cause["id"] for cause in found["causes"]] == ["etcd-space"]
    assert [one["id"] for one in found["causes"][0]["consequences"]] == [
        "no-shard-leader",
        "component-not-ready",
    ]


def test_of_several_files_each_is_named_with_its_line() -> None:
    found = diagnose(
        logs=["all is well\nOOMKilled\n", "x\ny\nbad member ID arg\n"], file_names=["query.log", "etcd.log"]
    )
    where = {one["id"]: (one["evidence"]["file"], one["evidence"]["line"]) for one in found["causes"]}
    assert where == {"exit-137": ("query.log", 2), "etcd-member-id": ("etcd.log", 3)}


def test_lines_that_only_inform_do_not_count() -> None:
    assert diagnose(message="[2026/11/26] [INFO] quota exceeded was the reason yesterday")["causes"] == []
    assert diagnose(message='{"level":"info","msg":"etcdserver: request timed out (fixed)"}')["causes"] == []


def test_a_code_alone_is_explained_and_no_more() -> None:
    found = diagnose(message="MilvusException: (code=1100, message=weird)")
    assert [(one["id"], one["confidence"]) for one in found["causes"]] == [("code 1100", "weak")]
    assert [one["id"] for one in diagnose(message="milvus error code=1401")["causes"]] == ["no-privilege"]
    assert diagnose(message="exit code=3 of my shell script")["causes"] == []


def test_the_quote_stands_in_the_log_letter_for_letter() -> None:
    line = "2026-11-26T09:00:00Z  ERROR\tgrpc: received message larger than max (135 vs. 67)"
    quote = diagnose(message=f"before\n{line}\nafter")["causes"][0]["evidence"]["quote"]
    assert quote in line


@pytest.mark.parametrize(
    "secret",
    ["hunter2hunter2", "AKIAABCDEFGHIJKLMNOP", "s3cr3t/with+signs="],
)
def test_secrets_are_not_quoted_back(secret: str) -> None:
    line = f"Access Denied: secretAccessKey={secret} uri=http://root:{secret}@db:19530 password: '{secret}'"
    found = find_tool("diagnose").call({"message": line})
    assert secret not in found.summary and secret not in str(found.result)
    assert "Access Denied" in found.summary


@given(st.text(max_size=300))
def test_masking_never_lengthens_a_secret_and_leaves_plain_words(text: str) -> None:
    assert mask("nothing to hide here") == "nothing to hide here"
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_to_read_is_an_error_with_a_way_out(text: str) -> None:
    with pytest.raises(ToolInputError, match="nothing to read") as caught:
        diagnose(message=text)
    assert caught.value.missing == ("message",)


def test_too_much_is_refused() -> None:
    with pytest.raises(ToolInputError, match="characters"):
        diagnose(logs=["a" * (64 * 2**20 + 1)])


def test_what_is_not_known_is_handed_over() -> None:
    found = find_tool("diagnose").call({"message": "the moon is in the wrong house"})
    assert found.result["known"] is False
    assert "Not known" in found.summary and "discord" in found.summary.lower()
    assert "office hours" in found.summary.lower()


@given(st.text(max_size=2_000) | st.binary(max_size=2_000).map(lambda raw: raw.decode("utf-8", "replace")))
@settings(max_examples=60)
def test_no_text_breaks_it(text: str) -> None:
    if text.strip():
        diagnose(logs=[text], message="etcdserver: mvcc: database space exceeded")


def test_colours_null_bytes_and_carriage_returns_hide_nothing() -> None:
    log = "\x1b[31metcdserver:\x1b[0m mvcc: \x00database space exceeded\r\nnext\r\n"
    assert ids(diagnose(logs=[log])) == ["etcd-space"]


def test_letters_that_grow_in_lower_case_shift_nothing() -> None:
    log = "İ" * 500 + "\nOOMKilled\n"
    assert [place.text for place in Log(log).find("oomkilled", 9)] == ["OOMKilled"]


def test_a_long_line_is_read_around_the_word() -> None:
    log = "x" * 100_000 + " etcdserver: mvcc: database space exceeded " + "y" * 100_000
    quote = diagnose(logs=[log])["causes"][0]["evidence"]["quote"]
    assert len(quote) <= 240


@pytest.mark.parametrize(
    ("question", "guide"),
    [
        ("why is my index build so slow?", "slow-index-build"),
        ("how do I measure performance?", "measure"),
        ("what is happening inside my cluster right now?", "look-inside"),
        ("how does segment sealing work?", "segments"),
        ("what does clustering compaction do", "compaction"),
        ("I deleted 10 million rows and the disk is still full", "compaction"),
        ("how do I run milvus on windows", "windows"),
        ("query node eats all the ram while nothing is running", "memory-inside"),
        ("can you fix my broken distributed deployment?", "distributed-broken"),
        ("inserted rows do not show up in search", "visibility"),
        ("inserts are getting slower with every batch", "slow-insert"),
        ("which prometheus metrics should I alert on", "monitoring"),
        ("cannot log in with attu", "attu-login"),
    ],
)
def test_questions_find_their_guide(question: str, guide: str) -> None:
    found = find_tool("diagnose").call({"question": question})
    assert found.result["guides"][0]["id"] == guide
    assert found.result["guides"][0]["steps"]


@pytest.mark.parametrize("question", ["best pizza in Berlin?", "which embedding model is good?"])
def test_other_questions_find_none(question: str) -> None:
    assert find_guides(question) == []
    assert diagnose(question=question)["known"] is False


def test_metrics_carry_the_prefix_of_the_product() -> None:
    metrics = [row["metric"] for guide in table("guides")["guides"] for row in guide.get("metrics", ())]
    assert len(metrics) > 20
    assert all("milvus_" in metric or metric.startswith("process_") for metric in metrics)


@pytest.mark.parametrize("row", table("diagnoses")["causes"], ids=lambda row: row["id"])
def test_patterns_cannot_run_away(row: dict[str, Any]) -> None:
    """No pattern repeats without a bound: a line of a log is what a stranger wrote."""
    for pattern in row["patterns"]:
        assert not re.search(r"(?:\.|\]|\)|\\[swdSWD])[*](?!\()|(?:\.|\\[sS])[+]", pattern), pattern
