"""A fake Discord: REST and gateway on loopback, for the real discord.py.

    world = World()
    guild = world.guild("Community")
    forum = guild.forum("help", "solved")
    ada = guild.member("ada")
    thread = forum.ask(ada, "Out of memory", "It dies at 10 million vectors.")
    async with FakeDiscord(world) as fake:
        async with running(fake, client):  # or give fake.api_url and fake.gateway_url to a process of its own
            button = world.press(message, "Helpful", by=ada)
            await fake.until(lambda: button.finished)

A client that Discord would refuse, or that could ping somebody, fails the test on leaving.
"""

from tests.fakes.discord.background import in_background
from tests.fakes.discord.clock import Clock
from tests.fakes.discord.faults import Fault, cut, lost, rate_limited, reset, slow, status
from tests.fakes.discord.flags import READ, TALK, ChannelType, Intent, MessageFlag, MessageType, Permission
from tests.fakes.discord.messages import Attachment
from tests.fakes.discord.server import FakeDiscord, pointed_at, running, specification_beside
from tests.fakes.discord.validation import Specification
from tests.fakes.discord.world import World

__all__ = [
    "READ",
    "TALK",
    "Attachment",
    "ChannelType",
    "Clock",
    "FakeDiscord",
    "Fault",
    "Intent",
    "MessageFlag",
    "MessageType",
    "Permission",
    "Specification",
    "World",
    "cut",
    "in_background",
    "lost",
    "pointed_at",
    "rate_limited",
    "reset",
    "running",
    "slow",
    "specification_beside",
    "status",
]
