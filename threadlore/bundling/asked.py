"""What was asked in a period: totals, topics with their change, open questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from threadlore.bundle import (
    AskedQuestion,
    Bundle,
    Coverage,
    OpenQuestion,
    TopicView,
    Totals,
)
from threadlore.bundling.period import Period
from threadlore.bundling.places import places_of
from threadlore.bundling.public import PublicRecords
from threadlore.seams import BundleRecords
from threadlore.types import (
    FaqEntry,
    Question,
    QuestionStatus,
    Topic,
    TopicState,
)

OPEN_DAYS = 30
"""Open questions are listed this many days back, however short the period: help is still wanted."""
MARKED_CHANGE = 2
"""A topic grows or fades by at least this many askers, and by half: less is chance."""


def period_numbers(
    records: BundleRecords, view: PublicRecords, period: Period, bundle: Bundle
) -> dict[str, object]:
    """Return the fields of the bundle that depend on the period."""
    current = [question for question in view.questions.values() if period.holds(question.asked_at)]
    earlier = [question for question in view.questions.values() if period.before.holds(question.asked_at)]
    compared = any(question.asked_at < period.since for question in view.questions.values())
    listed_from = min(period.since, period.until - timedelta(days=OPEN_DAYS))
    unsettled = [
        question
        for question in view.questions.values()
        if question.status is not QuestionStatus.SETTLED and question.asked_at < period.until
    ]
    listed = [question for question in unsettled if question.asked_at >= listed_from]
    places = places_of(records, {question.id: question for question in (*current, *listed)}.values())
    return {
        "since": period.since,
        "until": period.until,
        "compared": compared,
        "period": _totals(current, view.topic_of),
        "before": _totals(earlier, view.topic_of),
        "topics": _topic_views(view, bundle, period, compared, places),
        "open_questions": _open_questions(listed, view.topic_of, places, period.until),
        "older_open": len(unsettled) - len(listed),
        "hidden": sum(period.holds(question.asked_at) for question in view.private),
        "methods": dict(sorted(Counter(question.method for question in current).items())),
    }


def _totals(questions: Sequence[Question], topic_of: Mapping[str, str]) -> Totals:
    status = Counter(question.status for question in questions)
    return Totals(
        questions=len(questions),
        askers=len({question.author for question in questions}),
        settled=status[QuestionStatus.SETTLED],
        contradicted=status[QuestionStatus.CONTRADICTED],
        topics=len({topic_of[question.id] for question in questions if question.id in topic_of}),
        unclustered=sum(question.id not in topic_of for question in questions),
    )


def _topic_views(
    view: PublicRecords, bundle: Bundle, period: Period, compared: bool, places: Mapping[str, AskedQuestion]
) -> tuple[TopicView, ...]:
    published = {shown.entry.id for shown in bundle.entries}
    entries = _by_topic(view, (entry for entry in view.entries if entry.id in published))
    drafts = _by_topic(view, (waiting.entry for waiting in bundle.drafts))
    views = []
    for topic in view.topics.values():
        questions = [view.questions[member] for member in topic.question_ids]
        inside = [question for question in questions if period.holds(question.asked_at)]
        before = {question.author for question in questions if period.before.holds(question.asked_at)}
        if not inside and not before:
            continue
        askers = len({question.author for question in inside})
        fresh = min(question.asked_at for question in questions) >= period.since
        newest = sorted(inside, key=lambda question: (-question.asked_at.timestamp(), question.id))
        views.append(
            TopicView(
                topic=topic,
                questions=tuple(places[question.id] for question in newest),
                askers=askers,
                askers_before=len(before),
                settled=sum(question.status is QuestionStatus.SETTLED for question in inside),
                state=_state(askers, len(before), fresh=fresh) if compared else TopicState.STEADY,
                coverage=_coverage(topic, entries.get(topic.id, ())),
                entry_ids=tuple(entries.get(topic.id, ())),
                drafts=tuple(drafts.get(topic.id, ())),
            )
        )
    views.sort(key=lambda one: (-one.askers, -len(one.questions), -one.askers_before, one.topic.id))
    return tuple(views)


def _state(askers: int, before: int, *, fresh: bool) -> TopicState:
    if fresh:
        return TopicState.NEW
    if askers >= before + MARKED_CHANGE and askers * 2 >= before * 3:
        return TopicState.GROWING
    if before >= askers + MARKED_CHANGE and before * 2 >= askers * 3:
        return TopicState.FADING
    return TopicState.STEADY


def _coverage(topic: Topic, entries: Sequence[str]) -> Coverage:
    if entries:
        return "entry"
    return "documentation" if topic.documents else "none"


def _by_topic(view: PublicRecords, entries: Iterable[FaqEntry]) -> dict[str, list[str]]:
    """Return ids of entries by topic: the topic they name, and those of the questions they hold."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        topics = {view.topic_of[member] for member in entry.question_ids if member in view.topic_of}
        if entry.topic_id in view.topics:
            topics.add(str(entry.topic_id))
        for topic in topics:
            found.setdefault(topic, []).append(entry.id)
    return found


def _open_questions(
    listed: Iterable[Question],
    topic_of: Mapping[str, str],
    places: Mapping[str, AskedQuestion],
    until: datetime,
) -> tuple[OpenQuestion, ...]:
    return tuple(
        OpenQuestion(
            asked=places[question.id],
            waiting_days=(until - question.asked_at).days,
            topic_id=topic_of.get(question.id),
        )
        for question in sorted(listed, key=lambda question: (question.asked_at, question.id))
    )
