"""Builds the bundle from records, profile and period. Pure over the seam; nothing else is opened."""

from __future__ import annotations

from collections.abc import Sequence

from threadlore.bundle import Bundle, SkippedGroup
from threadlore.bundling.asked import period_numbers
from threadlore.bundling.entries import entry_views, waiting_entries
from threadlore.bundling.period import Period, read_period
from threadlore.bundling.public import PublicRecords
from threadlore.profile import Profile
from threadlore.seams import BundleRecords
from threadlore.settings import Settings
from threadlore.types import WAITING, Run, Skipped, TopicEvent

__all__ = ["Period", "build_bundle", "read_period"]

EXAMPLES = 3
"""Items named for each reason of a skip."""


def build_bundle(
    records: BundleRecords,
    profile: Profile,
    settings: Settings,
    *,
    since: str | None = None,
    until: str | None = None,
) -> Bundle:
    """Build what the publishers show. The same records give the same bundle, whenever it is built.

    What is private, or rests on something private, is left out and only counted.

    Raises:
        BadInput: `since` or `until` cannot be read.
    """
    counts = records.counts()
    view = PublicRecords.read(records)
    last = max((at for at in (counts.last_message_at, view.last_asked) if at), default=None)
    period = read_period(since, until, days=settings.report_days, last=last, timezone=settings.timezone)
    bundle = Bundle(
        community=profile.community,
        product=profile.product,
        timezone=settings.timezone,
        areas=tuple((area.name, area.title) for area in profile.areas),
        counts=counts,
        skipped=skipped_groups(records.runs()),
        unread_languages=unread_languages(records.runs()),
        entries=entry_views(records, view),
        topic_names=dict(view.names),
        events=last_events(records.topic_events(), set(view.names)),
    ).model_copy(update=waiting_entries(view))
    if period is None:
        return bundle
    return bundle.model_copy(update=period_numbers(records, view, period, bundle))


def last_events(events: Sequence[TopicEvent], named: set[str]) -> tuple[TopicEvent, ...]:
    """Return merges, splits and ends of the last analysis that changed any topic, of those with a name."""
    if not events:
        return ()
    run = events[-1].run_id
    return tuple(
        event
        for event in events
        if event.run_id == run and event.kind != "born" and {event.topic_id, event.other_id} & named
    )


def unread_languages(runs: Sequence[Run]) -> dict[str, int]:
    """Return by language how many questions the last grouping left waiting for an embedder of it.

    `runs` come newest first; one that had nothing new to group says nothing.
    """
    for run in runs:
        for stage in run.stages:
            if "nowhere" in stage.counts:
                waiting = {key: n for key, n in stage.counts.items() if key.startswith(WAITING) and n}
                return {key.removeprefix(WAITING): n for key, n in sorted(waiting.items())}
    return {}


def skipped_groups(runs: Sequence[Run]) -> tuple[SkippedGroup, ...]:
    """Group what the runs passed over by reason, each item once, most frequent reason first."""
    groups: dict[str, dict[str, Skipped]] = {}
    for run in runs:
        for skipped in run.skipped:
            groups.setdefault(skipped.reason, {}).setdefault(skipped.item, skipped)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(
        SkippedGroup(
            reason=reason,
            count=len(items),
            examples=tuple(items[item] for item in sorted(items)[:EXAMPLES]),
        )
        for reason, items in ordered
    )
