"""Which topics a model names, and how its names join those that code gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from threadlore.agents.context import AnalysisContext
from threadlore.agents.model_calls import ModelCalls
from threadlore.agents.modelling.labelling import Named, Subject, name_subjects
from threadlore.types import Question, Skipped, Topic

SAMPLE = 6
"""Questions of a topic, the oldest, that a model names it from: with them the name stays as it grows."""

TOPICS_OF_THEME = 8
"""Topics of a theme, the largest, that a model names it from."""

REFUSED = "-"
"""Stands before a digest whose name could not be used: the same is not asked again."""


def subject_of(topic: Topic, questions: Mapping[str, Question]) -> Subject:
    """Return what a model is shown of a topic: its oldest questions."""
    asked = sorted(
        (questions[key] for key in topic.question_ids if key in questions),
        key=lambda question: (question.asked_at, question.id),
    )[:SAMPLE]
    return Subject(
        topic.id,
        "topic",
        topic.parent or "",
        tuple(question.text for question in asked),
        tuple(dict.fromkeys(key for question in asked for key in question.evidence)),
    )


def join_names(
    now: Mapping[str, Topic], labelled: Iterable[Topic], questions: Mapping[str, Question]
) -> dict[str, Topic]:
    """Return topics by id with what code has labelled anew, but for names of a model that still hold."""
    joined = dict(now)
    parents = {topic.parent for topic in now.values() if topic.parent}
    for topic in sorted(labelled, key=lambda topic: topic.id in parents):
        before = joined[topic.id]
        subject = _theme(before, joined, questions) if topic.id in parents else subject_of(before, questions)
        kept: dict[str, str] = {"description": "", "naming": ""}
        if before.naming == subject.naming():
            kept = {"label": before.label, "area": before.area}
        joined[topic.id] = topic.model_copy(update=kept)
    return joined


async def name_by_model(
    context: AnalysisContext, calls: ModelCalls, now: dict[str, Topic], questions: Mapping[str, Question]
) -> dict[str, int]:
    """Put the model's names into `now` (topics by id): first those of topics, then those of themes.

    A theme of one topic is nothing of its own: code names it.

    Returns:
        How many it named, and how many keep the name that code gave.
    """
    parents = {topic.parent for topic in now.values() if topic.parent}
    topics = [subject_of(topic, questions) for key, topic in now.items() if key not in parents]
    counts = {"named_by_model": 0, "named_without_model": 0}
    await _round(context, calls, now, topics, counts)
    themes = [_theme(now[key], now, questions) for key in sorted(parents & now.keys())]
    await _round(context, calls, now, [one for one in themes if len(one.lines) > 1], counts)
    return counts


def _theme(theme: Topic, now: Mapping[str, Topic], questions: Mapping[str, Question]) -> Subject:
    """Return what a model is shown of a theme: the names of its topics."""
    inside = sorted(
        (topic for topic in now.values() if topic.parent == theme.id),
        key=lambda topic: (-len(topic.question_ids), topic.id),
    )[:TOPICS_OF_THEME]
    messages = (key for topic in inside for key in subject_of(topic, questions).messages)
    return Subject(
        theme.id, "theme", "", tuple(topic.label for topic in inside), tuple(dict.fromkeys(messages))
    )


async def _round(
    context: AnalysisContext,
    calls: ModelCalls,
    now: dict[str, Topic],
    subjects: list[Subject],
    counts: dict[str, int],
) -> None:
    due: list[Subject] = []
    others: list[Subject] = []
    for one in subjects:
        known = now[one.id].naming.removeprefix(REFUSED) == one.naming()
        (others if known or not one.lines else due).append(one)
    if not due:
        return
    found = await name_subjects(calls, context.profile, due, others)
    failed = []
    for one in sorted(due, key=lambda one: (-len(now[one.id].question_ids), one.id)):
        named = _told_apart(found[one.id], one.id, now)
        if not named.problem:
            update = {"label": named.name, "description": named.line, "naming": one.naming()}
            update |= {"area": named.area} if named.area else {}
            now[one.id] = now[one.id].model_copy(update=update)
            continue
        failed.append(Skipped(item=one.id, reason=f"named without the model: {named.problem}"))
        if not named.later:
            refused = {"description": "", "naming": f"{REFUSED}{one.naming()}"}
            now[one.id] = now[one.id].model_copy(update=refused)
    counts["named_by_model"] += len(due) - len(failed)
    counts["named_without_model"] += len(failed)
    if failed:
        context.skipped(failed)


def _told_apart(named: Named, key: str, now: Mapping[str, Topic]) -> Named:
    """Return a name, or the problem that another topic has it."""
    taken = any(topic.label.casefold() == named.name.casefold() for topic in now.values() if topic.id != key)
    return Named(problem="another topic has that name") if taken and not named.problem else named
