"""Forgetting goes all the way: no file of the data folder, no page, no second coming."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.community import (
    ETCD,
    ETCD_ANSWER,
    FLOOD_MARK,
    PRIVATE_MARK,
    SOURCE,
    Post,
    community,
    etcd_posts,
    with_answer,
    write,
)
from tests.e2e.conftest import Shell, files_with
from tests.e2e.test_job import approved, bring, entry_about
from threadlore.store.erasure import ERASING

MARK = "quokkaplumbing"


def marked() -> list[Post]:
    """Return the forum with one helper whose words bear a mark, beside others who help."""
    answer = f"Move the etcd volume to a local SSD, the {MARK} way. {ETCD_ANSWER}"
    late = Post("e8", "asker8", ETCD[0] + f" ({MARK})", answer, day=9, helper="marked")
    return [*community(), late]


def published(shell: Shell) -> None:
    """Approve what quotes the mark, publish it, and leave copies where a program may leave them."""
    bring(shell, marked())
    approved(shell, "etcd")
    shell("site", "--out", shell.data.parent / "pages")
    shell("report", "--out", shell.data.parent / "pages2", "--since", "120d")
    shell("search", MARK, "--json")
    assert shell.holds(MARK)


def test_the_text_is_in_no_file_and_on_no_page(shell: Shell) -> None:
    published(shell)
    done = shell("forget", "marked", "asker8", "--json").json
    assert sum(item["report"]["messages"] for item in done["forgotten"]) == 3
    assert shell.holds(MARK) == []
    for folder in ("pages", "pages2"):
        assert files_with(shell.data.parent / folder, MARK) == []
    shell("store", "verify")
    assert MARK not in shell("search", MARK, "--json").out


def test_what_ended_before_the_pages_were_written_is_finished_by_the_next_ingest(shell: Shell) -> None:
    published(shell)
    pages = shell.data.parent / "pages"
    (page,) = (path for path in files_with(pages, MARK) if path.parent.name == "entries")
    kept = page.rename(pages / "kept")
    (page / "in the way").mkdir(parents=True)
    shell("forget", "marked", "asker8", code=2)
    shutil.rmtree(page)
    kept.rename(page)
    assert files_with(pages, MARK) and (shell.data / ERASING).exists()
    shell("ingest", shell.data.parent / "forum.jsonl", "--source", SOURCE)
    assert files_with(pages, MARK) == [] and not (shell.data / ERASING).exists()


def test_ingesting_again_cannot_bring_it_back(shell: Shell) -> None:
    published(shell)
    shell("forget", "marked", "asker8")
    done = shell("ingest", shell.data.parent / "forum.jsonl", "--source", SOURCE)
    assert "refused 3" in done.out
    shell("analyze")
    assert shell.holds(MARK) == []
    assert entry_about(shell, "etcd")["state"] in ("approved", "stale")


def test_an_entry_that_stood_on_it_alone_turns_stale_and_leaves_the_pages(shell: Shell) -> None:
    bring(shell, community())
    key = approved(shell, "etcd")
    shell("site", "--out", shell.data.parent / "pages")
    assert files_with(shell.data.parent / "pages", "local SSD")
    shell("forget", "hanna")
    entries = {entry["id"]: entry for entry in shell("faq", "list", "--json").json}
    assert key not in entries or entries[key]["state"] == "stale"
    assert files_with(shell.data.parent / "pages", "local SSD") == []
    assert shell.holds("local SSD") == []
    assert shell("ask", ETCD[0], "--json").json["kind"] != "answered"


def test_one_message_and_one_thread_can_be_forgotten(shell: Shell) -> None:
    bring(shell, community())
    hit = shell("search", ETCD[0], "--json").json[0]["id"]
    done = shell("forget", hit, "--json").json
    assert done["forgotten"][0]["as_what"] == "thread"
    assert hit not in {found["id"] for found in shell("search", ETCD[0], "--json").json}


def test_the_list_names_pseudonyms_alone(shell: Shell) -> None:
    file = write(shell.data.parent / "forum.jsonl", etcd_posts())
    shell("ingest", file, "--source", SOURCE)
    shell("forget", "asker1")
    (only,) = shell("forget", "--list", "--json").json
    assert only.startswith("u_") and "asker1" not in only


QUOTER = "asker15"
NAME = "wombatella"
WORDS = f"Ask for the {MARK} way of moving the etcd volume to a local SSD."


def quoted() -> list[Post]:
    """Return the forum in which somebody with a telling name is thanked, quoted, named and repeated."""
    said = Post("e8", NAME, ETCD[0] + f" ({MARK})", WORDS, thanks=f"I am {NAME}.", day=9, helper=NAME)
    quotes = Post(
        "e9",
        QUOTER,
        f"> {WORDS}\n\nWhy does etcd keep crashing when I start the container, @{NAME}?",
        f"> {WORDS}\n\n{ETCD_ANSWER}",
        thanks=f"thanks @{NAME}! As {NAME.title()} said, that fixed it.",
        day=10,
    )
    return [*community(), said, quotes]


def test_names_and_quotes_in_the_words_of_others_go_too(shell: Shell) -> None:
    file = write(shell.data.parent / "forum.jsonl", quoted())
    broken = '{"type": "message", "text": "QUOTE"}\n{"id": "QUOTE"\n'.replace("QUOTE", WORDS)
    file.write_text(file.read_text() + broken)
    shell("ingest", file, "--source", SOURCE)
    shell("analyze")
    approved(shell, "etcd")
    shell("site", "--out", shell.data.parent / "pages")
    shell("report", "--out", shell.data.parent / "pages2", "--since", "120d")
    shell("search", WORDS, "--json")
    shell("store", "backup", shell.data.parent / "kept.tar")
    assert shell.holds(MARK)
    assert shell.holds(NAME) == []
    shell("forget", NAME)
    assert shell.holds(MARK) == []
    assert files_with(shell.data.parent / "pages", MARK) == []
    assert files_with(shell.data.parent / "pages2", MARK) == []
    # A backup is its owner's own: nothing but a person can take it back.
    assert files_with(shell.data.parent, MARK) == [
        shell.data.parent / "forum.jsonl",
        shell.data.parent / "kept.tar",
    ]
    shell("store", "verify")
    shell("ingest", file, "--source", SOURCE)
    shell("analyze")
    shell("site", "--out", shell.data.parent / "pages")
    assert shell.holds(MARK) == []
    assert files_with(shell.data.parent / "pages", MARK) == []


def test_what_others_wrote_beside_a_quote_stays(shell: Shell) -> None:
    bring(shell, quoted())
    shell("forget", NAME)
    texts = [line for line in shell.dump() if "e9m1" in line and "messages" in line]
    assert any("[removed]" in line and ETCD_ANSWER in line for line in texts)


def test_who_is_met_later_is_named_on_no_page(shell: Shell) -> None:
    posts = [with_answer(post, f"As {NAME} showed us: {ETCD_ANSWER}") for post in etcd_posts()]
    file = write(shell.data.parent / "forum.jsonl", posts)
    shell("ingest", file, "--source", SOURCE)
    shell("analyze")
    approved(shell, "etcd")
    shell("site", "--out", shell.data.parent / "pages")
    assert files_with(shell.data.parent / "pages", NAME)
    later = write(shell.data.parent / "later.jsonl", [Post("z1", NAME, "Is anybody here today?", day=40)])
    shell("ingest", later, "--source", SOURCE)
    assert shell.holds(NAME) == []
    assert files_with(shell.data.parent / "pages", NAME) == []
    assert files_with(shell.data.parent / "pages", "local SSD")
    shell("store", "verify")


def test_what_is_past_its_time_goes_and_an_approved_entry_stays_whole(
    shell: Shell, settings: pytest.MonkeyPatch
) -> None:
    bring(shell, community())
    approved(shell, "etcd")
    before = entry_about(shell, "etcd")
    settings.setenv("THREADLORE_RETENTION_DAYS", "30")
    (stage, *_) = shell("analyze", "--json").json["stages"]
    assert stage["name"] == "retention" and stage["counts"]["messages"] > 0
    assert shell.holds(PRIVATE_MARK) == [] and shell.holds(FLOOD_MARK) == []
    assert entry_about(shell, "etcd") == before
    assert "etcd volume" in shell("ask", ETCD[0]).out
    done = shell("ingest", shell.data.parent / "forum.jsonl", "--source", SOURCE, "--json").json
    assert done["stages"][0]["counts"]["added"] == 0 and shell.holds(FLOOD_MARK) == []
