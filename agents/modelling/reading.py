"""Reads conversations with a model: calls, a second try for what was left out, and what each came to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from threadlore.agents.model_calls import TRY_LATER, ModelCalls
from threadlore.agents.modelling.distilled import Reading, Shown, check_reply, merge
from threadlore.agents.modelling.marking import DataBlock, instructions
from threadlore.agents.modelling.packing import Part, data_tokens, limits_for, pack
from threadlore.agents.modelling.replies import DistilReply
from threadlore.agents.modelling.side_by_side import begun
from threadlore.chat import ChatRequest, Turn, rough_tokens
from threadlore.errors import BudgetSpent, ModelDown, ModelReplyUnusable
from threadlore.profile import Profile
from threadlore.prompts import load
from threadlore.types import Conversation

LEFT_OUT = "left out of the model's reply"

REPLY_LEAST = 400
"""Tokens of a reply, at least."""

REPLY_FOR_EACH = 60
"""Tokens of a reply for each conversation, beside a share of what they hold."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading a conversation came to. `later` says that no model has read it: another run may."""

    reading: Reading
    later: bool = False


Found = dict[str, Outcome]
"""Outcomes by the id of the conversation."""


class Reader:
    """Reads conversations with a chat model."""

    def __init__(
        self, calls: ModelCalls, profile: Profile, titled: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """`titled` are messages outside a conversation that its title stems from, by its id."""
        self._calls = calls
        self._profile = profile
        self._titled = titled or {}
        self._room = data_tokens(calls.window, self._request("").rough_tokens() + REPLY_LEAST)

    async def read(
        self, conversations: Sequence[Conversation], done: Callable[[Found], Awaitable[None]]
    ) -> None:
        """Read conversations, and hand over what they came to in their order; calls run side by side.

        In their order, because then the ones that are left when a run is cut off are read by the same calls,
        and no call is paid twice.

        Raises:
            ConfigError: the model refuses the key or its name.
        """
        plans = pack(conversations, self._room, self._calls.at_a_time)
        last = {_key(part): number for number, parts in enumerate(plans) for part in parts}
        pieces: dict[str, list[Outcome]] = {}
        async with begun(self._batch(parts) for parts in plans) as tasks:
            for number, task in enumerate(tasks):
                for key, outcome in (await task).items():
                    pieces.setdefault(key, []).append(outcome)
                whole = [key for key in pieces if last[key] == number]
                if whole:
                    await done({key: _together(pieces.pop(key)) for key in whole})

    async def _batch(self, parts: Sequence[Part]) -> Found:
        """Read one batch. What its reply leaves out is asked once more; all in halves if it is no use."""
        found, rest = await self._ask(parts)
        left = [part for part in parts if _key(part) not in found]
        if left and len(parts) > 1:
            half = len(left) if found else -(-len(left) // 2)
            for again in filter(None, (left[:half], left[half:])):
                more, rest = await self._ask(again)
                found |= {_key(part): more.get(_key(part), rest) for part in again}
        return {_key(part): found.get(_key(part), rest) for part in parts}

    async def _ask(self, parts: Sequence[Part]) -> tuple[Found, Outcome]:
        """Return what one call found, and what came of the rest; all of it when nothing answers."""
        data = DataBlock(limits_for(self._room))
        shown = [show(data, part) for part in parts]
        request = self._request(data.render(), len(parts))
        messages = [message.id for part in parts for message in part.conversation.messages]
        titles = [key for part in parts for key in self._titled.get(_key(part), ())]
        try:
            reply = await self._calls.ask(request, [*messages, *titles])
        except (ModelDown, BudgetSpent) as error:
            later = _unread(error.message, later=True)
            return {_key(part): later for part in parts}, later
        except ModelReplyUnusable as error:
            return {}, _unread(error.message, later=isinstance(error, TRY_LATER))
        if reply.output is None:
            return {}, _unread(LEFT_OUT)
        readings = check_reply(reply.output, shown, self._profile)
        origin = {"method": self._calls.model, "prompt_hash": reply.key}
        for reading in readings.values():
            reading.questions = [question.model_copy(update=origin) for question in reading.questions]
        return {key: Outcome(reading) for key, reading in readings.items()}, _unread(LEFT_OUT)

    def _request(self, data: str, conversations: int = 0) -> ChatRequest[DistilReply]:
        prompt = load("distil")
        request = ChatRequest(
            prompt=prompt.label,
            system=instructions(prompt, product=self._profile.product),
            turns=(Turn("user", data),),
            output=DistilReply,
        )
        wanted = REPLY_LEAST + REPLY_FOR_EACH * conversations + rough_tokens(data) // 3
        left = max(REPLY_LEAST, self._calls.window - request.rough_tokens())
        return replace(request, max_tokens=min(wanted, left))


def show(data: DataBlock, part: Part) -> Shown:
    """Add a conversation to what a call shows."""
    conversation = part.conversation
    before = len(data.sources)
    by_id = {message.id: message for message in conversation.messages}
    ref = data.conversation(
        conversation.thread.id, conversation.thread.title, conversation.messages, conversation.channel
    )
    added: Mapping[str, str] = dict(list(data.sources.items())[before + 1 :])
    return Shown(ref, conversation, {name: by_id[key] for name, key in added.items()})


def _key(part: Part) -> str:
    return part.conversation.thread.id


def _unread(reason: str, *, later: bool = False) -> Outcome:
    return Outcome(Reading(problem=reason), later)


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    """Return what a conversation came to of what its pieces came to."""
    if len(outcomes) == 1:
        return outcomes[0]
    return Outcome(merge(one.reading for one in outcomes), any(one.later for one in outcomes))
