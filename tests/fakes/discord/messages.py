"""A message of the fake world and what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.flags import MessageFlag, MessageType
from tests.fakes.discord.people import Member, User

if TYPE_CHECKING:
    from tests.fakes.discord.channels import Channel, Thread


@dataclass(eq=False)
class Attachment:
    """A file on a message; its content is never served."""

    id: int
    filename: str
    size: int
    content_type: str = "text/plain"


@dataclass(eq=False, repr=False, slots=True)
class Message:
    """A message; `place` is the channel or thread it stands in."""

    id: int
    place: Channel | Thread
    author: User
    content: str
    created_at: datetime
    type: MessageType = MessageType.DEFAULT
    edited_at: datetime | None = None
    pinned_at: datetime | None = None
    reply_to: Message | None = None
    reference: tuple[int, int] | None = None
    """Channel and message that this one points to, when it is not a reply."""
    flags: MessageFlag = MessageFlag.NONE
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[dict[str, Any], ...] = ()
    components: tuple[dict[str, Any], ...] = ()
    reactions: dict[str, list[User]] = field(default_factory=dict)
    thread: Thread | None = None
    forwarded: Message | None = None
    """The message that this one passes on: its own content is empty, a copy of that one's hangs on it."""
    stickers: tuple[str, ...] = ()
    webhook_id: int | None = None
    interaction: dict[str, Any] | None = None
    nonce: str | int | None = None

    def __repr__(self) -> str:
        return f"<Message {self.id} by {self.author.name}: {self.content[:60]!r}>"

    @property
    def url(self) -> str:
        """Return the message's jump link."""
        return f"https://discord.com/channels/{self.place.guild.id}/{self.place.id}/{self.id}"

    def edit(self, content: str, *, at: datetime | None = None) -> None:
        """Let the author change the text."""
        world = self.place.guild.world
        self.content = content
        self.edited_at = at or world.clock.now()
        world.events.message_updated(self)

    def unfurl(self, *embeds: dict[str, Any]) -> None:
        """Add embeds as Discord does after a link: an update that is no edit."""
        self.embeds = (*self.embeds, *embeds)
        self.place.guild.world.events.message_updated(self)

    def delete(self) -> None:
        """Remove the message."""
        self.place.remove(self)
        self.place.guild.world.events.message_deleted(self)

    def pin(self, *, by: User | Member | None = None, at: datetime | None = None) -> None:
        """Pin the message; with `by`, Discord's notice of it appears too."""
        world = self.place.guild.world
        self.pinned_at = at or world.clock.now()
        world.events.message_updated(self)
        world.events.pins_updated(self.place)
        if by is not None:
            self.place.post(by, "", at=at, kind=MessageType.PINNED).reference = (self.place.id, self.id)

    def unpin(self) -> None:
        """Take the pin off."""
        self.pinned_at = None
        self.place.guild.world.events.message_updated(self)
        self.place.guild.world.events.pins_updated(self.place)

    def react(self, by: User | Member, emoji: str) -> None:
        """Add a reaction."""
        user = by.user if isinstance(by, Member) else by
        users = self.reactions.setdefault(emoji, [])
        if user not in users:
            users.append(user)
            self.place.guild.world.events.reaction_changed("MESSAGE_REACTION_ADD", self, user, emoji)

    def unreact(self, by: User | Member, emoji: str) -> None:
        """Take a reaction back."""
        user = by.user if isinstance(by, Member) else by
        users = self.reactions.get(emoji, [])
        if user in users:
            users.remove(user)
            if not users:
                self.reactions.pop(emoji)
            self.place.guild.world.events.reaction_changed("MESSAGE_REACTION_REMOVE", self, user, emoji)

    def start_thread(
        self, name: str, *, by: User | Member | None = None, at: datetime | None = None
    ) -> Thread:
        """Open a thread on this message; it has the message's id."""
        return self.place.open_thread(name, by or self.author, at=at, on=self)
