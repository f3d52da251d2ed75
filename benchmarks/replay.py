"""What the bot would have said: learn from the first part of a forum's time, replay the posts of the rest.

    python benchmarks/replay.py --data DIR/meshcore_threads.jsonl.gz --out FOLDER

Every draft that passed all checks counts as approved, as by a reviewer who says yes to all of them. Each
later post is then judged as the bot judges it: the confidence over the threshold, or silence. `answered.md`
in the folder has question, answer and what the thread said, side by side, for a person to read; it holds
the forum's own text and is not to be published. The data: a JSON line a thread, with `thread_id`, `title`,
`parent` and `messages` (`id`, `timestamp`, `author`, `isBot`, `content`, `reference`, `reactions`).
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from threadlore.bot.deciding import answers_post
from threadlore.pipeline import analyze
from threadlore.review import approve
from threadlore.seams import Answer
from threadlore.settings import load_settings
from threadlore.types import EntryState, FaqEntry
from threadlore.wiring import Workspace, open_workspace

SAID = 6
"""Messages of a thread that are printed beside an answer."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Replayed:
    """A post and what the bot would have done."""

    thread: Json
    question: str
    answer: Answer
    entry: FaqEntry | None
    spoken: bool


def read_threads(path: Path) -> list[Json]:
    """Return the threads that somebody opened with a message of words, by when that was."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        threads = [json.loads(line) for line in file]
    opened = [thread for thread in threads if thread["messages"]]
    return sorted(opened, key=lambda thread: str(thread["messages"][0]["timestamp"]))


def moment(message: Json) -> datetime:
    """Return when a message was written."""
    return datetime.fromisoformat(message["timestamp"])


def cut_at(threads: Sequence[Json], share: float, by: str) -> datetime:
    """Return the moment that parts the learnt from the replayed: a share of the time, or of the posts."""
    if by == "posts":
        return moment(threads[int(len(threads) * share)]["messages"][0])
    times = [moment(message) for thread in threads for message in thread["messages"]]
    return min(times) + (max(times) - min(times)) * share


def learnt_lines(threads: Sequence[Json], until: datetime) -> list[str]:
    """Return what was written before a moment as Threadlore JSONL."""
    lines = []
    for thread in threads:
        said = [message for message in thread["messages"] if moment(message) < until]
        if said:
            lines.append(json.dumps(_line(thread, said), ensure_ascii=False))
    return lines


def _line(thread: Json, said: Sequence[Json]) -> Json:
    return {
        "type": "thread",
        "id": thread["thread_id"],
        "title": thread["title"],
        "channel": thread["parent"] or "general",
        "url": f"https://forum.example/{thread['thread_id']}",
        "messages": [_message(message) for message in said],
    }


def _message(message: Json) -> Json:
    made = {
        "id": message["id"],
        "author": message["author"],
        "at": message["timestamp"],
        "text": message["content"] or "",
        "role": "bot" if message.get("isBot") else "member",
    }
    reference = message.get("reference")
    if reference:
        made["reply_to"] = reference if isinstance(reference, str) else reference.get("messageId")
    return {key: value for key, value in made.items() if value is not None}


async def learn(workspace: Workspace, file: Path) -> tuple[int, int]:
    """Ingest and analyse; approve what passed every check. Return (drafts, approved)."""
    await workspace.ingest([file], name="forum:replay", url="https://forum.example")
    await analyze(workspace.analysis())
    drafts = [entry for entry in workspace.records.entries() if entry.state is EntryState.DRAFT]
    clean = [entry for entry in drafts if not entry.review_reasons and entry.answer.strip()]
    for entry in clean:
        approve(workspace.records, entry.id, workspace.clock.now(), "the replay")
    await workspace.drain()
    return len(drafts), len(clean)


async def replay(workspace: Workspace, posts: Sequence[Json], threshold: float) -> list[Replayed]:
    """Judge each post as the bot does."""
    entries = {entry.id: entry for entry in workspace.records.entries()}
    done = []
    for thread in posts:
        question = f"{thread['title']}\n{thread['messages'][0]['content']}"
        answer = await workspace.answerer.answer(question[:4000])
        entry = entries.get(answer.entry_id or "")
        spoken = answers_post(answer, entry, threshold, None)
        done.append(Replayed(thread, question, answer, entry, spoken))
    return done


def shown_beside(done: Sequence[Replayed]) -> str:
    """Return the posts that stay without an answer, with the settled threads that `/ask` would point to."""
    parts = []
    for number, post in enumerate(done, start=1):
        if post.spoken:
            continue
        said = [message["content"] for message in post.thread["messages"][1:] if message["content"]][:2]
        parts += [
            f"# {number}. {post.thread['title']} ({post.thread['thread_id']})",
            f"kind {post.answer.kind}, confidence {post.answer.confidence:.3f}",
            f"## Question\n{post.question[:500]}",
            *(f"## Shown: {one.title}\n{one.url}\n{one.answer}" for one in post.answer.related),
            "## What the thread said\n" + "\n---\n".join(text[:250] for text in said),
        ]
    return "\n\n".join(parts)


def side_by_side(done: Sequence[Replayed]) -> str:
    """Return answered posts with question, answer and what people said, for a person to judge."""
    parts = []
    for number, post in enumerate((one for one in done if one.spoken), start=1):
        said = [message["content"] for message in post.thread["messages"][1:] if message["content"]][:SAID]
        parts += [
            f"# {number}. {post.thread['title']} ({post.thread['thread_id']})",
            f"confidence {post.answer.confidence:.3f}, kind {post.answer.kind}",
            f"## Question\n{post.question[:1500]}",
            f"## Entry\n{post.entry.question if post.entry else '-'}",
            f"## Answer\n{post.answer.text[:1500]}",
            "## What the thread said\n" + "\n---\n".join(text[:500] for text in said),
        ]
    return "\n\n".join(parts)


def main() -> None:
    """Learn, replay, write, print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="Threads, a JSON line each, gzipped.")
    parser.add_argument("--out", type=Path, required=True, help="Folder for the data folder and answered.md.")
    parser.add_argument("--share", type=float, default=0.5, help="Share that is learnt from.")
    parser.add_argument("--by", choices=("time", "posts"), default="time", help="Share of what.")
    parser.add_argument("--threshold", type=float, default=None, help="Default: that of the settings.")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    threads = read_threads(given.data)
    until = cut_at(threads, given.share, given.by)
    file = given.out / "learnt.jsonl"
    file.write_text("\n".join(learnt_lines(threads, until)) + "\n", encoding="utf-8")
    posts = [
        thread
        for thread in threads
        if moment(thread["messages"][0]) >= until
        and not thread["messages"][0].get("isBot")
        and (thread["messages"][0]["content"] or "").strip()
    ]
    os.environ["THREADLORE_NOW"] = until.isoformat()
    settings = load_settings(data=given.out / "data")
    threshold = settings.bot_threshold if given.threshold is None else given.threshold
    with open_workspace(settings) as workspace:
        drafts, approved = asyncio.run(learn(workspace, file))
        done = asyncio.run(replay(workspace, posts, threshold))
    (given.out / "answered.md").write_text(side_by_side(done), encoding="utf-8")
    (given.out / "silent.md").write_text(shown_beside(done), encoding="utf-8")
    ranks = sorted((one.answer.confidence for one in done if one.answer.kind == "answered"), reverse=True)
    spoken = sum(one.spoken for one in done)
    print(f"learnt until {until:%Y-%m-%d}: {drafts} drafts, {approved} approved")
    print(f"posts replayed {len(done)}, answered {spoken} ({spoken / max(1, len(done)):.1%}), rest silent")
    kinds = Counter(one.answer.kind for one in done)
    print("as /ask would: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    pointed = sum(bool(one.answer.related) for one in done)
    print(f"posts with settled threads to show: {pointed}")
    print("highest confidences of answers: " + ", ".join(f"{rank:.2f}" for rank in ranks[:12]))


if __name__ == "__main__":
    main()
