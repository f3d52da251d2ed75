"""A process that fills a data folder step by step, to be killed at any moment and started again.

`python -m tests.store.writer FOLDER [PAGES]` prints a line after every step and `done` at the end.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.store.builders import CHANNEL, a_batch, a_conversation, a_message, a_question, a_thread, an_entry
from threadlore.seams import CleanBatch
from threadlore.store.outbox import drain
from threadlore.store.records import Records
from threadlore.store.vectors import MilvusVectors
from threadlore.testing import HashEmbedder

PAGE = 20
DIMENSION = 16


def page(number: int) -> CleanBatch:
    """Return the messages of a page: half in a thread of its own, half in the channel."""
    thread = a_thread(str(number), f"Thread {number}")
    first = 1 + PAGE * number
    messages = [
        a_message(str(key), f"Question {key} about part {key % 7}", thread_id=thread.id if key % 2 else None)
        for key in range(first, first + PAGE)
    ]
    return a_batch(*messages, threads=(thread,), cursor=("page", str(number)))


def step(text: str) -> None:
    """Say what is done."""
    print(text, flush=True)


def fill(records: Records, vectors: MilvusVectors, pages: int) -> None:
    """Ingest what the cursor says is new, split, distil, make entries, and index after each page."""
    embedder = HashEmbedder(DIMENSION)
    start = int(records.cursors("discord:test").get("page", "-1")) + 1
    for number in range(start, pages):
        records.save_batch(page(number))
        step(f"page {number}")
        asyncio.run(drain(records, lambda: vectors, lambda: embedder))
        step(f"indexed {number}")
    for place in records.places_to_split():
        _, messages, _ = records.place_messages(place)
        if place == CHANNEL:
            cuts = [messages[at : at + 5] for at in range(0, len(messages), 5)]
            records.save_split(place, [a_conversation(place, cut) for cut in cuts])
        else:
            records.save_split(place, [])
        step(f"split {place}")
    due = records.conversations_to_distil("extractive")
    for conversation in records.conversations(due):
        asked = conversation.messages[0]
        found = [a_question(conversation.thread.id, asked, asked.text)]
        records.save_questions("extractive", {conversation.thread.id: found})
        step(f"distilled {conversation.thread.id}")
    records.save_entries([an_entry(f"e_{number}", question=f"Entry {number}?") for number in range(pages)])
    asyncio.run(drain(records, lambda: vectors, lambda: embedder))


def main() -> None:
    """Fill the folder that the command line names."""
    folder, pages = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 6
    records = Records(folder)
    vectors = MilvusVectors(str(folder / "milvus.db"), dimension=DIMENSION)
    fill(records, vectors, pages)
    asyncio.run(vectors.close())
    records.close()
    step("done")


if __name__ == "__main__":
    main()
