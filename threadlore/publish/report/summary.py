"""The first lines of the report: plain sentences, every number of them computed."""

from __future__ import annotations

from threadlore.bundle import Bundle, TopicView
from threadlore.publish.markdown import Markdown, inline, shorten
from threadlore.publish.words import length, listing, number, percent
from threadlore.types import TopicState

NAMED = 3
"""Topics that a sentence names."""


def sentences(bundle: Bundle) -> list[Markdown]:
    """Return what a maintainer should know first, as sentences; none without questions."""
    now = bundle.period
    if not now.questions or bundle.since is None or bundle.until is None:
        return []
    waiting = now.questions - now.settled
    first = (
        f"**{number(now.askers, 'member')} asked {number(now.questions, 'question')} "
        f"in {number(now.topics, 'topic')}.** {percent(now.settled, now.questions)} were settled "
        f"({now.settled:,} of {now.questions:,}); {number(waiting, 'question')} "
        f"{'is' if waiting == 1 else 'are'} still open."
    )
    found = [first, _comparison(bundle), _most_asked(bundle), _movement(bundle), _work(bundle)]
    return [Markdown(sentence) for sentence in found if sentence]


def trend(view: TopicView, compared: bool) -> str:
    """Return how the number of askers moved since the period before, for a table."""
    if not compared:
        return "–"
    if view.state is TopicState.NEW:
        return "new"
    if view.askers == view.askers_before:
        return "same"
    return f"{'↑' if view.askers > view.askers_before else '↓'} from {view.askers_before}"


def _comparison(bundle: Bundle) -> str:
    if not bundle.compared or bundle.since is None or bundle.until is None:
        return "There are no earlier questions to compare with, so nothing is called new or growing."
    change = bundle.period.questions - bundle.before.questions
    stretch = f"the {length(bundle.since, bundle.until)} before ({bundle.before.questions:,})"
    if not change:
        return f"That is as many questions as in {stretch}."
    more = "more" if change > 0 else "fewer"
    return f"That is {number(abs(change), 'question')} {more} than in {stretch}."


def _most_asked(bundle: Bundle) -> str:
    top = [view for view in bundle.topics if view.askers > 1][:NAMED]
    if not top:
        return ""
    named = [f"{_name(view)} ({number(view.askers, 'member')})" for view in top]
    return f"Most asked: {listing(named)}."


def _movement(bundle: Bundle) -> str:
    parts = []
    for state in (TopicState.NEW, TopicState.GROWING, TopicState.FADING):
        views = [view for view in bundle.topics if view.state is state]
        if views:
            parts.append(f"{number(len(views), 'topic')} {'is' if len(views) == 1 else 'are'} {state.value}")
    sentence = listing(parts)
    return f"{sentence}." if sentence else ""


def _work(bundle: Bundle) -> str:
    gaps = [view for view in bundle.topics if view.askers > 1 and view.coverage == "none"]
    parts = []
    if gaps:
        parts.append(
            f"{number(len(gaps), 'topic')} that several members asked about "
            f"{'has' if len(gaps) == 1 else 'have'} neither an approved entry nor a documentation page"
        )
    if bundle.drafts:
        verb = "waits" if len(bundle.drafts) == 1 else "wait"
        parts.append(f"{number(len(bundle.drafts), 'draft')} {verb} for your review")
    if bundle.stale:
        parts.append(f"{number(len(bundle.stale), 'entry', 'entries')} went stale")
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _name(view: TopicView) -> str:
    return f"*{inline(shorten(view.topic.label, 60))}*"
