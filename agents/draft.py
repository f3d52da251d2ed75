"""Drafts entries: a chat model writes them from what may be trusted; without one they are extracted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.manuscripts import Manuscript
from threadlore.agents.drafting.matters import Lore, Matter, find_matters
from threadlore.agents.drafting.writing import write_again, write_entry
from threadlore.agents.falling_back import Drafted, extract, fall_back
from threadlore.agents.model_calls import FALLS_BACK


async def draft_topics(context: AnalysisContext, topic_ids: Sequence[str], lore: Lore) -> Drafted:
    """Return drafts for the topics: one for each thing that enough authors asked and that was settled.

    A topic can hold several matters, and an entry answers one. Where nothing was settled, or the threads
    hold nothing that may be quoted, there is no draft: it stays an open question of the report.
    """
    wanted = set(topic_ids)
    topics = [topic for topic in context.records.topics() if topic.id in wanted]
    matters = [matter for topic in topics for matter in await find_matters(context, topic, lore)]
    drafted = Drafted()
    done = 0

    async def drafted_one(matter: Matter) -> None:
        nonlocal done
        await _draft(context, matter, lore, drafted)
        done += 1
        context.progress("draft", done, len(matters))

    if context.calls is None:
        for matter in matters:
            await drafted_one(matter)
    else:
        await asyncio.gather(*map(drafted_one, matters))
    return _ordered(drafted)


async def mend_drafts(context: AnalysisContext, manuscripts: Sequence[Manuscript], lore: Lore) -> Drafted:
    """Return drafts again after their model was told which claims the check refused."""
    drafted = Drafted()

    async def mended_one(before: Manuscript) -> None:
        if context.calls is None:
            return
        try:
            after = await write_again(context, context.calls, before, lore)
        except FALLS_BACK as error:
            await fall_back(context, before.matter, lore, error, drafted)
            return
        drafted.manuscripts.append(after or before.given_up())

    await asyncio.gather(*map(mended_one, manuscripts))
    return _ordered(drafted)


async def _draft(context: AnalysisContext, matter: Matter, lore: Lore, drafted: Drafted) -> None:
    if context.calls is None:
        await extract(context, matter, lore, drafted)
        return
    try:
        written = await write_entry(context, context.calls, matter, lore)
    except FALLS_BACK as error:
        await fall_back(context, matter, lore, error, drafted)
        return
    drafted.manuscripts += [written] if written else []


def _ordered(drafted: Drafted) -> Drafted:
    """Return it in an order that does not depend on which reply came first."""
    drafted.manuscripts.sort(key=lambda one: one.entry.id)
    drafted.unfinished.sort()
    return drafted
