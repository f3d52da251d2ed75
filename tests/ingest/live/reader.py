"""`python -m tests.ingest.live.reader API FOLDER`: reads a fake Discord in a process that can be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.fakes.discord import FakeDiscord, World
from tests.ingest.live.desk import Desk


def main() -> None:
    """Read what the fake at this address shows into the folder."""
    fake = FakeDiscord(World())
    fake.api_url = sys.argv[1]
    desk = Desk(Path(sys.argv[2]), fake.world)
    asyncio.run(desk.read(fake))
    desk.close()


if __name__ == "__main__":
    main()
