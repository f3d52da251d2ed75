"""What has to be done at all: a rerun touches only what its input changed."""

from __future__ import annotations

from collections.abc import Mapping

from threadlore.agents.context import AnalysisContext
from threadlore.agents.modelling.packing import chunks
from threadlore.ids import digest
from threadlore.prompts import load
from threadlore.types import Question, Topic, TopicState

DISTIL_BATCH = 200
"""Conversations a call of distil: large, because a fan-out costs a millisecond a branch."""

DRAFT_BATCH = 25
"""Topics a call of draft."""


def batches(items: list[str], size: int) -> list[tuple[str, ...]]:
    """Cut `items` into runs of at most `size`.

    >>> batches(["a", "b", "c"], 2)
    [('a', 'b'), ('c',)]
    """
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def distil_batches(context: AnalysisContext) -> list[tuple[str, ...]]:
    """Return the conversations to distil, in batches. Without a model, what one has read stays as it is."""
    if context.calls is None:
        return batches(context.records.conversations_to_distil(), DISTIL_BATCH)
    return chunks(context.records.conversations_to_distil(context.calls.model))


def draft_stage(topic_id: str) -> str:
    """Return the name under which the draft input of a topic is kept."""
    return f"draft:{topic_id}"


def draft_input(
    topic: Topic, questions: Mapping[str, Question], read: Mapping[str, str], context: AnalysisContext
) -> str:
    """Return a digest of everything that a draft of `topic` is made from.

    `read` is what was read of each conversation: an answer that was edited changes no question.
    """
    asked = [questions[key] for key in topic.question_ids if key in questions]
    parts = [topic.label, topic.area, str(context.min_authors), *(page.url for page in topic.documents)]
    parts += [
        f"{item.id}|{item.status}|{item.text}|{item.resolution}|{item.facts.model_dump_json()}"
        for item in asked
    ]
    parts += [read.get(item.thread_id, "") for item in asked]
    return digest(*parts, *_writer(context))


def _writer(context: AnalysisContext) -> tuple[str, ...]:
    """Return what names the model that drafts, and its instructions; nothing in extractive mode."""
    if context.calls is None:
        return ()
    return (context.calls.model, *(load(name).label for name in ("draft", "draft_again", "check")))


def topics_to_draft(context: AnalysisContext) -> dict[str, str]:
    """Return the topics whose draft input changed, with the digest of the new input."""
    questions = {question.id: question for question in context.records.questions()}
    read = context.records.distilled_inputs()
    topics = context.records.topics()
    parents = {topic.parent for topic in topics}
    found: dict[str, str] = {}
    for topic in topics:
        if topic.state is TopicState.MERGED or topic.id in parents:
            continue
        fresh = draft_input(topic, questions, read, context)
        if context.records.stage_input(draft_stage(topic.id)) != fresh:
            found[topic.id] = fresh
    return found
