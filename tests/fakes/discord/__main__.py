"""Serve a fake Discord: `python -m tests.fakes.discord --threads 5000 --messages 100000`.

The first line of standard output is JSON with the two addresses, the token and the guild. Then each line
of standard input is an order in JSON (`control.py`) and is answered with a line; the end of input stops it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.fakes.discord.control import obey
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.validation import Specification
from tests.fakes.discord.world import World


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until standard input ends."""
    document = arguments.specification
    specification = Specification.load(document) if document else None
    async with FakeDiscord(World(), specification=specification, strict=False) as fake:
        told: dict[str, Any] = {}
        if arguments.threads:
            size = {"threads": arguments.threads, "messages": arguments.messages, "seed": arguments.seed}
            told = await obey(fake, {"do": "grow", **size})
        for order in json.loads(arguments.script.read_text("utf-8")) if arguments.script else ():
            await obey(fake, order)
        say({"api": fake.api_url, "gateway": fake.gateway_url, "token": fake.world.token, **told})
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                say(await obey(fake, json.loads(line)))
            except (KeyError, LookupError, TimeoutError, TypeError, ValueError) as error:
                say({"error": f"{type(error).__name__}: {error}"})


def say(answer: dict[str, Any]) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="Serve a fake Discord on loopback.")
    parser.add_argument("--threads", type=int, default=0, help="threads of a generated guild")
    parser.add_argument("--messages", type=int, default=0, help="messages of the generated guild")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--script", type=Path, help="a JSON list of orders to obey before serving")
    parser.add_argument("--specification", type=Path, help="Discord's OpenAPI document to check against")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
