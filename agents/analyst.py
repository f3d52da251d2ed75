"""The report's words around numbers that code computed: a model writes them, code holds them to the table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from threadlore.agents.context import AnalysisContext
from threadlore.agents.falling_back import FELL_BACK
from threadlore.agents.model_calls import FALLS_BACK
from threadlore.agents.modelling.figures import Row, unfounded
from threadlore.agents.modelling.marking import DataBlock, Limits, instructions
from threadlore.agents.modelling.replies import AnalystReply
from threadlore.agents.modelling.wording import objection, plain_line
from threadlore.bundle import Bundle, TopicView
from threadlore.chat import ChatRequest, Turn
from threadlore.ids import digest
from threadlore.prompts import load
from threadlore.seams import AnalysisRecords
from threadlore.types import Skipped, TopicState

STAGE = "analyst"

TOPICS = 12
"""Topics in the table, those that most members asked."""

LEAST = 2
"""Sentences that must stand, or there are no words at all."""

MOST = 8
LONGEST = 280
ASKERS = 2
"""Members who must have asked a topic, or it is not named: nobody writes into the report alone."""

LIMITS = Limits(text=400)


async def describe_period(context: AnalysisContext) -> dict[str, int]:
    """Let the model write the words of the report, and keep them for the day when it is published."""
    if context.calls is None or context.bundle is None:
        return {}
    bundle = await asyncio.to_thread(context.bundle)
    rows = table(bundle)
    if not rows:
        return {}
    request = _request(rows, bundle.community)
    try:
        reply = await context.calls.ask(request, _messages(context.records, bundle))
    except FALLS_BACK as error:
        return _left_to_code(context, error.message)
    kept = f"{_digest(rows)} {reply.key}"
    await asyncio.to_thread(context.records.save_stage_input, STAGE, kept)
    said = reply.output.sentences if reply.output else []
    stand = checked(reply.output, rows) if reply.output else ()
    counts = {"sentences": len(stand), "sentences_cut": len(said) - len(stand)}
    if not stand:
        counts |= _left_to_code(context, "too few of the model's sentences stood.")
    return counts


def _left_to_code(context: AnalysisContext, why: str) -> dict[str, int]:
    reason = f"left to the code's own sentences: {why}"
    context.skipped([Skipped(item="words of the report", reason=reason)])
    return {"sentences": 0, FELL_BACK: 1}


def with_words(records: AnalysisRecords, bundle: Bundle) -> Bundle:
    """Return a bundle with the sentences that a model wrote about its very numbers, checked once more."""
    rows = table(bundle)
    table_digest, _, key = (records.stage_input(STAGE) or "").partition(" ")
    call = records.model_call(key) if rows and table_digest == _digest(rows) else None
    if call is None or call.problem or not call.reply:
        return bundle
    words = checked(AnalystReply.model_validate_json(call.reply), rows)
    return bundle.model_copy(update={"words": words, "words_by": call.model})


def checked(reply: AnalystReply, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the sentences that stand; none where too few do."""
    kept = []
    for one in reply.sentences[:MOST]:
        refs = [ref.strip().strip("[]() ").lower().removeprefix("q") for ref in one.rows]
        cited = [rows[int(ref) - 1] for ref in refs if ref.isdecimal() and 1 <= int(ref) <= len(rows)]
        text = plain_line(one.text)
        fits = 0 < len(text) <= LONGEST and bool(cited) and not objection(text)
        if fits and not unfounded(text, cited):
            kept.append(text)
    return tuple(kept) if len(kept) >= LEAST else ()


def table(bundle: Bundle) -> list[Row]:
    """Return every number of the period in sentences; what a review changes is not in it.

    Empty where nothing was asked.
    """
    now, before = bundle.period, bundle.before
    if not now.questions or bundle.since is None or bundle.until is None:
        return []
    rows = [
        _row(
            f"period: {_count(now.questions, 'question')} by {_count(now.askers, 'member')} in "
            f"{_count(now.topics, 'topic')}, "
            f"{now.settled} settled, {now.contradicted} with an answer that was contradicted",
            (now.askers, before.askers) if bundle.compared else None,
        )
    ]
    rows += _area_rows(bundle)
    shown = [_topic_row(view, bundle.compared) for view in _shown(bundle)]
    rows += [replace(row, top=number == 0) for number, row in enumerate(shown)]
    if bundle.open_questions:
        longest = max(one.waiting_days for one in bundle.open_questions)
        count = _count(len(bundle.open_questions), "question")
        rows.append(Row(f"open: {count} not settled; who waits longest, waits {_count(longest, 'day')}"))
    return rows


def _area_rows(bundle: Bundle) -> list[Row]:
    asked = [view for view in bundle.topics if view.questions]
    titles = dict(bundle.areas)
    counted = []
    for area in dict.fromkeys(view.topic.area for view in asked):
        views = [view for view in asked if view.topic.area == area]
        questions = [one.question for view in views for one in view.questions]
        title, askers = titles.get(area, area), len({question.author for question in questions})
        told = f"{_count(len(views), 'topic')}, {_count(len(questions), 'question')}"
        row = Row(f"area {title}: {told} by {_count(askers, 'member')}", title)
        counted.append((len(questions), row))
    most = max((questions for questions, _ in counted), default=0)
    return [replace(row, top=questions == most) for questions, row in counted]


def _shown(bundle: Bundle) -> list[TopicView]:
    """Return the topics that are named: those that most members asked, and none of a single one."""
    return [view for view in bundle.topics if view.questions and view.topic.authors >= ASKERS][:TOPICS]


def _topic_row(view: TopicView, compared: bool) -> Row:
    name, questions = view.topic.label, _count(len(view.questions), "question")
    state = f"{view.state.value}, " if compared and view.state is not TopicState.STEADY else ""
    text = f'topic "{name}": {state}asked by {_count(view.askers, "member")} in {questions}, '
    text += f"{view.settled} settled"
    if compared and view.state is TopicState.NEW:
        return Row(text, name, new=True)
    return _row(text, (view.askers, view.askers_before) if compared else None, name)


def _row(text: str, change: tuple[int, int] | None, name: str = "") -> Row:
    if change is None:
        return Row(text, name)
    now, before = change
    told = f"{text}; by {_count(before, 'member')} in the period before"
    return Row(told, name, (now > before) - (now < before))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _digest(rows: Sequence[Row]) -> str:
    return digest(*(f"{row.text}|{row.trend}|{row.new}" for row in rows))


def _messages(records: AnalysisRecords, bundle: Bundle) -> list[str]:
    """Return the messages that names and descriptions of the shown topics may have come from."""
    shown = {view.topic.id for view in _shown(bundle)}
    topics: Mapping[str, Sequence[str]] = {one.id: one.question_ids for one in records.topics()}
    asked = [key for topic in sorted(shown) for key in topics.get(topic, ())]
    return list(dict.fromkeys(key for one in records.questions(asked) for key in one.evidence))


def _request(rows: Sequence[Row], community: str) -> ChatRequest[AnalystReply]:
    prompt = load("analyst")
    data = DataBlock(LIMITS)
    for row in rows:
        data.text("", row.text, "row")
    return ChatRequest(
        prompt=prompt.label,
        system=instructions(prompt, community=community),
        turns=(Turn("user", data.render()),),
        output=AnalystReply,
        max_tokens=700,
    )
