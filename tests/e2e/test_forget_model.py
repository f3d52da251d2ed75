"""Forgetting goes all the way with a model that repeats what it reads wherever it may write something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.community import ETCD, ETCD_ANSWER, SOURCE, Post, community
from tests.e2e.conftest import Shell, files_with
from tests.e2e.test_job import bring, entry_about
from threadlore.testing.endpoint import Asked, Body, FakeEndpoint, serving
from threadlore.testing.plain_model import answer

MARK = "quokkaplumbing"
ASKED = f"Why does etcd keep crashing the {MARK} way when I start the standalone container?"
QUOTE = f"Move the etcd volume to a local SSD, the {MARK} way."


class Parrot:
    """The plain model, which says a word of one member wherever it has read it, and often out of place.

    `spoilt` are the replies, by their fields, of which the first that would say it does not fit, so that a
    repair is asked.
    """

    def __init__(self) -> None:
        self.spoilt: set[tuple[str, ...]] = set()
        self.said: set[str] = set()

    def __call__(self, asked: Asked) -> Any:
        reply = dict(answer(asked))
        if MARK not in asked.text:
            return reply
        self.said |= reply.keys()
        if fields_of(asked.body) not in self.spoilt:
            self.spoilt.add(fields_of(asked.body))
            return json.dumps({"about": f"This is the {MARK} way."})
        for one in reply.get("topics", []):
            one |= {"name": f"etcd crashes {MARK}", "line": f"Why does etcd crash the {MARK} way"}
        for one in reply.get("sentences", []):
            one["text"] = f"{one['text']} {MARK}"
        if reply.get("claims"):
            cites = reply["claims"][0]["cites"]
            reply["claims"] += [
                {"form": "sentence", "text": f"Nobody cites the {MARK} way.", "cites": []},
                {"form": "sentence", "text": f"Another is cited for the {MARK} way.", "cites": cites},
            ]
            reply["question"] = f"Why does etcd keep crashing the {MARK} way?"
        return reply


def marked() -> list[Post]:
    """Return the forum with one helper and one asker whose words bear a mark."""
    late = Post("e8", "asker8", ASKED, f"{QUOTE} {ETCD_ANSWER}", day=9, helper="marked")
    return [*community(), late]


@pytest.fixture
def endpoint(settings: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    with serving(FakeEndpoint(Parrot())) as served:
        settings.setenv("THREADLORE_MODEL_URL", served.url)
        settings.setenv("THREADLORE_MODEL", "fake")
        yield served


def holding(shell: Shell) -> list[str]:
    """Return the rows that hold the mark, to tell where it stayed, and the files that do."""
    rows = [
        line[max(0, line.lower().index(MARK) - 150) :][:260] for line in shell.dump() if MARK in line.lower()
    ]
    return rows + [str(path) for path in shell.holds(MARK)]


def fields_of(body: Body) -> tuple[str, ...]:
    """Return what a reply to a request has, in whichever form its schema is sent: the first spoilt reply
    makes the next request send it in another."""
    form = body.get("response_format", {})
    schema = form.get("schema") or form.get("json_schema", {}).get("schema", {})
    return tuple(schema.get("properties", {}))


def prompts_with_mark(endpoint: FakeEndpoint) -> set[str]:
    """Return the fields of all replies that were asked for with the mark in the request."""
    return {name for body in endpoint.requests if MARK in json.dumps(body) for name in fields_of(body)}


def test_what_the_model_made_of_it_is_in_no_file_and_on_no_page(shell: Shell, endpoint: FakeEndpoint) -> None:
    bring(shell, marked())
    shell("site", "--out", shell.data.parent / "pages")
    shell("report", "--out", shell.data.parent / "pages2", "--since", "120d")
    assert {"asking", "topics", "claims"} <= prompts_with_mark(endpoint)
    assert shell.holds(MARK)
    shell("forget", "marked", "asker8")
    assert holding(shell) == []
    for folder in ("pages", "pages2"):
        assert files_with(shell.data.parent / folder, MARK) == []
    shell("store", "verify")
    shell("analyze")
    assert holding(shell) == []


def test_trails_of_drafts_that_were_written_anew_keep_nothing_of_it(
    shell: Shell, endpoint: FakeEndpoint, settings: pytest.MonkeyPatch
) -> None:
    bring(shell, marked())
    for number in range(2):
        settings.setenv("THREADLORE_NOW", f"2026-11-0{number + 2}T00:00:00+00:00")
        other = "Give etcd 4 GB of memory, then it does not crash again when the container starts."
        more = [
            Post(f"n{number}{n}", f"new{number}{n}", text, other, day=30 + n) for n, text in enumerate(ETCD)
        ]
        bring(shell, more, f"more{number}.jsonl")
    shell("forget", "marked", "asker8")
    assert holding(shell) == []


def test_one_deleted_message_takes_what_the_model_made_of_it(shell: Shell, endpoint: FakeEndpoint) -> None:
    bring(shell, marked())
    shell("forget", f"{SOURCE}/e8m0", f"{SOURCE}/e8m1")
    assert holding(shell) == []


def test_a_rejected_draft_and_a_merged_one_keep_nothing_of_it(shell: Shell, endpoint: FakeEndpoint) -> None:
    bring(shell, marked())
    shell("review", "reject", str(entry_about(shell, "etcd")["id"]))
    shell("forget", "marked", "asker8")
    assert holding(shell) == []


def test_a_question_that_a_model_answers_is_written_down_nowhere(
    shell: Shell, endpoint: FakeEndpoint
) -> None:
    bring(shell, community())
    shell("review", "approve", str(entry_about(shell, "etcd")["id"]))
    asked = len(endpoint.requests)
    shell("ask", f"{ETCD[0]} I am {MARK}.")
    assert MARK in json.dumps(endpoint.requests[asked:])
    assert holding(shell) == []
