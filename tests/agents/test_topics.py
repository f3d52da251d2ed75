"""Topics keep their ids from run to run, and what became of the others is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.agents.analysis import START, analysis, ask
from threadlore.agents.cluster import Clustering, cluster_questions
from threadlore.agents.context import AnalysisContext
from threadlore.agents.grouping.periods import period_of, state_of
from threadlore.agents.topics import match_topics, merge_topics
from threadlore.types import Topic, TopicState

ETCD = ["etcd no space left", "no space left in etcd", "etcd space left none", "space in etcd left"]
EXPORT = ["export all rows", "all rows export how", "how export rows all", "rows export all please"]


def match(context: AnalysisContext, groups: Sequence[Sequence[str]], digest: str = "a") -> dict[str, int]:
    """Match groups of question texts, each a topic without a theme."""
    by_text = {item.text: item.id for item in context.records.questions()}
    rows = [(by_text[text], label) for label, group in enumerate(groups) for text in group]
    rows += [(key, -1) for text, key in by_text.items() if key not in {row for row, _ in rows}]
    clustering = Clustering(
        labels=tuple(label for _, label in rows),
        parents=tuple(range(len(groups))),
        question_ids=tuple(key for key, _ in rows),
        input_hash=digest,
    )
    return asyncio.run(match_topics(context, clustering))


def alive(context: AnalysisContext) -> list[Topic]:
    return [item for item in context.records.topics() if item.question_ids and item.merged_into is None]


def topic_of(context: AnalysisContext, text: str) -> Topic:
    key = next(item.id for item in context.records.questions() if item.text == text)
    return next(item for item in alive(context) if key in item.question_ids)


def test_topics_are_born_and_a_rerun_changes_nothing(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, [*ETCD, *EXPORT])
        counts = match(context, [ETCD, EXPORT])
        assert (counts["topics"], counts["born"]) == (2, 2)
        before, events = context.records.topics(), context.records.topic_events()
        match(context, [EXPORT, ETCD])
        assert context.records.topics() == before
        assert context.records.topic_events() == events


def test_nothing_new_is_not_looked_at_again(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, ETCD[:2])
        asyncio.run(match_topics(context, asyncio.run(cluster_questions(context))))
        again = asyncio.run(cluster_questions(context))
        assert not again.changed
        assert asyncio.run(match_topics(context, again)) == {"unchanged": 1}


def test_a_topic_that_grows_keeps_its_id_and_name(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, [*ETCD[:3], *EXPORT])
        match(context, [ETCD[:3], EXPORT])
        old = topic_of(context, ETCD[0])
        named = old.model_copy(update={"label": "Etcd is full", "area": "deployment"})
        context.records.save_topics([named], [])
        ask(context, ETCD[3:])
        match(context, [EXPORT, ETCD])
        new = topic_of(context, ETCD[3])
        assert (new.id, new.label, new.area) == (old.id, "Etcd is full", "deployment")


def test_a_merge_leaves_a_pointer(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, [*ETCD, *EXPORT])
        match(context, [ETCD, EXPORT[:3]])
        keeper, gone = topic_of(context, ETCD[0]), topic_of(context, EXPORT[0])
        match(context, [[*ETCD, *EXPORT]])
        stored = {item.id: item for item in context.records.topics()}
        assert stored[gone.id].state is TopicState.MERGED
        assert stored[gone.id].merged_into == keeper.id
        events = {(event.kind, event.topic_id, event.other_id) for event in context.records.topic_events()}
        assert ("merged", gone.id, keeper.id) in events


def test_a_split_names_where_it_came_from(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, [*ETCD, *EXPORT])
        match(context, [[*ETCD, *EXPORT[:3]]])
        whole = alive(context)[0]
        match(context, [ETCD, EXPORT[:3]])
        assert topic_of(context, ETCD[0]).id == whole.id
        part = topic_of(context, EXPORT[0])
        events = {(event.kind, event.topic_id, event.other_id) for event in context.records.topic_events()}
        assert ("split", part.id, whole.id) in events


def test_a_topic_without_questions_ends_and_can_come_back(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, [*ETCD, *EXPORT])
        match(context, [ETCD, EXPORT])
        gone = topic_of(context, ETCD[0])
        counts = match(context, [EXPORT])
        assert (counts["ended"], counts["topics"]) == (1, 1)
        ended = next(item for item in context.records.topics() if item.id == gone.id)
        assert (ended.question_ids, ended.state) == ((), TopicState.FADING)
        match(context, [EXPORT, ETCD])
        assert topic_of(context, ETCD[0]).id == gone.id


def test_what_a_person_merged_stays_merged(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, [*ETCD, *EXPORT])
        match(context, [ETCD, EXPORT])
        source, target = merge_topics(topic_of(context, ETCD[0]), topic_of(context, EXPORT[0]))
        context.records.save_topics([source, target], [])
        match(context, [ETCD, EXPORT])
        assert topic_of(context, ETCD[0]).id == topic_of(context, EXPORT[0]).id == target.id
        assert next(t for t in context.records.topics() if t.id == source.id).merged_into == target.id


def test_themes_hold_two_topics_or_more(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        asked = ask(context, [*ETCD, *EXPORT])
        clustering = Clustering(
            labels=(0, 0, 0, 0, 1, 1, 2, 2),
            parents=(0, 0, 1),
            question_ids=tuple(item.id for item in asked),
            input_hash="a",
        )
        counts = asyncio.run(match_topics(context, clustering))
        assert (counts["topics"], counts["themes"]) == (3, 1)
        parents = {item.parent for item in context.records.topics()} - {None}
        theme = next(item for item in context.records.topics() if item.id in parents)
        assert set(theme.question_ids) == {item.id for item in asked[:6]}
        assert topic_of(context, EXPORT[2]).parent is None


def test_authors_are_counted_once(tmp_path: Path) -> None:
    with analysis(tmp_path) as context:
        ask(context, ETCD[:3], author="u_one")
        ask(context, ETCD[3:], author="u_two")
        match(context, [ETCD])
        assert alive(context)[0].authors == 2


def test_states_follow_the_counts_of_the_last_two_periods() -> None:
    week = timedelta(days=7)
    last = START + 8 * week
    first, before, recent = START, last - timedelta(days=10), last - timedelta(days=1)
    assert state_of([recent], last, week) is TopicState.NEW
    assert state_of([first, before, recent, recent, recent], last, week) is TopicState.GROWING
    assert state_of([first, before, before], last, week) is TopicState.FADING
    assert state_of([first, before, recent], last, week) is TopicState.STEADY
    assert state_of([first, first], last, week) is TopicState.FADING


def test_a_period_is_a_quarter_of_the_data_within_reason() -> None:
    assert period_of([START, START + timedelta(days=4)]) == timedelta(days=7)
    assert period_of([START, START + timedelta(days=80)]) == timedelta(days=20)
    assert period_of([START, START + timedelta(days=900)]) == timedelta(days=30)
