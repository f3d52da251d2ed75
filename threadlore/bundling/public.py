"""What is public in the records: everything that a bundle may be built from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from threadlore.seams import BundleRecords
from threadlore.types import (
    FaqEntry,
    Question,
    Topic,
    TopicState,
    Visibility,
)


@dataclass(frozen=True, slots=True)
class PublicRecords:
    """What all parts of the bundle read: public questions, topics that stand, entries.

    `names` are labels of topics, past ones too where no private question can have named them.
    """

    questions: Mapping[str, Question]
    private: tuple[Question, ...]
    topics: Mapping[str, Topic]
    topic_of: Mapping[str, str]
    names: Mapping[str, str]
    entries: tuple[FaqEntry, ...]
    private_channels: frozenset[str]
    last_asked: datetime | None

    @classmethod
    def read(cls, records: BundleRecords) -> PublicRecords:
        """Read once, and keep private questions apart."""
        everything = records.questions()
        channels = frozenset(
            channel.id for channel in records.channels() if channel.visibility is Visibility.PRIVATE
        )
        closed = _private_threads(records, {question.thread_id for question in everything}, channels)
        private = tuple(
            question
            for question in everything
            if question.visibility is Visibility.PRIVATE or question.thread_id in closed
        )
        hidden = {question.id for question in private}
        public = {question.id: question for question in everything if question.id not in hidden}
        known = records.topics()
        parents = {topic.parent for topic in known if topic.parent}
        topics = {
            topic.id: public_topic
            for topic in known
            if topic.id not in parents and topic.merged_into is None and topic.state is not TopicState.MERGED
            if (public_topic := _public_topic(topic, public, hidden))
        }
        return cls(
            questions=public,
            private=private,
            topics=topics,
            topic_of={member: topic.id for topic in topics.values() for member in topic.question_ids},
            names={topic.id: topic.label for topic in (() if private else known)}
            | {topic.id: topic.label for topic in topics.values()},
            entries=tuple(entry for entry in records.entries() if entry.merged_into is None),
            private_channels=channels,
            last_asked=max((question.asked_at for question in everything), default=None),
        )


def _private_threads(records: BundleRecords, ids: Iterable[str], channels: frozenset[str]) -> set[str]:
    return {
        thread.id
        for thread in records.threads(sorted(set(ids)))
        if thread.visibility is Visibility.PRIVATE or thread.channel_id in channels
    }


def _public_topic(topic: Topic, public: Mapping[str, Question], private: set[str]) -> Topic | None:
    """Return the topic without its private questions; None if nothing is left.

    Name, description and keyphrases may stem from a private question: then the first public one gives
    the name, as it does while a topic has none.
    """
    members = tuple(member for member in topic.question_ids if member in public)
    if not members:
        return None
    first = min((public[member] for member in members), key=lambda question: (question.asked_at, question.id))
    update = {"question_ids": members, "label": topic.label or first.text, "area": topic.area or "other"}
    if private.intersection(topic.question_ids):
        update |= {"label": first.text, "description": "", "keyphrases": ()}
    return topic.model_copy(update=update)
