"""Memory and speed of `threadlore ingest` on a generated DiscordChatExporter file.

    python benchmarks/ingest_memory.py --megabytes 220

Writes an export of the wanted size into a temporary folder, reads it in a process of its own (parse,
scrub, languages, records; no conversations, no vectors) and prints the peak memory and the rate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

WORDS = (
    "milvus standalone cluster etcd minio index hnsw recall query node memory collection partition upgrade "
    "helm docker compose search latency insert flush segment compaction vector dimension why does not start"
)
PEOPLE = 500
LOG = '[WARN] [querynodev2/services.go:232] ["failed to load"] [id=449812345678901234] [ip=10.0.3.17]\n'


def write_export(path: Path, megabytes: int, seed: int = 7) -> int:
    """Write an export of about `megabytes`; return how many messages it holds."""
    rng = random.Random(seed)
    words = WORDS.split()
    at = datetime(2024, 1, 1, tzinfo=UTC)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{"guild":{"id":"1","name":"G","iconUrl":""},"channel":{"id":"2","type":"GuildTextChat",')
        file.write('"categoryId":null,"category":null,"name":"general","topic":null},"dateRange":{},')
        file.write('"exportedAt":"2026-01-01T00:00:00+00:00","messages":[')
        while file.tell() < megabytes << 20:
            person = rng.randrange(PEOPLE)
            text = " ".join(rng.choices(words, k=rng.randrange(4, 40))) + "?"
            message = {
                "id": str(900_000_000_000_000_000 + count),
                "type": "Default",
                "timestamp": (at + timedelta(seconds=37 * count)).isoformat(),
                "timestampEdited": None,
                "content": text + (f"\n```\n{LOG * 4}```" if count % 9 == 0 else ""),
                "author": {"id": str(person), "name": f"user{person}", "nickname": f"User {person}",
                           "isBot": False, "roles": [{"id": "1", "name": "member", "color": None}]},
                "attachments": [], "embeds": [], "stickers": [], "mentions": [], "inlineEmojis": [],
                "reactions": [{"emoji": {"id": "", "name": "👍"}, "count": 2, "users": [{"id": "5"}] * 2}],
            }  # fmt: skip
            file.write(("," if count else "") + json.dumps(message, indent=2))
            count += 1
        file.write(f'],"messageCount":{count}}}')
    return count


def measure(path: Path, folder: Path, answers: Connection) -> None:
    """Ingest `path` into `folder`; send (messages, seconds, peak MB)."""
    from threadlore.ingest.scrub import Scrubber
    from threadlore.ingest.sources import open_source
    from threadlore.ingest.sync import ingest
    from threadlore.store.records import Records

    records = Records(folder)
    started = time.perf_counter()
    scrubber, now = Scrubber.for_folder(folder), datetime(2026, 1, 1, tzinfo=UTC)
    done = asyncio.run(ingest(open_source(path), records, scrubber, now, erase=lambda *_: 0))
    seconds = time.perf_counter() - started
    records.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    answers.send((done.stage.counts["read"], seconds, peak, len(done.skipped)))


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=220)
    wanted = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_export(folder / "export.json", wanted)
        size = (folder / "export.json").stat().st_size / (1 << 20)
        context = multiprocessing.get_context("spawn")
        receiving, sending = context.Pipe(duplex=False)
        for label in ("first", "again"):
            child = context.Process(target=measure, args=(folder / "export.json", folder / "data", sending))
            child.start()
            read, seconds, peak, skipped = receiving.recv()
            child.join()
            print(
                f"{label}: {size:.0f} MB, {read:,} of {count:,} messages, {skipped} skipped, "
                f"{seconds:.0f} s, {size / seconds:.1f} MB/s, peak {peak} MB"
            )


if __name__ == "__main__":
    main()
