"""A community with a bot: a fake Discord, real records, the real answer graph, a hashing embedder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from tests.fakes.discord import FakeDiscord, Permission, Specification, World, running
from tests.fakes.discord.channels import Channel as TextChannel
from tests.fakes.discord.channels import Place, Thread
from tests.fakes.discord.interactions import Interaction, words
from tests.fakes.discord.messages import Message as Sent
from tests.fakes.discord.people import Member
from threadlore.agents.answer_graph import GraphAnswerer
from threadlore.agents.model_calls import ModelCalls
from threadlore.bot.client import Bot
from threadlore.bot.parts import BotParts
from threadlore.bundling import build_bundle
from threadlore.community import CaughtUp
from threadlore.errors import Retry
from threadlore.ids import channel_id, message_id
from threadlore.ingest.scrub import Scrubber
from threadlore.profile import load_profile
from threadlore.seams import Answer, Answerer, CleanBatch, Hit, VectorQuery
from threadlore.settings import Settings
from threadlore.store.deletion import forget_author
from threadlore.store.helpdesk import StoredHelpDesk
from threadlore.store.records import Records
from threadlore.testing import FixedClock, HashEmbedder
from threadlore.types import Channel, Citation, DocLink, EntryState, FaqEntry, Message, Visibility

AT = datetime(2026, 1, 1, tzinfo=UTC)
BACKUP = "How do I back up a collection?"
SLOW = "Why is my search slow?"


class EnglishHash(HashEmbedder):
    """A fake that knows English only, as the bundled model does."""

    languages: frozenset[str] | None = frozenset({"en"})


class NoVectors:
    """A vector store without a row: the FAQ is small enough to be matched in process."""

    async def search(
        self, collection: str, queries: list[VectorQuery], limit: int, *, public_only: bool = True
    ) -> list[list[Hit]]:
        return [[] for _ in queries]


class TroubledAnswerer:
    """Ends in trouble with every question, as a process does that is stopped while it answers."""

    async def answer(self, question: str) -> Answer:
        raise Retry("The bot is stopped.", "Start it again.")


@dataclass
class HeardCommunity:
    """A community that only remembers what it was told, and says so to `heard`."""

    events: list[tuple[str, Mapping[str, JsonValue]]] = field(default_factory=list)
    syncs: int = 0
    closed: bool = False
    trouble: Exception | None = None
    heard: Callable[[], None] = lambda: None

    async def sync(self, channels: object = None) -> CaughtUp:
        self.syncs += 1
        self.heard()
        if self.trouble is not None:
            raise self.trouble
        return CaughtUp()

    async def event(self, name: str, data: Mapping[str, JsonValue]) -> None:
        self.events.append((name, data))

    async def flush(self) -> CaughtUp:
        return CaughtUp()

    async def close(self) -> None:
        self.closed = True


def entry(key: str, question: str, *more: str, **fields: Any) -> FaqEntry:
    """Return an approved entry that cites a page."""
    base = FaqEntry(
        id=key,
        question=question,
        paraphrases=more,
        answer=f"The answer of {key}.",
        state=EntryState.APPROVED,
        doc_links=(DocLink(title="Page", url="https://example.org/page", version="2.6"),),
        checked_at=date(2026, 8, 1),
        created_at=AT,
        updated_at=AT,
    )
    return base.model_copy(update=fields)


def entries() -> list[FaqEntry]:
    """Return what the community knows."""
    return [
        entry("backup", BACKUP, "backup of a collection", "save a snapshot"),
        entry("slow", SLOW, "search is slow", "slow search"),
        entry("size", "How much memory do I need?", "how much ram", tools=("size",)),
        entry("draft", "How do I use secret drafts?", state=EntryState.DRAFT),
        entry("hidden", "How do I use private things?", visibility=Visibility.PRIVATE),
    ]


class Scene:
    """A guild with a forum that is switched on, one that is not, a chat and the maintainers' channel."""

    def __init__(self, folder: Path, specification: Specification | None = None, **settings: Any) -> None:
        self.folder = folder
        self.specification = specification
        self.world = World()
        self.guild = self.world.guild("Community")
        self.forum = self.guild.forum("help")
        self.quiet = self.guild.forum("off")
        self.chat = self.guild.text("general")
        self.reviewers = self.guild.role("Reviewers")
        self.staff = self.guild.text("staff")
        self.staff.hide()
        self.staff.allow(self.guild.me, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
        insiders = self.guild.role("Insiders")
        self.staff.allow(insiders, Permission.VIEW_CHANNEL)
        self.ada = self.guild.member("ada")
        self.bob = self.guild.member("bob")
        self.sue = self.guild.member("sue", insiders)
        self.mae = self.guild.member("mae", insiders, self.reviewers)
        given: dict[str, Any] = {
            "data": folder,
            "profile": "milvus",
            "discord_guild": self.guild.id,
            "bot_forums": (self.forum.id,),
            "bot_maintainers_channel": self.staff.id,
            "bot_review_roles": (self.reviewers.id,),
            "bot_report_roles": ("Reviewers",),
            "bot_threshold": 0.6,
        }
        self.settings = Settings(**(given | settings))
        self.records = Records(folder)
        self.desk = StoredHelpDesk(self.records.database)
        self.records.save_entries(entries())
        self.clock = FixedClock(datetime.now(UTC))
        self.scrubber = Scrubber.for_folder(folder)
        self.community = HeardCommunity()
        self.fake: FakeDiscord
        self.calls: ModelCalls | None = None

    @property
    def source(self) -> str:
        return f"discord:{self.guild.id}"

    def parts(self) -> BotParts:
        """Return what a bot works with; the FAQ and the records are the same in every life."""
        return BotParts(
            settings=self.settings,
            profile=load_profile("milvus"),
            answerer=GraphAnswerer(
                records=self.records,
                embedder=EnglishHash(1024),
                vectors=NoVectors(),  # type: ignore[arg-type]
                profile=load_profile("milvus"),
                calls=self.calls,
            ),
            records=self.records,
            desk=self.desk,
            clock=self.clock,
            pseudonym=self.pseudonym,
            clean=self.scrubber.clean,
            forget=self.forget,
            report=lambda: build_bundle(self.records, load_profile("milvus"), self.settings),
            drain=_nothing,
            community=self.community,
        )

    def pseudonym(self, user: str) -> str:
        return self.scrubber.pseudonym(self.source, user)

    async def forget(self, user: str) -> None:
        await asyncio.to_thread(forget_author, self.records, self.pseudonym(user))

    def read_in(self, message: Sent, *, private: bool = False) -> Message:
        """Store a message of the fake as the ingester would."""
        place = channel_id(self.source, str(message.place.id))
        visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
        stored = Message(
            id=message_id(self.source, str(message.id)),
            source=self.source,
            channel_id=place,
            author=self.pseudonym(str(message.author.id)),
            text=message.content,
            created_at=message.created_at,
            url=f"https://discord.com/channels/{self.guild.id}/{message.place.id}/{message.id}",
        )
        channel = Channel(id=place, source=self.source, name="general", visibility=visibility)
        self.records.save_batch(CleanBatch(source=self.source, channels=(channel,), messages=(stored,)))
        return stored

    @asynccontextmanager
    async def alive(self, answerer: Answerer | None = None) -> AsyncIterator[Bot]:
        """Run a bot: one life of it, in the fake that `play` started."""
        parts = self.parts()
        bot = Bot(replace(parts, answerer=answerer or parts.answerer))
        async with running(self.fake, bot):
            yield bot

    def found(self, place: Place, text: str) -> list[Sent]:
        """Return the messages of a place that say `text`, oldest first."""
        return [one for one in reversed(place.page(100)) if text in "\n".join(words(one))]

    async def ask(
        self,
        question: str,
        *,
        by: Member | None = None,
        channel: TextChannel | Thread | None = None,
        **options: Any,
    ) -> Interaction:
        """Let somebody (ada) use /ask somewhere (in the chat), and wait for the answer."""
        given = {"question": question, **options}
        asked = self.world.command("ask", given, by=by or self.ada, channel=channel or self.chat)
        await self.done(asked)
        return asked

    async def press(self, asked: Interaction, label: str, *, by: Member | None = None) -> str:
        """Let somebody (ada) press a button below an answer, and return what the bot says to that."""
        return await self.done(self.world.press(asked.messages[0], label, by=by or self.ada))

    async def done(self, interaction: Interaction) -> str:
        """Wait until the bot has answered, and return what it said."""
        await self.fake.until(lambda: interaction.finished)
        await self.fake.settled()
        return interaction.text


def play(scene: Scene, act: Callable[[Scene], Awaitable[None]], *, strict: bool = True) -> None:
    """Run an act in a fake Discord; broken rules fail the test."""

    async def run() -> None:
        # A catch-up answers posts too: it may have taken up one that its handler then leaves to it.
        fake_discord = FakeDiscord(
            scene.world, specification=scene.specification, strict=strict, beside=("catch-up",)
        )
        async with fake_discord as fake:
            scene.fake = fake
            scene.community.heard = fake.changed
            await act(scene)

    asyncio.run(run())


async def _nothing() -> None:
    """Have nothing to bring up to date."""


def cited(message: Message, quote: str) -> Citation:
    """Return a citation of a message."""
    return Citation(source_id=message.id, kind="message", quote=quote, url=message.url)
