"""Interactions: what members do with commands, buttons, menus and modals, and how the bot answered."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import payloads
from tests.fakes.discord.commands import find_command, option_values
from tests.fakes.discord.events import Event
from tests.fakes.discord.flags import MessageFlag, Permission
from tests.fakes.discord.permissions import in_channel

if TYPE_CHECKING:
    from tests.fakes.discord.channels import Channel, Thread
    from tests.fakes.discord.messages import Message
    from tests.fakes.discord.people import Member
    from tests.fakes.discord.world import World

Json = dict[str, Any]

FIRST_ANSWER_S = 3.0
TOKEN_LIFE_S = 15 * 60.0


class Kind(IntEnum):
    """Kinds of interactions."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


@dataclass(eq=False)
class Interaction:
    """Something a member did, and the bot's answer to it."""

    id: int
    kind: Kind
    by: Member
    place: Channel | Thread
    data: Json
    created_at: datetime
    message: Message | None = None
    """The message whose button or menu was used."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    answer_type: int | None = None
    answered_after_s: float | None = None
    finished_after_s: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    @property
    def answered(self) -> bool:
        """Say whether the first answer is there, a deferral included."""
        return self.answer_type is not None

    @property
    def deferred(self) -> bool:
        """Say whether the first answer was a deferral, filled in since or not."""
        return self.answer_type in {5, 6}

    @property
    def finished(self) -> bool:
        """Say whether the bot has said something that is no "thinking" message, or needs say nothing."""
        if self.answer_type in {6, 7, 8, 9}:
            return True
        return self.original is not None and not self.original.flags & MessageFlag.LOADING

    def note_time(self) -> None:
        """Keep how long the first answer and the finished one took, once they are there."""
        waited_s = (self.place.guild.world.clock.now() - self.created_at).total_seconds()
        if self.answered and self.answered_after_s is None:
            self.answered_after_s = waited_s
        if self.finished and self.finished_after_s is None:
            self.finished_after_s = waited_s

    @property
    def messages(self) -> list[Message]:
        """Return what the bot answered with, the first answer and the follow-ups."""
        first = [self.original] if self.original is not None else []
        return [*first, *self.followups]

    @property
    def text(self) -> str:
        """Return all words of the answers: content, embeds and text of components."""
        return "\n".join(part for message in self.messages for part in words(message))

    @property
    def ephemeral(self) -> bool:
        """Say whether only the member sees the first answer."""
        return self.original is not None and bool(self.original.flags & MessageFlag.EPHEMERAL)

    def payload(self) -> Json:
        """Return the dispatch's body."""
        guild = self.place.guild
        member = payloads.member(self.by) | {"permissions": str(int(in_channel(self.by, self.place)))}
        body: Json = {
            "id": str(self.id),
            "application_id": str(guild.world.application_id),
            "type": int(self.kind),
            "data": self.data,
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_id": str(guild.id),
            "channel": payloads.place(self.place),
            "channel_id": str(self.place.id),
            "member": member,
            "token": self.token,
            "version": 1,
            "app_permissions": str(int(in_channel(guild.me, self.place))),
            "locale": "en-US",
            "guild_locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id)},
            "context": 0,
            "attachment_size_limit": 26_214_400,
        }
        if self.message is not None:
            body["message"] = payloads.message(self.message, content=True)
        return body

    def metadata(self) -> Json:
        """Return what a message that answers this says of it."""
        body: Json = {
            "id": str(self.id),
            "type": int(self.kind),
            "user": payloads.user(self.by.user),
            "authorizing_integration_owners": {"0": str(self.place.guild.id)},
        }
        if self.kind is Kind.COMPONENT and self.message is not None:
            body["interacted_message_id"] = str(self.message.id)
        if self.kind is Kind.MODAL:
            body["triggering_interaction_metadata"] = {**body, "type": 2}
        return body


class Interactions:
    """All interactions of the world, by token; makes new ones and tells the bot of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_token: dict[str, Interaction] = {}

    def slash(self, name: str, options: Json, *, by: Member, channel: Channel | Thread) -> Interaction:
        """Use a slash command."""
        command = find_command(self._world, by.guild, name.split()[0], kind=1)
        _may_use(command, by, channel)
        data = _command_data(command, by.guild.id)
        data |= option_values(command, name.split()[1:], options, guild=by.guild)
        return self._begin(Kind.COMMAND, by, channel, data)

    def autocomplete(
        self, name: str, options: Json, *, focused: str, by: Member, channel: Channel | Thread
    ) -> Interaction:
        """Type in an option that completes itself."""
        command = find_command(self._world, by.guild, name.split()[0], kind=1)
        data = _command_data(command, by.guild.id)
        data |= option_values(command, name.split()[1:], options, guild=by.guild, focused=focused)
        return self._begin(Kind.AUTOCOMPLETE, by, channel, data)

    def on_message(self, name: str, message: Message, *, by: Member) -> Interaction:
        """Use a command of a message's context menu; the bot sees the message whatever its intents."""
        command = find_command(self._world, by.guild, name, kind=3)
        _may_use(command, by, message.place)
        data = _command_data(command, by.guild.id)
        data["target_id"] = str(message.id)
        data["resolved"] = {"messages": {str(message.id): payloads.message(message, content=True)}}
        return self._begin(Kind.COMMAND, by, message.place, data)

    def press(self, message: Message, label: str, *, by: Member) -> Interaction:
        """Press a button by label or custom id."""
        _may_touch(message, by)
        for button in components(message.components):
            if button["type"] == 2 and label in {button.get("label"), button.get("custom_id")}:
                if button.get("disabled"):
                    raise ValueError(f"the button {label!r} is disabled")
                data = {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}
                return self._begin(Kind.COMPONENT, by, message.place, data, message)
        raise LookupError(f"no button {label!r} on message {message.id}")

    def choose(self, message: Message, values: list[str], *, by: Member) -> Interaction:
        """Choose in the message's select menu."""
        _may_touch(message, by)
        for menu in components(message.components):
            if menu["type"] == 3:
                known = {option["value"] for option in menu["options"]}
                if not set(values) <= known:
                    raise LookupError(f"the menu offers {sorted(known)}, not {values}")
                data = {
                    "custom_id": menu["custom_id"],
                    "component_type": 3,
                    "values": values,
                    "id": menu["id"],
                }
                return self._begin(Kind.COMPONENT, by, message.place, data, message)
        raise LookupError(f"no select menu on message {message.id}")

    def submit(self, shown: Interaction, values: dict[str, str], *, by: Member) -> Interaction:
        """Send a modal in; fields that `values` leaves out keep what they were filled with."""
        if shown.modal is None:
            raise LookupError("the interaction was not answered with a modal")
        names = dict(values)
        rows = [_filled(row, names) for row in shown.modal["components"]]
        if names:
            raise LookupError(f"the modal has no field {sorted(names)}")
        data = {"custom_id": shown.modal["custom_id"], "components": rows, "resolved": {}}
        return self._begin(Kind.MODAL, by, shown.place, data, shown.message)

    def _begin(
        self, kind: Kind, by: Member, place: Channel | Thread, data: Json, message: Message | None = None
    ) -> Interaction:
        interaction = Interaction(
            self._world.ids.mint(), kind, by, place, data, self._world.clock.now(), message=message
        )
        self.by_token[interaction.token] = interaction
        body = interaction.payload()
        self._world.events.emit(Event("INTERACTION_CREATE", lambda _: body, guild=by.guild))
        return interaction


def components(rows: Iterable[Json]) -> Iterator[Json]:
    """Yield every component, those within others included."""
    for component in rows:
        yield component
        yield from components(component.get("components", ()))
        for key in ("accessory", "component"):
            if key in component:
                yield from components([component[key]])


def words(message: Message) -> Iterator[str]:
    """Yield the texts of a message: content, embeds, text of components and labels of buttons."""
    if message.content:
        yield message.content
    for embed in message.embeds:
        yield from (embed[key] for key in ("title", "description") if embed.get(key))
        for one in embed.get("fields", ()):
            yield f"{one['name']}\n{one['value']}"
        if embed.get("footer"):
            yield embed["footer"]["text"]
    for component in components(message.components):
        if component["type"] == 10:
            yield component["content"]


def _filled(row: Json, values: dict[str, str]) -> Json:
    """Return a modal's row or label as the client sends it in, its text fields filled."""
    inner = row.get("component") or (row.get("components") or [None])[0]
    if inner is None:  # text between the fields
        return {"type": row["type"], "id": row.get("id", 0)}
    label = row.get("label", inner.get("label"))
    given = next((values.pop(name) for name in (inner["custom_id"], label) if name in values), None)
    value = inner.get("value", "") if given is None else given
    if inner.get("required", True) and not value:
        raise ValueError(f"the field {label!r} must be filled")
    if not inner.get("min_length", 0) <= len(value) <= inner.get("max_length", 4000):
        raise ValueError(f"the field {label!r} does not take {len(value)} characters")
    sent = {"type": inner["type"], "custom_id": inner["custom_id"], "value": value, "id": inner.get("id", 0)}
    if "component" in row:
        return {"type": row["type"], "id": row.get("id", 0), "component": sent}
    return {"type": row["type"], "id": row.get("id", 0), "components": [sent]}


def _command_data(command: Json, guild_id: int) -> Json:
    data = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if "guild_id" in command:
        data["guild_id"] = str(guild_id)
    return data


def _may_touch(message: Message, by: Member) -> None:
    """Refuse what is not on the member's screen."""
    if not in_channel(by, message.place) & Permission.VIEW_CHANNEL:
        raise PermissionError(f"{by.user.name} cannot see {message.place.name}")
    asker = (message.interaction or {}).get("user", {}).get("id")
    if message.flags & MessageFlag.EPHEMERAL and asker != str(by.id):
        raise PermissionError(f"only who asked sees message {message.id}")


def _may_use(command: Json, by: Member, place: Channel | Thread) -> None:
    """Refuse what Discord's client would not even offer."""
    granted = in_channel(by, place)
    if not granted & Permission.USE_APPLICATION_COMMANDS:
        raise PermissionError(f"{by.user.name} cannot use commands in {place.name}")
    needed = command.get("default_member_permissions")
    if needed is not None and int(needed) & ~int(granted):
        raise PermissionError(f"{by.user.name} is not offered /{command['name']}")
