"""Distil: what each conversation asks, and what settled it; read by a model, or by cues without one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from threadlore.agents.context import AnalysisContext
from threadlore.agents.dialogue.asking import (
    Asked,
    asks_nothing,
    find_questions,
    is_fragment,
    own_title,
    turns_of,
)
from threadlore.agents.dialogue.cases import read_facts
from threadlore.agents.dialogue.questions import word_question
from threadlore.agents.dialogue.settling import Settled, settle
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.modelling.reading import Found, Reader
from threadlore.ids import message_id, question_id
from threadlore.profile import Profile
from threadlore.seams import AnalysisRecords
from threadlore.types import Conversation, Question, Skipped

METHOD = "extractive"


def extract(conversation: Conversation, profile: Profile) -> list[Question]:
    """Return what a conversation asks, oldest first, with what settled it and what it says about the case.

    Announcements, chat and showcases ask nothing; others' questions inside them count, and nothing in a
    place that the profile calls off-topic.
    """
    found = extract_with_endings(conversation, profile)
    return [question for question, _ in found]


def extract_with_endings(conversation: Conversation, profile: Profile) -> list[tuple[Question, Settled]]:
    """Return each question together with how it ended in detail."""
    if _off_topic(conversation, profile):
        return []
    turns = turns_of(conversation)
    every = find_questions(conversation, turns)
    title, place = own_title(conversation), ""
    if is_fragment(conversation):
        title, place = "", title
    ordinals: dict[str, int] = {}
    result: list[tuple[Question, Settled]] = []
    for asked in every:
        solved = conversation.thread.solved if len(every) == 1 else None
        ending = settle(asked, every, turns, solved)
        first = asked.turns[0].message
        ordinals[first.id] = ordinals.get(first.id, -1) + 1
        mine = asked is every[0] and asked.asker == turns[0].message.author
        text = word_question(asked, title if mine or asked.from_title else "", place)
        if not text:
            continue
        result.append((_question(conversation, profile, asked, ending, (text, ordinals[first.id])), ending))
    return result


def _off_topic(conversation: Conversation, profile: Profile) -> bool:
    """Return whether the place is one that the profile leaves out."""
    places = {conversation.channel.strip("# ").lower(), conversation.thread.title.strip("# ").lower()}
    return bool(places & {name.strip("# ").lower() for name in profile.off_topic_channels})


def _question(
    conversation: Conversation, profile: Profile, asked: Asked, ending: Settled, worded: tuple[str, int]
) -> Question:
    first = asked.turns[0].message
    asking = tuple(dict.fromkeys(turn.message.id for turn in asked.turns))
    by_id = {message.id: message for message in conversation.messages}
    answered = [by_id[one].created_at for one in ending.resolution if one in by_id]
    said = [conversation.thread.title, *(by_id[one].text for one in asking)]
    return Question(
        id=question_id(conversation.thread.id, first.id, worded[1]),
        thread_id=conversation.thread.id,
        text=worded[0],
        author=asked.asker,
        message_ids=asking,
        resolution=ending.resolution,
        evidence=tuple(dict.fromkeys((*asking, *ending.resolution))),
        status=ending.status,
        confirmed=ending.confirmed,
        facts=read_facts("\n".join(said), profile),
        language=first.language,
        asked_at=first.created_at,
        answered_at=max(answered, default=None),
        method=METHOD,
        visibility=conversation.thread.visibility,
    )


async def distil_conversations(context: AnalysisContext, thread_ids: Sequence[str]) -> dict[str, int]:
    """Distil conversations and store what they ask; return how many of each were met."""
    conversations = await asyncio.to_thread(context.records.conversations, thread_ids)
    if context.calls is not None:
        return await _read_by_model(context, context.calls, conversations)
    found = {one.thread.id: extract(one, context.profile) for one in conversations}
    await asyncio.to_thread(context.records.save_questions, METHOD, found)
    context.progress("distil", len(found), len(found))
    return _counted(found)


def _counted(found: dict[str, list[Question]]) -> dict[str, int]:
    questions = [question for each in found.values() for question in each]
    return {
        "conversations": len(found),
        "questions": len(questions),
        "settled": sum(question.status == "settled" for question in questions),
        "asking_nothing": sum(not each for each in found.values()),
    }


async def _read_by_model(
    context: AnalysisContext, calls: ModelCalls, conversations: Sequence[Conversation]
) -> dict[str, int]:
    """Let the model read what may ask something; what it cannot read goes the extractive way, by name.

    What the model has not seen is not marked as read by it: the next run tries again.
    """
    records, profile = context.records, context.profile
    by_id = {one.thread.id: one for one in conversations}
    found: dict[str, list[Question]] = {}
    counts: Counter[str] = Counter()

    async def store(method: str, part: dict[str, list[Question]]) -> None:
        await asyncio.to_thread(records.save_questions, method, part)
        found.update(part)
        context.progress("distil", len(found), len(by_id))

    async def done(read: Found) -> None:
        failed = {key: outcome for key, outcome in read.items() if outcome.reading.problem}
        instead = {key: extract(by_id[key], profile) for key in failed}
        later = {key: instead[key] for key, outcome in failed.items() if outcome.later}
        by_model = {
            key: instead.get(key, outcome.reading.questions)
            for key, outcome in read.items()
            if key not in later
        }
        await store(calls.model, by_model)
        if later:
            await store(METHOD, later)
        if failed:
            context.skipped(
                [
                    Skipped(item=key, reason=f"read without the model: {outcome.reading.problem}")
                    for key, outcome in failed.items()
                ]
            )
        counts.update(
            read_by_model=len(read) - len(failed),
            read_without_model=len(failed),
            references_dropped=sum(outcome.reading.references for outcome in read.values()),
            facts_dropped=sum(outcome.reading.facts for outcome in read.values()),
        )

    silent = {one.thread.id: list[Question]() for one in conversations if _says_nothing(one, profile)}
    await store(calls.model, silent)
    asking = to_be_read(conversations, profile)
    titled = await asyncio.to_thread(_titled, records, asking)
    await Reader(calls, profile, titled).read(asking, done)
    return {**_counted(found), "not_sent": len(silent), **counts}


def _titled(records: AnalysisRecords, conversations: Sequence[Conversation]) -> dict[str, list[str]]:
    """Return the messages that titles stem from, by conversation: the first of the thread it was cut from.

    A thread of Discord is called like the message that it was opened on, whose number it shares.
    """
    whole = {one.thread.id: one.thread.parent or one.thread.id for one in conversations}
    first = {one.id: one.message_ids[:1] for one in records.threads(sorted(set(whole.values())))}
    found = {}
    for one in conversations:
        place = whole[one.thread.id]
        opened = message_id(one.thread.source, place.rpartition("/t/")[2]) if "/t/" in place else ""
        found[one.thread.id] = [*first.get(place, ()), *([opened] if opened else [])]
    return found


def to_be_read(conversations: Sequence[Conversation], profile: Profile) -> list[Conversation]:
    """Return the conversations that a model is paid to read."""
    return [one for one in conversations if not _says_nothing(one, profile)]


def _says_nothing(conversation: Conversation, profile: Profile) -> bool:
    """Return whether nothing is asked so surely that no model need be paid for it."""
    return _off_topic(conversation, profile) or asks_nothing(conversation)
