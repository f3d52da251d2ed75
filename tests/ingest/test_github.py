"""GitHub issues, comments and discussions."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.samples import comment, discussion, github_discussions, github_issues, issue, write_json
from threadlore.errors import BadInput
from threadlore.incoming import Incoming, IncomingMessage, IncomingSkip, IncomingThread
from threadlore.ingest.sources import open_source, open_sources
from threadlore.types import Role


def read(path: Path) -> list[Incoming]:
    async def collect() -> list[Incoming]:
        source = open_source(path)
        assert source.name == "github:acme/vault"
        return [item async for batch in source.batches({}) for item in batch.items]

    return asyncio.run(collect())


def messages(found: list[Incoming]) -> dict[str, IncomingMessage]:
    return {item.native_id: item for item in found if isinstance(item, IncomingMessage)}


def threads(found: list[Incoming]) -> dict[str, IncomingThread]:
    return {item.native_id: item for item in found if isinstance(item, IncomingThread)}


def skips(found: list[Incoming]) -> list[str]:
    return [item.reason for item in found if isinstance(item, IncomingSkip)]


def test_concatenated_pages_are_one_list(tmp_path: Path) -> None:
    found = read(github_issues(tmp_path))
    assert list(threads(found)) == ["issues/1", "issues/2", "issues/3"]
    assert [thread.solved for thread in threads(found).values()] == [None, True, None]


@pytest.mark.parametrize(
    "form",
    [
        lambda rows: json.dumps([rows]),
        lambda rows: "\n".join(map(json.dumps, rows)),
        lambda rows: json.dumps(rows[0]),
    ],
    ids=["slurp", "a line each", "single"],
)
def test_other_shapes_that_gh_prints(tmp_path: Path, form: Any) -> None:
    (tmp_path / "x.json").write_text(form([issue(1), issue(2)]), encoding="utf-8")
    assert "issues/1" in threads(read(tmp_path / "x.json"))


def test_comments_find_their_issue_in_whatever_order_the_files_lie(tmp_path: Path) -> None:
    write_json(tmp_path / "a comments.json", [comment(51, 1), comment(52, 9)])
    write_json(tmp_path / "b issues.json", [issue(1)])
    found = read(tmp_path)
    assert messages(found)["comments/51"].thread_id == "issues/1"
    assert messages(found)["comments/51"].author.role is Role.MAINTAINER
    assert threads(found)["issues/1"].title == "[Bug]: crash number 1"
    assert threads(found)["issues/9"].title == ""


def test_a_body_loses_hidden_comments_and_keeps_code_and_mentions(tmp_path: Path) -> None:
    opening = messages(read(github_issues(tmp_path)))["issues/1"]
    assert opening.text == "It crashes, @bob please look. `@dataclass` is code."
    assert [person.native_id for person in opening.mentions] == ["bob"]
    assert opening.author.native_id == "ann" and opening.marks.thanks == 2


def test_pull_requests_and_their_comments_are_counted(tmp_path: Path) -> None:
    pull = issue(4, pull_request={"url": "x"}, html_url="https://github.com/acme/vault/pull/4")
    write_json(tmp_path / "issues.json", [issue(1), pull])
    write_json(tmp_path / "comments.json", [comment(61, 4), comment(62, 1)])
    found = read(tmp_path)
    assert set(messages(found)) == {"issues/1", "comments/62"}
    assert sorted(skips(found)) == ["1 comments of pull requests", "1 pull requests: they ask nothing"]


def test_another_repository_in_the_same_file_is_counted(tmp_path: Path) -> None:
    other = json.loads(json.dumps(issue(8)).replace("acme/vault", "acme/other"))
    assert (
        "1 items of another repository, acme/other"
        in skips(read(write_json(tmp_path / "x.json", [issue(1), other])))[0]
    )


@pytest.mark.parametrize(
    ("fields", "solved"),
    [
        ({"state": "closed", "state_reason": "completed"}, True),
        ({"state": "closed", "state_reason": "not_planned"}, None),
        ({"state": "closed", "labels": [{"name": "stale"}]}, None),
        ({"state": "open"}, None),
    ],
)
def test_closed_is_solved_unless_it_was_given_up(
    tmp_path: Path, fields: dict[str, Any], solved: bool | None
) -> None:
    found = read(write_json(tmp_path / "x.json", [issue(1, **fields)]))
    assert threads(found)["issues/1"].solved is solved


def test_a_deleted_account_and_a_bot(tmp_path: Path) -> None:
    rows = [issue(1, user=None), issue(2, user={"login": "dependabot[bot]", "type": "Bot"})]
    found = messages(read(write_json(tmp_path / "x.json", rows)))
    assert found["issues/1"].author.native_id == "ghost"
    assert found["issues/2"].author.role is Role.BOT


def test_a_discussion_with_its_answer_and_replies(tmp_path: Path) -> None:
    found = read(github_discussions(tmp_path))
    thread = threads(found)["discussions/11"]
    assert (thread.title, thread.solved, thread.tags) == ("How do I set it?", True, ("config",))
    answer, reply = messages(found)["dcomments/21"], messages(found)["dcomments/31"]
    assert (answer.marks.solved, answer.marks.thanks, answer.author.role) == (1, 3, Role.MAINTAINER)
    assert reply.reply_to == "dcomments/21" and reply.thread_id == "discussions/11"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: [rows],
        lambda rows: rows,
        lambda rows: [{"data": {"repository": {"discussions": {"nodes": rows}}}}] * 2,
        lambda rows: {"data": {"search": {"nodes": rows}}},
        lambda rows: {"data": {"repository": {"discussion": rows[0]}}},
    ],
    ids=["slurped lists", "bare nodes", "slurped pages", "search", "single"],
)
def test_discussions_in_other_shapes(tmp_path: Path, wrap: Any) -> None:
    found = read(write_json(tmp_path / "d.json", wrap([discussion(11)])))
    assert "dcomments/21" in messages(found), skips(found)


def test_comments_that_the_file_cut_off_are_named(tmp_path: Path) -> None:
    raw = discussion(11)
    raw["comments"]["pageInfo"] = {"hasNextPage": True}
    assert "more comments" in skips(read(write_json(tmp_path / "d.json", {"data": {"nodes": [raw]}})))[0]


def test_issues_and_discussions_of_a_repository_share_a_name(tmp_path: Path) -> None:
    github_issues(tmp_path)
    github_discussions(tmp_path)
    assert {source.name for source in open_sources([tmp_path]).sources} == {"github:acme/vault"}


def test_discussions_without_addresses_need_a_name(tmp_path: Path) -> None:
    raw = json.loads(
        json.dumps({"data": {"repository": {"discussions": {"nodes": [discussion(11)]}}}}).replace(
            "https://", ""
        )
    )
    path = write_json(tmp_path / "d.json", raw)
    with pytest.raises(BadInput, match="repository"):
        open_source(path)
    assert open_source(path, "acme/vault").name == "github:acme/vault"
