"""`threadlore ingest discord` on a fake Discord of full size: whole, with faults, and killed.

    python benchmarks/discord_sync.py --threads 5000 --messages 100000 --faults 0.05 --kills 20

The fake runs in a process of its own. Every run must hold exactly its messages and threads in the end:
none missing, none doubled, each with the text that the unbroken run read. Ends with 1 where one differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.fakes.discord.process import DiscordProcess, discord_process  # noqa: E402
from threadlore.store.records import Records  # noqa: E402

COMMAND = [str(Path(sys.executable).with_name("threadlore")), "ingest", "discord"]


@dataclass(frozen=True)
class Held:
    """What a data folder holds: texts by native id, native threads, and rows beyond one an id."""

    texts: Mapping[str, str]
    threads: frozenset[str]
    doubled: int


def environment(fake: DiscordProcess, data: Path) -> dict[str, str]:
    """Return the settings of a run against the fake."""
    return {
        **os.environ,
        "THREADLORE_DATA": str(data),
        "THREADLORE_EMBEDDER": "hashing",
        "THREADLORE_DISCORD_API": fake.api,
        "THREADLORE_DISCORD_TOKEN": fake.token,
    }


def read(fake: DiscordProcess, data: Path, name: str) -> None:
    """Run the command to its end, and print what it took and what the fake saw."""
    fake.do("forget_requests")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(COMMAND, env=environment(fake, data), capture_output=True, text=True, check=False)
    after, wall_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    if done.returncode:
        raise SystemExit(f"{name}: ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seen = fake.do("measure")
    requests = sum(seen["requests"].values())
    print(f"{name}: {requests} requests, {wall_s:.0f} s, {cpu_s:.0f} s CPU", flush=True)
    print(f"  answers {json.dumps(seen['statuses'])}, faults {json.dumps(seen['faults'])}", flush=True)
    for line in done.stdout.splitlines()[:1]:
        print(f"  {line}", flush=True)


def held(data: Path) -> Held:
    """Return what a data folder holds."""
    records = Records(data)
    try:
        rows = [json.loads(row) for row in records.database.column("SELECT record FROM messages")]
        threads = records.database.column("SELECT id FROM threads WHERE kind = 'native'")
        texts = {row["id"].rpartition("/")[2]: row["text"] for row in rows}
        native = [one.rpartition("/")[2] for one in threads]
        return Held(texts, frozenset(native), len(rows) - len(texts) + len(native) - len(set(native)))
    finally:
        records.close()


def differences(fake: DiscordProcess, found: Held, expected: Held, name: str) -> int:
    """Print how a folder differs from the fake's world and from the unbroken run; return by how much."""
    there = fake.do("ids")
    messages, threads = {str(one) for one in there["messages"]}, {str(one) for one in there["threads"]}
    missing = len(messages - found.texts.keys()) + len(threads - found.threads)
    extra = len(found.texts.keys() - messages) + len(found.threads - threads)
    changed = sum(found.texts.get(key) != text for key, text in expected.texts.items())
    print(
        f"  {name}: {len(found.texts)} messages, {len(found.threads)} threads; missing {missing}, "
        f"too many {extra}, doubled {found.doubled}, other text {changed}",
        flush=True,
    )
    return missing + extra + found.doubled + changed


def kill_once(fake: DiscordProcess, data: Path, after_s: float) -> bool:
    """Start the command and kill it; return False where it had ended before."""
    process = subprocess.Popen(
        COMMAND, env=environment(fake, data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    if process.returncode:
        raise SystemExit(f"the command ended with {process.returncode} after a kill")
    return False


def read_killed(
    fake: DiscordProcess, scratch: Path, kills: int, span_s: tuple[float, float], expected: Held, seed: int
) -> int:
    """Kill the command at random moments, into one folder until that is whole, then into the next.

    Returns by how much the folders differ in the end.
    """
    moments, hits, folders, wrong = random.Random(seed), 0, 0, 0
    while hits < kills:
        data, folders, here = scratch / f"killed{folders}", folders + 1, hits
        while hits < kills and kill_once(fake, data, moments.uniform(*span_s)):
            hits += 1
        if hits > here:
            read(fake, data, f"the rerun after {hits - here} kills")
            wrong += differences(fake, held(data), expected, "killed")
    print(f"{hits} kills over {folders} folders", flush=True)
    return wrong


def main() -> None:
    """Run whole, again with nothing new, with faults, and killed; compare each with the fake's world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=5000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--faults", type=float, default=0.05, help="share of requests that fail")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    size = (
        "--threads",
        str(options.threads),
        "--messages",
        str(options.messages),
        "--seed",
        str(options.seed),
    )
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch, discord_process(*size) as fake:
        whole, faulty = Path(scratch) / "whole", Path(scratch) / "faulty"
        started = time.monotonic()
        read(fake, whole, "whole")
        whole_s = time.monotonic() - started
        expected = held(whole)
        wrong += differences(fake, expected, expected, "whole")
        started = time.monotonic()
        read(fake, whole, "nothing new")
        start_s = time.monotonic() - started
        fake.do("disturb", share=options.faults, seed=options.seed)
        read(fake, faulty, f"faults on {options.faults:.0%} of requests")
        fake.do("disturb", share=0.0)
        wrong += differences(fake, held(faulty), expected, "faults")
        longest_s = start_s + 2 * (whole_s - start_s) / max(1, options.kills)
        span_s = (start_s / 2, longest_s)
        wrong += read_killed(fake, Path(scratch), options.kills, span_s, expected, options.seed)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
