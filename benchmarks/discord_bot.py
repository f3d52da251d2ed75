"""`threadlore bot` on a fake Discord: how long many questions at once take, and whether memory stays flat.

    python benchmarks/discord_bot.py --at-once 20 200 --questions 10000

The fake and the bot each run in a process of their own, over 2,000 made-up phrasings. With the hashing
embedder, what is measured is everything but the embedding model. Seconds count from the use of /ask to the
deferral and to the finished answer, on the fake's clock. Ends with 1 where a question was not deferred
within Discord's three seconds or got no answer.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.ask_latency import made_up  # noqa: E402
from tests.fakes.discord.process import DiscordProcess, discord_process  # noqa: E402
from threadlore.settings import load_settings  # noqa: E402
from threadlore.wiring import Workspace, open_workspace  # noqa: E402

COMMAND = [str(Path(sys.executable).with_name("threadlore")), "bot"]
FIRST_ANSWER_S = 3.0


@contextmanager
def bot(fake: DiscordProcess, data: Path, log: Path, embedder: str) -> Iterator[int]:
    """Run the bot until the block is left; yields its process id once /ask can be used."""
    env = {
        **os.environ,
        "THREADLORE_DATA": str(data),
        "THREADLORE_EMBEDDER": embedder,
        "THREADLORE_DISCORD_API": fake.api,
        "THREADLORE_DISCORD_GATEWAY": fake.gateway,
        "THREADLORE_DISCORD_GUILD": str(fake.guild),
        "THREADLORE_DISCORD_TOKEN": fake.token,
        "THREADLORE_BOT_USER_LIMIT": "1000000",
        "THREADLORE_BOT_CHANNEL_LIMIT": "1000000",
    }
    with log.open("w") as output, subprocess.Popen(COMMAND, env=env, stdout=output, stderr=output) as process:
        try:
            fake.do("connected", command="ask", within_s=120)
            yield process.pid
        except RuntimeError as error:
            raise SystemExit(f"{error}\n{log.read_text(encoding='utf-8')[-2000:]}") from None
        finally:
            process.terminate()


def memory_mb(process_id: int) -> float:
    """Return the resident memory of a process in MiB."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
    return float(line.split()[1]) / 1024


def cpu_s(process_id: int) -> float:
    """Return the processor seconds that a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def asked(fake: DiscordProcess, questions: Sequence[str], *, quiet: bool = False) -> int:
    """Ask all at once, print how long they took unless `quiet`, and return how many went wrong."""
    options = [{"question": one} for one in questions]
    answers = fake.do("ask", command="ask", options=options, within_s=120)["answers"]
    first = sorted(one["first_s"] for one in answers if one["first_s"] is not None)
    finished = sorted(one["finished_s"] for one in answers if one["finished_s"] is not None)
    wrong: int = len(answers) - len(finished) + sum(one > FIRST_ANSWER_S for one in first)
    if finished and not quiet:
        print(
            f"{len(questions)} at once: deferred within {first[-1]:.2f} s; finished p50 "
            f"{finished[len(finished) // 2]:.2f} s, last {finished[-1]:.2f} s; wrong {wrong}",
            flush=True,
        )
    return wrong


async def prepared(workspace: Workspace) -> None:
    """Index the FAQ and prepare it as its first question does, so that no question here pays for that."""
    await workspace.drain()
    await workspace.answerer.answer("is it prepared")


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=400)
    parser.add_argument("--phrasings", type=int, default=5)
    parser.add_argument("--at-once", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--questions", type=int, default=10_000, help="asked in all, to watch the memory")
    parser.add_argument("--embedder", default="hashing", help="or local, the bundled model")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    entries, _ = made_up(options.entries, options.phrasings, options.seed)
    draw = random.Random(options.seed)

    def some(count: int) -> list[str]:
        return [" ".join(draw.sample(one.question.split(), 6)) for one in draw.choices(entries, k=count)]

    wrong = 0
    with (
        tempfile.TemporaryDirectory() as scratch,
        discord_process("--threads", "20", "--messages", "200") as fake,
    ):
        data, log = Path(scratch) / "data", Path(scratch) / "bot.log"
        with open_workspace(load_settings(data=data, embedder=options.embedder)) as workspace:
            workspace.records.save_entries(entries)
            asyncio.run(prepared(workspace))
        with bot(fake, data, log, options.embedder) as process_id:
            wrong += asked(fake, some(1))
            for count in options.at_once:
                before = cpu_s(process_id)
                wrong += asked(fake, some(count))
                print(f"  {cpu_s(process_id) - before:.1f} s CPU of the bot", flush=True)
            print(f"memory: {memory_mb(process_id):.0f} MiB", flush=True)
            for done in range(100, options.questions + 1, 100):
                wrong += asked(fake, some(100), quiet=True)
                if done % 1000 == 0:
                    fake.do("forget_requests")
                    print(f"memory after {done} more: {memory_mb(process_id):.0f} MiB", flush=True)
        for one in fake.do("measure")["violations"]:
            print(f"against Discord's rules: {one}")
            wrong += 1
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
