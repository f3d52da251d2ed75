"""From a file to pages and answers, and again, and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.community import (
    BACKUP,
    BACKUP_ANSWER,
    ETCD,
    ETCD_ANSWER,
    FLOOD_MARK,
    OPEN,
    PRIVATE_MARK,
    SOURCE,
    Post,
    backup_posts,
    community,
    etcd_posts,
    with_answer,
    write,
)
from tests.e2e.conftest import Shell, files_with


def bring(shell: Shell, posts: Sequence[Post], name: str = "forum.jsonl") -> Path:
    """Ingest posts and analyze them; return their file."""
    file = write(shell.data.parent / name, posts)
    shell("ingest", file, "--source", SOURCE)
    shell("analyze")
    return file


def entry_about(shell: Shell, words: str) -> dict[str, object]:
    """Return the entry whose question holds `words`, of several the one that most people asked."""
    found = [entry for entry in shell("faq", "list", "--json").json if words in entry["question"]]
    return dict(max(found, key=lambda entry: (len(entry["question_ids"]), entry["id"])))


def approved(shell: Shell, words: str) -> str:
    """Approve the entry whose question holds `words`; return its id."""
    key = str(entry_about(shell, words)["id"])
    shell("review", "approve", key)
    return key


def test_from_a_file_to_pages_and_an_answer(shell: Shell) -> None:
    bring(shell, community())
    queue = shell("review", "list", "--json").json
    assert [entry["askers"] for entry in queue] == [4, 4, 3]
    key = approved(shell, "etcd")
    shell("site")
    shell("report")
    pages = "".join(path.read_text() for path in (shell.data / "site").rglob("*.md"))
    assert "local SSD" in pages and "https://forum.example/e" in pages
    report = (shell.data / "report" / "report.md").read_text()
    assert OPEN in report and BACKUP[0] in report
    answer = shell("ask", ETCD[1], "--json").json
    assert (answer["kind"], answer["entry_id"]) == ("answered", key)
    assert "local SSD" in answer["text"] and answer["sources"]


def test_every_sentence_of_a_draft_is_found_letter_for_letter_in_a_message(shell: Shell) -> None:
    bring(shell, community())
    said = "\n".join(text for post in community() for text in (post.asked, post.answer))
    for entry in shell("faq", "list", "--json").json:
        assert entry["citations"]
        assert all(citation["quote"] in said for citation in entry["citations"])


def test_the_second_time_nothing_is_new_and_neither_embedder_nor_milvus_is_opened(
    shell: Shell, settings: pytest.MonkeyPatch
) -> None:
    file = bring(shell, community())
    before = shell.dump()
    settings.setenv("THREADLORE_EMBEDDER", "no-such-embedder")
    settings.setenv("THREADLORE_MILVUS_URI", "http://127.0.0.1:1")
    again = shell("ingest", file, "--source", SOURCE)
    assert "Nothing new." in again.out and "added 0" in again.out
    shell("analyze")
    assert shell.dump() == before


def test_pages_that_did_not_change_are_not_written(shell: Shell) -> None:
    bring(shell, community())
    approved(shell, "etcd")
    assert shell("site", "--json").json["changed"] and shell("report", "--json").json["changed"]
    assert shell("site", "--json").json["changed"] == shell("report", "--json").json["changed"] == []


def test_an_approved_entry_edited_in_its_file_stays_as_the_person_left_it(
    shell: Shell, tmp_path: Path
) -> None:
    bring(shell, community())
    key = approved(shell, "etcd")
    folder = tmp_path / "faq"
    shell("faq", "export", folder)
    file = folder / f"{key}.md"
    file.write_text(file.read_text().replace("local SSD", "local NVMe disk"))
    assert shell("faq", "import", folder, "--json").json["changed"] == [key]
    edited = entry_about(shell, "etcd")
    assert (edited["state"], "local NVMe disk" in str(edited["answer"])) == ("approved", True)
    bring(shell, [Post("e9", "newcomer", ETCD[0], "Also give it 4 GB of memory.", day=30)], "more.jsonl")
    now = entry_about(shell, "etcd")
    assert (now["state"], now["answer"], now["question"]) == (
        "approved",
        edited["answer"],
        edited["question"],
    )
    assert "NVMe" in shell("ask", ETCD[2], "--json").json["text"]


def test_a_rejected_entry_stays_rejected(shell: Shell) -> None:
    bring(shell, community())
    key = str(entry_about(shell, "etcd")["id"])
    shell("review", "reject", key, "--reason", "not ours")
    bring(shell, [Post("e9", "newcomer", ETCD[0], ETCD_ANSWER, day=30)], "more.jsonl")
    assert (entry_about(shell, "etcd")["id"], entry_about(shell, "etcd")["state"]) == (key, "rejected")
    assert key not in {entry["id"] for entry in shell("review", "list", "--json").json}


def test_a_draft_is_never_an_answer(shell: Shell) -> None:
    bring(shell, community())
    approved(shell, "etcd")
    answer = shell("ask", BACKUP[0], "--json").json
    assert answer["kind"] != "answered" and answer["entry_id"] is None
    assert "--colls" not in answer["text"]
    shell("site")
    assert not files_with(shell.data / "site", "--colls")


def test_what_is_private_reaches_no_page_and_no_answer(shell: Shell) -> None:
    bring(shell, community())
    private = entry_about(shell, PRIVATE_MARK)
    assert private["visibility"] == "private"
    approved(shell, PRIVATE_MARK)
    approved(shell, "etcd")
    shell("site")
    shell("report")
    for folder in ("site", "report"):
        assert files_with(shell.data / folder, PRIVATE_MARK) == []
    assert PRIVATE_MARK not in shell("search", f"rotate the token of the {PRIVATE_MARK}", "--json").out
    assert PRIVATE_MARK not in shell("ask", "How do I rotate the token of the cluster?", "--json").out
    shell("faq", "export", shell.data.parent / "faq")
    assert files_with(shell.data.parent / "faq", PRIVATE_MARK) == []


def test_one_author_alone_makes_no_entry(shell: Shell) -> None:
    bring(shell, community())
    assert FLOOD_MARK not in shell("faq", "list", "--json").out


def test_late_messages_settle_an_open_question_and_make_its_entry(shell: Shell) -> None:
    asked = [Post(post.key, post.asker, post.asked, day=post.day) for post in backup_posts()]
    bring(shell, [*etcd_posts(), *asked])
    assert "backup" not in shell("faq", "list", "--json").out
    bring(shell, [*etcd_posts(), *backup_posts()], "later.jsonl")
    assert "--colls" in str(entry_about(shell, "back up only one collection")["answer"])


def test_a_newer_export_wins_and_the_draft_follows_the_edited_message(shell: Shell) -> None:
    bring(shell, community())
    assert "4294967296" in str(entry_about(shell, "etcd")["answer"])
    better = ETCD_ANSWER.replace("4294967296", "8589934592")
    file = bring(shell, [with_answer(post, better, edited=40) for post in etcd_posts()], "newer.jsonl")
    draft = str(entry_about(shell, "etcd")["answer"])
    assert "8589934592" in draft and "4294967296" not in draft
    shell("ingest", shell.data.parent / "forum.jsonl", "--source", SOURCE)
    shell("analyze")
    assert "4294967296" not in str(entry_about(shell, "etcd")["answer"])
    assert file.exists()


def test_an_approved_entry_is_offered_the_newer_answer_and_keeps_its_own(shell: Shell) -> None:
    bring(shell, community())
    approved(shell, "etcd")
    better = ETCD_ANSWER.replace("4294967296", "8589934592")
    bring(shell, [with_answer(post, better, edited=40) for post in etcd_posts()], "newer.jsonl")
    entry = entry_about(shell, "etcd")
    assert "8589934592" not in str(entry["answer"])
    revisions = entry["revisions"]
    assert isinstance(revisions, list) and "8589934592" in revisions[-1]["answer"]


def test_milvus_and_records_agree_after_the_whole_job(shell: Shell) -> None:
    bring(shell, community())
    approved(shell, "etcd")
    shell("ask", BACKUP_ANSWER)
    found = shell("store", "verify", "--json").json
    assert found["records"] == []
    assert {one["collection"]: one["found"] for one in found["collections"]}["phrasings"] >= 1
