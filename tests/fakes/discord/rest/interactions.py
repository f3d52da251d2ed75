"""Routes that answer interactions: the callback, the first answer's message, follow-ups."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord import limits, payloads
from tests.fakes.discord.errors import ApiError, unknown
from tests.fakes.discord.flags import MessageFlag, MessageType
from tests.fakes.discord.interactions import FIRST_ANSWER_S, TOKEN_LIFE_S, Interaction, Kind
from tests.fakes.discord.messages import Message
from tests.fakes.discord.rest.call import Call, Reply, route
from tests.fakes.discord.rest.compose import amend, compose

Json = dict[str, Any]

WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = WEBHOOK + "/messages/@original"
FOLLOWUP = WEBHOOK + "/messages/{message_id}"

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
ANSWERS = {
    Kind.COMMAND: {MESSAGE, DEFER, MODAL},
    Kind.COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    Kind.AUTOCOMPLETE: {CHOICES},
    Kind.MODAL: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE},
}


@route("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
def callback(call: Call) -> Reply:
    """Give an interaction its first answer: once, and within three seconds."""
    interaction = call.world.interactions.by_token.get(call.args["interaction_token"])
    if interaction is None or interaction.id != call.id("interaction_id"):
        raise unknown("interaction")
    waited = (call.world.clock.now() - interaction.created_at).total_seconds()
    if interaction.answered:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    if waited > FIRST_ANSWER_S:
        raise unknown("interaction")
    kind, data = call.body["type"], call.body.get("data") or {}
    if kind not in ANSWERS[interaction.kind]:
        raise ApiError(400, 50035, "Invalid Form Body")
    _answer(call, interaction, kind, data)
    interaction.answer_type = kind
    interaction.note_time()
    if call.query.get("with_response") not in {"true", "1"}:
        return Reply()
    return Reply(200, _record(interaction, kind))


def _answer(call: Call, interaction: Interaction, kind: int, data: Json) -> None:
    if kind == MESSAGE:
        limits.check_message(data, files=len(call.uploads))
        interaction.original = _post(call, interaction, data)
    elif kind == DEFER:
        flags = (data.get("flags") or 0) & MessageFlag.EPHEMERAL
        interaction.original = _post(call, interaction, {"flags": flags}, loading=True)
    elif kind == UPDATE and interaction.message is not None:
        limits.check_message(data, editing=interaction.message, files=len(call.uploads))
        _change(call, interaction.message, data)
    elif kind == CHOICES:
        limits.check_choices(data.get("choices") or [])
        interaction.choices = data.get("choices") or []
    elif kind == MODAL:
        limits.check_modal(data)
        interaction.modal = data


def _record(interaction: Interaction, kind: int) -> Json:
    record: Json = {
        "id": str(interaction.id),
        "type": int(interaction.kind),
        "channel_id": str(interaction.place.id),
        "guild_id": str(interaction.place.guild.id),
    }
    body: Json = {"interaction": record}
    message = interaction.message if kind in {UPDATE, DEFER_UPDATE} else interaction.original
    if message is not None:
        record["response_message_id"] = str(message.id)
        record["response_message_loading"] = kind == DEFER
        record["response_message_ephemeral"] = bool(message.flags & MessageFlag.EPHEMERAL)
        if kind in {MESSAGE, UPDATE}:
            body["resource"] = {"type": kind, "message": payloads.message(message, content=True)}
    return body


def _post(call: Call, interaction: Interaction, body: Json, *, loading: bool = False) -> Message:
    kind = MessageType.SLASH_COMMAND if interaction.kind is Kind.COMMAND else MessageType.DEFAULT
    message = compose(call, interaction.place, call.world.bot, body, kind=kind)
    message.webhook_id = call.world.application_id
    message.interaction = interaction.metadata()
    if loading:
        message.flags |= MessageFlag.LOADING
    if not message.flags & MessageFlag.EPHEMERAL:
        interaction.place.add(message)
    return message


def _change(call: Call, message: Message, body: Json, *, edited: bool = True) -> None:
    amend(call, message, body)
    if edited:
        message.edited_at = call.world.clock.now()
    if message.id in message.place.messages:
        call.world.events.message_updated(message)


def _interaction(call: Call) -> Interaction:
    """Return the interaction that a follow-up belongs to, while its token lives and after a first answer."""
    found = call.world.interactions.by_token.get(call.args["webhook_token"])
    if found is None or call.id("webhook_id") != call.world.application_id:
        raise unknown("Webhook")
    if (call.world.clock.now() - found.created_at).total_seconds() > TOKEN_LIFE_S:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    if not found.answered:
        raise unknown("Webhook")
    return found


def _original(call: Call) -> tuple[Interaction, Message]:
    interaction = _interaction(call)
    message = interaction.original
    if message is None and interaction.answer_type in {UPDATE, DEFER_UPDATE}:
        message = interaction.message
    if message is None:
        raise unknown("Message")
    return interaction, message


@route("POST", WEBHOOK)
def follow_up(call: Call) -> Reply:
    """Send a follow-up; the first one after a deferral fills in the "thinking" message."""
    interaction = _interaction(call)
    limits.check_message(call.body, files=len(call.uploads))
    original = interaction.original
    if original is not None and original.flags & MessageFlag.LOADING:
        message = _fill(call, original, call.body)
        interaction.note_time()
    else:
        message = _post(call, interaction, call.body)
        message.reply_to = None
        interaction.followups.append(message)
    return Reply(200, payloads.message(message, content=True))


def _fill(call: Call, message: Message, body: Json) -> Message:
    """Write into the "thinking" message; whether it is ephemeral was settled by the deferral."""
    thinking = bool(message.flags & MessageFlag.LOADING)
    message.flags &= ~MessageFlag.LOADING
    message.flags |= MessageFlag((body.get("flags") or 0) & MessageFlag.COMPONENTS_V2)
    _change(call, message, body, edited=not thinking)
    return message


@route("GET", ORIGINAL)
def original(call: Call) -> Reply:
    """Return the first answer."""
    return Reply(200, payloads.message(_original(call)[1], content=True))


@route("PATCH", ORIGINAL)
def edit_original(call: Call) -> Reply:
    """Edit the first answer, or fill it in after a deferral."""
    interaction, message = _original(call)
    limits.check_message(call.body, editing=message, files=len(call.uploads))
    _fill(call, message, call.body)
    interaction.note_time()
    return Reply(200, payloads.message(message, content=True))


@route("DELETE", ORIGINAL)
def delete_original(call: Call) -> Reply:
    """Delete the first answer."""
    interaction, message = _original(call)
    interaction.original = None
    if message.id in message.place.messages:
        message.delete()
    return Reply()


def _sent(call: Call) -> tuple[Interaction, Message]:
    interaction = _interaction(call)
    candidates = [*interaction.messages, *([interaction.message] if interaction.message else [])]
    for message in candidates:
        if message.id == call.id("message_id"):
            return interaction, message
    raise unknown("Message")


@route("GET", FOLLOWUP)
def one(call: Call) -> Reply:
    """Return a follow-up."""
    return Reply(200, payloads.message(_sent(call)[1], content=True))


@route("PATCH", FOLLOWUP)
def edit_followup(call: Call) -> Reply:
    """Edit a follow-up."""
    message = _sent(call)[1]
    limits.check_message(call.body, editing=message, files=len(call.uploads))
    return Reply(200, payloads.message(_fill(call, message, call.body), content=True))


@route("DELETE", FOLLOWUP)
def delete_followup(call: Call) -> Reply:
    """Delete a follow-up."""
    interaction, message = _sent(call)
    if message in interaction.followups:
        interaction.followups.remove(message)
    if message.id in message.place.messages:
        message.delete()
    return Reply()
