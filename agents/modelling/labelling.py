"""Names topics with a model: many a call, beside their neighbours, held against what people asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from threadlore.agents.model_calls import FALLS_BACK, TRY_LATER, ModelCalls
from threadlore.agents.modelling.marking import DataBlock, Limits, instructions
from threadlore.agents.modelling.packing import TARGET, batches_of, text_tokens
from threadlore.agents.modelling.replies import LabelRead, LabelReply
from threadlore.agents.modelling.side_by_side import all_of
from threadlore.agents.modelling.wording import invented, objection, plain_line, share_said
from threadlore.chat import ChatRequest, Turn
from threadlore.ids import digest
from threadlore.profile import Profile
from threadlore.prompts import load

MOST = 12
"""Topics a call, at most."""

NEARBY = 10
"""Neighbours shown beside them, at most."""

SHORTEST, LONGEST = 4, 72
"""Characters of a name."""

LONGEST_LINE = 160
"""Characters of a description."""

SAID = 0.3
"""Share of a name's stems that the questions must hold."""

REPLY_FOR_EACH = 90
"""Tokens of a reply for each topic."""

LIMITS = Limits(text=1500, code_lines=4, whole_links=False)
LINE = 200
"""Characters of a question that are shown."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be named: questions of a topic, or the topics of a theme.

    `group` is what its neighbours share with it. `messages` are those whose text its lines were made from.
    """

    id: str
    kind: str
    group: str
    lines: tuple[str, ...]
    messages: tuple[str, ...] = ()

    def naming(self) -> str:
        """Return a digest of what it is named from: while that stays, so does the name."""
        return digest(self.kind, *self.lines)


@dataclass(frozen=True, slots=True)
class Named:
    """A name with area and description; empty where the model gave none that can be used.

    `problem` says why there is no name, `later` that no model has been asked.
    """

    name: str = ""
    area: str = ""
    line: str = ""
    problem: str = ""
    later: bool = False


async def name_subjects(
    calls: ModelCalls, profile: Profile, due: Sequence[Subject], others: Sequence[Subject]
) -> dict[str, Named]:
    """Return what the model calls each of `due`; `others` of the same groups are shown beside them.

    Raises:
        ConfigError: the model refuses the key or its name.
    """
    ordered = sorted(due, key=lambda one: (one.group, one.id))
    room = _room(calls, profile)
    sizes = [_size(one) for one in ordered]
    beside: dict[str, list[Subject]] = {}
    for one in sorted([*due, *others], key=lambda one: (one.group, one.id)):
        beside.setdefault(one.group, []).append(one)
    found: dict[str, Named] = {}
    batches = batches_of(ordered, sizes, room, min(MOST, calls.at_a_time))
    for names in await all_of(_ask(calls, profile, batch, beside) for batch in batches):
        found |= names
    return found


def check_label(read: LabelRead, subject: Subject, profile: Profile) -> Named:
    """Return what stands of a name; an unfit area or description is left away, an unfit name is a problem."""
    source = "\n".join([*subject.lines, profile.product])
    name = plain_line(read.name).rstrip(" .。")
    if not SHORTEST <= len(name) <= LONGEST:
        return Named(problem="name of unfit length")
    held = objection(name)
    if held:
        return Named(problem=f"{held} in the name")
    if share_said(name, source) < SAID:
        return Named(problem="name is not in the words of its questions")
    if invented(name, source):
        return Named(problem="name holds what nobody wrote")
    area = plain_line(read.area).casefold()
    line = plain_line(read.line)
    fits = len(line) <= LONGEST_LINE and not objection(line) and not invented(line, source)
    return Named(
        name=name[:1].upper() + name[1:],
        area=area if area in {one.name for one in profile.areas} else "",
        line=line if fits and share_said(line, source) >= SAID else "",
    )


def _room(calls: ModelCalls, profile: Profile) -> int:
    """Return how many tokens a call has for its topics and their names."""
    bare = _request(DataBlock(LIMITS).render(), 0, profile)
    return min(TARGET, calls.window - bare.rough_tokens() - bare.max_tokens)


def _size(subject: Subject) -> int:
    """Return about how many tokens a topic takes, with its name in the reply."""
    return text_tokens(_shown(subject.lines), LIMITS) + REPLY_FOR_EACH


def _nearby(batch: Sequence[Subject], beside: Mapping[str, Sequence[Subject]], room: int) -> list[Subject]:
    """Return neighbours of a batch, as many as the room holds that the batch leaves over."""
    inside = {one.id for one in batch}
    groups = dict.fromkeys(one.group for one in batch)
    near = [one for group in groups for one in beside[group] if one.id not in inside][:NEARBY]
    left = room - sum(map(_size, batch))
    return near[: max(0, left // text_tokens("x" * LINE, LIMITS))]


async def _ask(
    calls: ModelCalls, profile: Profile, batch: Sequence[Subject], beside: Mapping[str, Sequence[Subject]]
) -> dict[str, Named]:
    near = _nearby(batch, beside, _room(calls, profile))
    data = DataBlock(LIMITS)
    refs = {data.text(one.id, _shown(one.lines), one.kind): one for one in batch}
    for one in near:
        data.text(one.id, _shown(one.lines[:1]), "nearby")
    request = _request(data.render(), len(batch), profile)
    messages = list(dict.fromkeys(key for one in [*batch, *near] for key in one.messages))
    try:
        reply = await calls.ask(request, messages)
    except FALLS_BACK as error:
        later = isinstance(error, TRY_LATER)
        return {one.id: Named(problem=error.message, later=later) for one in batch}
    said: dict[str, list[LabelRead]] = {}
    for read in reply.output.topics if reply.output else ():
        said.setdefault(read.t.strip().strip("[]() ").lower(), []).append(read)
    found = {}
    for ref, one in refs.items():
        names = said.get(ref, [])
        found[one.id] = (
            check_label(names[0], one, profile)
            if len(names) == 1
            else Named(problem="named twice" if names else "left out of the model's reply")
        )
    return found


def _shown(lines: Sequence[str]) -> str:
    return "\n".join(line if len(line) <= LINE else f"{line[: LINE - 1]}…" for line in lines)


def _request(data: str, count: int, profile: Profile) -> ChatRequest[LabelReply]:
    prompt = load("label")
    areas = "; ".join(f"`{area.name}` ({area.description.strip().rstrip('.')})" for area in profile.areas)
    return ChatRequest(
        prompt=prompt.label,
        system=instructions(prompt, areas=areas, product=profile.product),
        turns=(Turn("user", data),),
        output=LabelReply,
        max_tokens=200 + REPLY_FOR_EACH * count,
    )
