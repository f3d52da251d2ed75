"""Channels and threads of the fake world: places that hold messages."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.flags import FORUMS, ChannelType, MessageFlag, MessageType, Permission
from tests.fakes.discord.messages import Attachment, Message
from tests.fakes.discord.people import Member, Role, User

if TYPE_CHECKING:
    from tests.fakes.discord.guilds import Guild


@dataclass(frozen=True)
class Overwrite:
    """What a channel allows or denies to a role or a member."""

    target: Role | Member
    allow: Permission = Permission.NONE
    deny: Permission = Permission.NONE


@dataclass(frozen=True)
class Tag:
    """A tag of a forum."""

    id: int
    name: str
    moderated: bool = False


def account(person: User | Member) -> User:
    """Return the account behind a member or a user."""
    return person.user if isinstance(person, Member) else person


class Place:
    """What messages stand in: a channel or a thread."""

    def __init__(self, guild: Guild, identity: int, name: str, kind: ChannelType) -> None:
        self.guild = guild
        self.id = identity
        self.name = name
        self.type = kind
        self.messages: dict[int, Message] = {}
        self.order: list[int] = []
        """Ids of the messages, rising."""
        self.last_message_id: int | None = None
        self.flags = 0

    @property
    def mention(self) -> str:
        """Return the text that links to this place."""
        return f"<#{self.id}>"

    def hold(self, message: Message) -> None:
        """Take a message in, wherever its id puts it."""
        self.messages[message.id] = message
        insort(self.order, message.id)
        self.last_message_id = max(self.last_message_id or 0, message.id)

    def remove(self, message: Message) -> None:
        """Let go of a message; the last message's id stays as it was, as on Discord."""
        del self.messages[message.id]
        del self.order[bisect_left(self.order, message.id)]

    def post(
        self,
        author: User | Member,
        content: str,
        *,
        at: datetime | None = None,
        reply_to: Message | None = None,
        attachments: Iterable[Attachment] = (),
        embeds: Iterable[dict[str, Any]] = (),
        kind: MessageType | None = None,
    ) -> Message:
        """Let somebody write a message here."""
        message = Message(
            id=self.guild.world.ids.mint(at),
            place=self,  # type: ignore[arg-type]
            author=account(author),
            content=content,
            created_at=at or self.guild.world.clock.now(),
            type=kind or (MessageType.REPLY if reply_to else MessageType.DEFAULT),
            reply_to=reply_to,
            attachments=tuple(attachments),
            embeds=tuple(embeds),
        )
        self.add(message)
        return message

    def forward(self, author: User | Member, message: Message, *, at: datetime | None = None) -> Message:
        """Let somebody pass a message on to here."""
        passed = self._blank(account(author), at)
        passed.forwarded, passed.reference = message, (message.place.id, message.id)
        self.add(passed)
        return passed

    def stick(self, author: User | Member, *names: str, at: datetime | None = None) -> Message:
        """Let somebody send stickers and no words."""
        message = self._blank(account(author), at)
        message.stickers = names
        self.add(message)
        return message

    def post_by_webhook(self, name: str, content: str, *, at: datetime | None = None) -> Message:
        """Let a webhook write a message: its author is no member and no account."""
        webhook = User(self.guild.world.ids.mint(), name, bot=True)
        message = self._blank(webhook, at)
        message.content, message.webhook_id = content, webhook.id
        self.add(message)
        return message

    def _blank(self, author: User, at: datetime | None) -> Message:
        world = self.guild.world
        return Message(world.ids.mint(at), self, author, "", at or world.clock.now())  # type: ignore[arg-type]

    def add(self, message: Message) -> None:
        """Take in a finished message and tell everybody."""
        self.hold(message)
        self.guild.world.events.message_created(message)

    def delete_messages(self, messages: Sequence[Message]) -> None:
        """Delete many messages at once: one bulk event."""
        for message in messages:
            self.remove(message)
        self.guild.world.events.messages_deleted(self, [message.id for message in messages])

    def open_thread(
        self,
        name: str,
        by: User | Member,
        *,
        at: datetime | None = None,
        on: Message | None = None,
        private: bool = False,
    ) -> Thread:
        """Open a thread here; only channels can."""
        raise TypeError(f"{self.name} holds no threads")

    def page(
        self,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> list[Message]:
        """Return up to `limit` messages, newest first; `after` gives those closest to the anchor."""
        order = self.order
        if around is not None:
            middle = bisect_left(order, around)
            start = max(0, middle - limit // 2)
            chosen = order[start : start + limit]
        elif after is not None:
            start = bisect_left(order, after + 1)
            chosen = order[start : start + limit]
        else:
            end = len(order) if before is None else bisect_left(order, before)
            chosen = order[max(0, end - limit) : end]
        return [self.messages[identity] for identity in reversed(chosen)]


class Channel(Place):
    """A channel of a guild."""

    def __init__(
        self, guild: Guild, identity: int, name: str, kind: ChannelType, *, parent: Channel | None = None
    ) -> None:
        super().__init__(guild, identity, name, kind)
        self.parent_channel = parent
        self.topic: str | None = None
        self.position = len(guild.channels)
        self.overwrites: dict[int, Overwrite] = dict(parent.overwrites) if parent else {}
        self.tags: list[Tag] = []

    @property
    def threads(self) -> list[Thread]:
        """Return the threads of this channel."""
        return [thread for thread in self.guild.threads.values() if thread.parent is self]

    def allow(self, target: Role | Member, permissions: Permission) -> None:
        """Allow something here to a role or member, whatever the guild says."""
        old = self.overwrites.get(target.id, Overwrite(target))
        self.overwrite(target, old.allow | permissions, old.deny & ~permissions)

    def deny(self, target: Role | Member, permissions: Permission) -> None:
        """Deny something here to a role or member."""
        old = self.overwrites.get(target.id, Overwrite(target))
        self.overwrite(target, old.allow & ~permissions, old.deny | permissions)

    def overwrite(self, target: Role | Member, allow: Permission, deny: Permission) -> None:
        """Set the overwrite of a role or member."""
        self.overwrites[target.id] = Overwrite(target, allow, deny)
        self.guild.world.events.channel_updated(self)

    def hide(self) -> None:
        """Hide the channel from everyone without an overwrite of their own."""
        self.deny(self.guild.everyone, Permission.VIEW_CHANNEL)

    def tag(self, name: str, *, moderated: bool = False) -> Tag:
        """Add a tag to a forum."""
        tag = Tag(self.guild.world.ids.mint(), name, moderated)
        self.tags.append(tag)
        self.guild.world.events.channel_updated(self)
        return tag

    def rename(self, name: str) -> None:
        """Change the name."""
        self.name = name
        self.guild.world.events.channel_updated(self)

    def delete(self) -> None:
        """Remove the channel with its threads."""
        for thread in self.threads:
            thread.delete()
        del self.guild.channels[self.id]
        self.guild.world.events.channel_deleted(self)

    def open_thread(
        self,
        name: str,
        by: User | Member,
        *,
        at: datetime | None = None,
        on: Message | None = None,
        private: bool = False,
    ) -> Thread:
        """Open a thread, on a message or for itself."""
        world = self.guild.world
        kind = ChannelType.PRIVATE_THREAD if private else ChannelType.PUBLIC_THREAD
        if self.type is ChannelType.ANNOUNCEMENT:
            kind = ChannelType.ANNOUNCEMENT_THREAD
        identity = on.id if on is not None else world.ids.mint(at)
        thread = Thread(self, identity, name, kind, account(by), at or world.clock.now())
        self.guild.threads[thread.id] = thread
        if on is not None:
            on.thread = thread
            on.flags |= MessageFlag.HAS_THREAD
        world.events.thread_created(thread)
        if on is not None:
            world.events.message_updated(on)
            first = self._system(thread, thread.owner, "", at, MessageType.THREAD_STARTER)
            first.reply_to, first.reference = on, (self.id, on.id)
            thread.add(first)
        elif not private:
            notice = self._system(self, thread.owner, name, at, MessageType.THREAD_CREATED)
            notice.reference = (thread.id, 0)
            self.add(notice)
        return thread

    def ask(
        self,
        author: User | Member,
        title: str,
        text: str,
        *,
        at: datetime | None = None,
        tags: Sequence[Tag] = (),
        attachments: Iterable[Attachment] = (),
        starter_later: bool = False,
    ) -> Thread:
        """Open a post in a forum with its first message, which has the thread's id.

        Discord may announce a thread before its first message is there; `starter_later` holds that
        message back until the thread's `deliver_starter()`.
        """
        if self.type not in FORUMS:
            raise TypeError(f"{self.name} is no forum")
        world = self.guild.world
        opened = at or world.clock.now()
        thread = Thread(self, world.ids.mint(at), title, ChannelType.PUBLIC_THREAD, account(author), opened)
        thread.applied_tags = list(tags)
        self.guild.threads[thread.id] = thread
        self.last_message_id = thread.id
        starter = Message(thread.id, thread, account(author), text, opened, attachments=tuple(attachments))
        world.events.thread_created(thread)
        thread.pending = starter
        if not starter_later:
            thread.deliver_starter()
        return thread

    def _system(
        self, place: Channel | Thread, author: User, content: str, at: datetime | None, kind: MessageType
    ) -> Message:
        world = self.guild.world
        return Message(world.ids.mint(at), place, author, content, at or world.clock.now(), type=kind)


class Thread(Place):
    """A thread, or a post of a forum."""

    def __init__(
        self, parent: Channel, identity: int, name: str, kind: ChannelType, owner: User, at: datetime
    ) -> None:
        super().__init__(parent.guild, identity, name, kind)
        self.parent = parent
        self.owner = owner
        self.created_at = at
        self.archive_timestamp = at
        self.archived = False
        self.locked = False
        self.auto_archive_minutes = 4320
        self.total_message_sent = 0
        self.members: dict[int, datetime] = {owner.id: at}
        self.applied_tags: list[Tag] = []
        self.pending: Message | None = None

    @property
    def private(self) -> bool:
        """Say whether only its members and moderators can see the thread."""
        return self.type is ChannelType.PRIVATE_THREAD

    @property
    def message_count(self) -> int:
        """Return how many messages there are, without the one that opened the thread."""
        opener = sum(1 for identity in self.order[:1] if self._opens(self.messages[identity]))
        return len(self.order) - opener

    def _opens(self, message: Message) -> bool:
        return message.id == self.id or message.type is MessageType.THREAD_STARTER

    def hold(self, message: Message) -> None:
        """Take a message in; the count of all that were ever sent never falls."""
        super().hold(message)
        if not self._opens(message):
            self.total_message_sent += 1

    def add(self, message: Message) -> None:
        """Take in a message; an archived thread that is not locked opens again."""
        if self.archived and not self.locked:
            self.unarchive(at=message.created_at)
        super().add(message)

    def deliver_starter(self) -> None:
        """Show the first message of a forum post, where it was held back."""
        if self.pending is not None:
            message, self.pending = self.pending, None
            self.add(message)

    def archive(self, *, at: datetime | None = None, locked: bool | None = None) -> None:
        """Archive the thread."""
        self._change(archived=True, locked=locked, at=at)

    def unarchive(self, *, at: datetime | None = None) -> None:
        """Open an archived thread again."""
        self._change(archived=False, locked=None, at=at)

    def lock(self) -> None:
        """Lock the thread."""
        self.locked = True
        self.guild.world.events.thread_updated(self)

    def rename(self, name: str) -> None:
        """Change the title."""
        self.name = name
        self.guild.world.events.thread_updated(self)

    def set_tags(self, *tags: Tag) -> None:
        """Set the tags of a forum post."""
        self.applied_tags = list(tags)
        self.guild.world.events.thread_updated(self)

    def join(self, member: Member) -> None:
        """Let a member into the thread."""
        self.members[member.id] = self.guild.world.clock.now()
        self.guild.world.events.thread_joined(self, member)

    def delete(self) -> None:
        """Remove the thread with its messages."""
        del self.guild.threads[self.id]
        opener = self.parent.messages.get(self.id)
        if opener is not None:
            opener.thread = None
        self.guild.world.events.thread_deleted(self)

    def _change(self, *, archived: bool, locked: bool | None, at: datetime | None) -> None:
        self.archived = archived
        self.locked = self.locked if locked is None else locked
        self.archive_timestamp = at or self.guild.world.clock.now()
        self.guild.world.events.thread_updated(self)
