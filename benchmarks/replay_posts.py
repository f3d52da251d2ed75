"""What the bot would say to posts of a forum from the starter entries of a profile, side by side.

    python benchmarks/replay_posts.py --data FILE.jsonl.gz --out FILE [--profile milvus]

The data: a JSON line a post, with `key`, `title` and `text`. Written for a person to read: each post that the
bot would answer unasked, with the entry and its answer. It holds the forum's own text and is not to be
published.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import tempfile
from collections import Counter
from pathlib import Path

from threadlore.bot.deciding import answers_post
from threadlore.seams import Answer
from threadlore.settings import load_settings
from threadlore.wiring import Workspace, open_workspace


async def judged(workspace: Workspace, texts: list[str]) -> list[Answer]:
    """Seed the starter entries and judge every post as the bot does."""
    workspace.seed()
    await workspace.drain()
    return [await workspace.answerer.answer(text) for text in texts]


def main() -> None:
    """Judge the posts, write what would be answered, print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--profile", default="milvus")
    given = parser.parse_args()
    with gzip.open(given.data, "rt", encoding="utf-8") as file:
        posts = [json.loads(line) for line in file]
    texts = [f"{post['title']}\n{post['text']}" for post in posts]
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data=Path(folder) / "data", profile=given.profile)
        with open_workspace(settings) as workspace:
            answers = asyncio.run(judged(workspace, texts))
            entries = {entry.id: entry for entry in workspace.records.entries()}
    parts = []
    for post, text, answer in zip(posts, texts, answers, strict=True):
        entry = entries.get(answer.entry_id or "")
        if entry and answers_post(answer, entry, settings.bot_threshold, None):
            scores = f"confidence {answer.confidence:.2f}, likeness {answer.likeness:.2f}"
            parts += [f"# {post['key']}", scores, text, f"## {entry.question}", answer.text]
    given.out.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(f"posts {len(posts)}, answered unasked {len(parts) // 5}")
    print("as /ask would: " + str(dict(sorted(Counter(one.kind for one in answers).items()))))


if __name__ == "__main__":
    main()
