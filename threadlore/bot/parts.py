"""What the bot works with, handed in by wiring: everything beyond core and tools comes by a seam."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from threadlore.bot.requests import Limits
from threadlore.bundle import Bundle
from threadlore.community import Community
from threadlore.helpdesk import HelpDesk
from threadlore.ids import message_id
from threadlore.profile import Profile
from threadlore.seams import Answerer, Clock, ReviewDesk
from threadlore.settings import Settings
from threadlore.types import Channel, Message, Question, Thread


class BotRecords(ReviewDesk, Protocol):
    """The part of the records that the bot reads, and the entries that people change through it."""

    def change_stamp(self) -> str:
        """Return a text that differs as soon as anything in the records has changed."""
        ...

    def threads(self, ids: Sequence[str]) -> list[Thread]:
        """Return the threads that exist among `ids`."""
        ...

    def questions(self, ids: Sequence[str] | None = None) -> list[Question]:
        """Return questions by id, or all."""
        ...

    def messages(self, ids: Sequence[str]) -> list[Message]:
        """Return the messages that exist among `ids`."""
        ...

    def channels(self) -> list[Channel]:
        """Return all channels."""
        ...


@dataclass(frozen=True, slots=True)
class BotParts:
    """Settings, seams and a few doings of other parts.

    `pseudonym` turns a Discord user id into what is stored; `clean` takes secrets and names out of a text
    before it is stored; `forget` deletes a user (by Discord id) all the way; `report` works the report
    out; `drain` brings Milvus up to date.
    """

    settings: Settings
    profile: Profile
    answerer: Answerer
    records: BotRecords
    desk: HelpDesk
    clock: Clock
    pseudonym: Callable[[str], str]
    clean: Callable[[str], str]
    forget: Callable[[str], Awaitable[None]]
    report: Callable[[], Bundle]
    drain: Callable[[], Awaitable[object]]
    community: Community | None = None
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        person, channel = self.settings.bot_user_limit, self.settings.bot_channel_limit
        object.__setattr__(self, "limits", Limits.of(person, channel))

    @property
    def source(self) -> str:
        """The name of the Discord server as a source."""
        return f"discord:{self.settings.discord_guild}"

    def message_key(self, native_id: int | str) -> str:
        """Return the id of a stored message."""
        return message_id(self.source, str(native_id))
