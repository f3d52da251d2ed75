"""Bundle building over real records: distinct askers, periods, and nothing private."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from threadlore.bundle import Bundle, TopicView
from threadlore.bundling import build_bundle
from threadlore.profile import load_profile
from threadlore.seams import CleanBatch
from threadlore.settings import load_settings
from threadlore.store.records import Records
from threadlore.types import (
    Channel,
    Citation,
    DocLink,
    EntryState,
    FaqEntry,
    Message,
    Question,
    QuestionStatus,
    Revision,
    Role,
    Run,
    Skipped,
    Stage,
    Thread,
    ThreadKind,
    Topic,
    TopicEvent,
    TopicState,
    Visibility,
)

SOURCE = "discord:test"
LAST = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
SINCE = datetime(2026, 11, 16, tzinfo=UTC)


class Community:
    """Real records, filled question by question."""

    def __init__(self, folder: Path) -> None:
        self.records = Records(folder)
        self.settings = load_settings(data=folder)

    def ask(self, name: str, **given: Any) -> Question:
        """Store a message in a thread of its own, and the question that it asks."""
        at = given.pop("at", LAST)
        channel = f"{SOURCE}/c/{given.pop('channel', 'general')}"
        private = given.pop("private_channel", False)
        visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
        author = given.pop("author", f"u_{name}")
        message = Message(
            id=f"{SOURCE}/{name}",
            source=SOURCE,
            channel_id=channel,
            thread_id=f"{SOURCE}/t/{name}",
            author=author,
            role=Role.HELPER,
            text=f"text of {name}",
            created_at=at,
            url=f"https://forum.example/{name}",
        )
        thread = Thread(
            id=f"{SOURCE}/t/{name}",
            source=SOURCE,
            title=f"Thread {name}",
            channel_id=channel,
            message_ids=(message.id,),
            opened_at=at,
            last_at=at,
            kind=ThreadKind.NATIVE,
        )
        self.records.save_batch(
            CleanBatch(
                source=SOURCE,
                channels=(Channel(id=channel, source=SOURCE, name="general", visibility=visibility),),
                threads=(thread,),
                messages=(message,),
                observed_at={message.id: LAST},
            )
        )
        values: dict[str, Any] = {
            "id": f"q_{name}",
            "thread_id": thread.id,
            "text": f"Question {name}?",
            "author": author,
            "message_ids": (message.id,),
            "evidence": (message.id,),
            "status": QuestionStatus.SETTLED,
            "asked_at": at,
        }
        question = Question(**(values | given))
        self.records.save_questions("extractive", {thread.id: [question]})
        return question

    def topic(self, name: str, *questions: Question, **given: Any) -> Topic:
        values: dict[str, Any] = {
            "id": f"t_{name}",
            "label": f"Topic {name}",
            "area": "deployment",
            "keyphrases": (name,),
            "question_ids": tuple(question.id for question in questions),
            "first_seen": LAST,
            "last_seen": LAST,
        }
        topic = Topic(**(values | given))
        self.records.save_topics([topic], [])
        return topic

    def entry(self, name: str, **given: Any) -> FaqEntry:
        values: dict[str, Any] = {
            "id": name,
            "question": f"Entry {name}?",
            "answer": "An answer.",
            "area": "deployment",
            "state": EntryState.APPROVED,
            "created_at": LAST,
            "updated_at": LAST,
        }
        entry = FaqEntry(**(values | given))
        self.records.save_entries([entry])
        return entry

    def bundle(self, since: str | None = None, until: str | None = None) -> Bundle:
        return build_bundle(self.records, load_profile("milvus"), self.settings, since=since, until=until)

    def view(self, topic: str) -> TopicView:
        return next(view for view in self.bundle().topics if view.topic.id == topic)


@pytest.fixture
def community(tmp_path: Path) -> Iterator[Community]:
    made = Community(tmp_path)
    yield made
    made.records.close()


def week(days: float) -> datetime:
    return LAST - timedelta(days=days)


def test_one_author_counts_once_in_a_topic(community: Community) -> None:
    flood = [community.ask(f"f{number}", author="u_flood") for number in range(5)]
    several = [community.ask(f"s{number}") for number in range(3)]
    community.topic("flood", *flood)
    community.topic("several", *several)
    bundle = community.bundle()
    assert [(view.topic.id, view.askers, len(view.questions)) for view in bundle.topics] == [
        ("t_several", 3, 3),
        ("t_flood", 1, 5),
    ]
    assert (bundle.period.askers, bundle.period.questions) == (4, 8)


def test_the_period_ends_with_the_day_of_the_newest_message(community: Community) -> None:
    community.ask("old", at=week(8))
    community.ask("new")
    bundle = community.bundle()
    assert (bundle.since, bundle.until) == (SINCE, datetime(2026, 11, 23, tzinfo=UTC))
    assert bundle.period.questions == 1
    assert bundle.before.questions == 1
    assert bundle.compared


def test_topics_move_against_the_period_before(community: Community) -> None:
    ask = community.ask
    before = [ask(f"g{number}", at=week(9)) for number in range(2)]
    community.topic("growing", *before, *(ask(f"h{number}") for number in range(4)))
    community.topic("fading", *(ask(f"i{number}", at=week(9)) for number in range(3)), ask("j"))
    community.topic("new", ask("k"), ask("l"))
    community.topic("steady", ask("m", at=week(9)), ask("n"))
    community.topic("back", ask("o", at=week(40)), ask("p"))
    states = {view.topic.id: view.state for view in community.bundle().topics}
    assert states == {
        "t_growing": TopicState.GROWING,
        "t_fading": TopicState.FADING,
        "t_new": TopicState.NEW,
        "t_steady": TopicState.STEADY,
        "t_back": TopicState.STEADY,
    }
    assert community.view("t_growing").askers_before == 2


def test_nothing_is_new_when_there_is_nothing_earlier(community: Community) -> None:
    community.topic("only", community.ask("a"))
    assert not community.bundle().compared
    assert community.view("t_only").state is TopicState.STEADY


def test_private_questions_are_counted_and_never_shown(community: Community) -> None:
    community.topic(
        "mixed",
        community.ask("secret-channel", channel="staff", private_channel=True, text="SECRET"),
        community.ask("secret-question", visibility=Visibility.PRIVATE, text="SECRET"),
        community.ask("open"),
        label="SECRET",
        keyphrases=("SECRET",),
    )
    community.topic("closed", community.ask("s", visibility=Visibility.PRIVATE), label="SECRET")
    bundle = community.bundle()
    assert "SECRET" not in bundle.model_dump_json()
    assert bundle.hidden == 3
    assert bundle.period.questions == 1
    assert [(view.topic.label, view.askers) for view in bundle.topics] == [("Question open?", 1)]


def test_private_entries_and_those_on_private_sources_are_not_published(community: Community) -> None:
    community.ask("staff", channel="staff", private_channel=True)
    community.ask("open")
    quotes = {name: Citation(source_id=f"{SOURCE}/{name}", kind="message", quote=f"text of {name}")
              for name in ("staff", "open")}  # fmt: skip
    community.entry("private", visibility=Visibility.PRIVATE)
    community.entry("rests-on-private", citations=(quotes["staff"],))
    community.entry("mentions-private", citations=(quotes["open"], quotes["staff"]), core=(0,))
    community.entry("draft", state=EntryState.DRAFT, visibility=Visibility.PRIVATE)
    bundle = community.bundle()
    assert [view.entry.id for view in bundle.entries] == ["mentions-private"]
    (line,) = bundle.entries[0].sources
    assert (line.title, line.by, line.citation.url) == ("Thread open", "helper", "https://forum.example/open")
    assert bundle.private_waiting == 1
    assert "text of staff" not in "".join(
        one.model_dump_json() for view in bundle.entries for one in view.sources
    )


def test_only_approved_entries_are_published(community: Community) -> None:
    for state in EntryState:
        community.entry(state.value, state=state)
    community.entry("merged", merged_into="approved")
    revision = Revision(id="r", question="q", answer="a", reason="new", by="run", at=LAST)
    community.entry("proposed", revisions=(revision,))
    bundle = community.bundle()
    assert {view.entry.id for view in bundle.entries} == {"approved", "proposed"}
    assert [one.entry.id for one in bundle.drafts] == ["draft"]
    assert [one.entry.id for one in bundle.stale] == ["stale"]
    assert [one.entry.id for one in bundle.proposals] == ["proposed"]


def test_an_entry_shows_where_it_was_asked_newest_first_and_nothing_private(community: Community) -> None:
    old = community.ask("old", at=LAST - timedelta(days=3))
    new = community.ask("new")
    hidden = community.ask("hidden", channel="staff", private_channel=True)
    community.entry("e", question_ids=(old.id, new.id, hidden.id))
    (view,) = community.bundle().entries
    assert [one.question.id for one in view.asked] == [new.id, old.id]
    assert [one.url for one in view.asked] == ["https://forum.example/new", "https://forum.example/old"]


def test_drafts_are_ranked_by_askers(community: Community) -> None:
    few = community.topic("few", community.ask("a"))
    many = community.topic("many", community.ask("b"), community.ask("c"))
    community.entry("a-few", state=EntryState.DRAFT, topic_id=few.id, question_ids=few.question_ids)
    community.entry("b-many", state=EntryState.DRAFT, topic_id=many.id, question_ids=many.question_ids)
    assert [(one.entry.id, one.askers) for one in community.bundle().drafts] == [("b-many", 2), ("a-few", 1)]
    assert community.view("t_many").drafts == ("b-many",)


def test_coverage_prefers_an_entry_to_documentation(community: Community) -> None:
    page = DocLink(title="Page", url="https://docs.example")
    entry = community.topic("entry", community.ask("a"), documents=(page,))
    community.topic("page", community.ask("b"), documents=(page,))
    asked = community.ask("c")
    community.topic("question", asked)
    community.topic("none", community.ask("d"))
    community.entry("one", topic_id=entry.id)
    community.entry("two", question_ids=(asked.id,))
    found = {view.topic.id: view.coverage for view in community.bundle().topics}
    assert found == {"t_entry": "entry", "t_page": "documentation", "t_question": "entry", "t_none": "none"}


def test_open_questions_wait_since_they_were_asked(community: Community) -> None:
    topic = community.topic("t", community.ask("long", at=week(20), status=QuestionStatus.OPEN))
    community.ask("short", status=QuestionStatus.CONTRADICTED)
    community.ask("ages", at=week(400), status=QuestionStatus.OPEN)
    community.ask("settled")
    bundle = community.bundle()
    assert [(one.asked.question.id, one.waiting_days, one.topic_id) for one in bundle.open_questions] == [
        ("q_long", 20, topic.id),
        ("q_short", 0, None),
    ]
    assert bundle.open_questions[0].asked.url == "https://forum.example/long"
    assert bundle.older_open == 1


def test_coarse_and_merged_topics_are_not_counted_twice(community: Community) -> None:
    asked = community.ask("a")
    community.topic("coarse", asked)
    community.topic("fine", asked, parent="t_coarse")
    community.topic("gone", asked, merged_into="t_fine")
    assert [view.topic.id for view in community.bundle().topics] == ["t_fine"]


def test_what_changed_comes_from_the_last_analysis(community: Community) -> None:
    asked = community.ask("a")
    topic = community.topic("t", asked)
    kinds: tuple[tuple[int, Any], ...] = ((0, "ended"), (1, "merged"), (1, "split"), (1, "born"))
    events = [
        TopicEvent(run_id=f"run{place}", topic_id=topic.id, kind=kind, at=week(3 - place))
        for place, kind in kinds
    ]
    community.records.save_topics([topic], events)
    assert [event.kind for event in community.bundle().events] == ["merged", "split"]


def test_skipped_input_is_grouped_by_reason(community: Community) -> None:
    skipped = [Skipped(item=f"file:{number}", reason="no author") for number in range(5)]
    for run in ("a", "b"):
        community.records.save_run(
            Run(
                id=run,
                kind="ingest",
                settings_hash="",
                code_version="",
                started_at=LAST,
                skipped=(*skipped, Skipped(item="x", reason="too long")),
            )
        )
    groups = community.bundle().skipped
    assert [(group.reason, group.count, len(group.examples)) for group in groups] == [
        ("no author", 5, 3),
        ("too long", 1, 1),
    ]


def test_languages_that_wait_come_from_the_last_clustering(community: Community) -> None:
    counts = (
        {"nowhere": 3, "waiting_ja": 2, "waiting_zh": 9},
        {"nowhere": 4, "waiting_zh": 12},
        {"unchanged": 20},
    )
    for day, found in enumerate(counts):
        community.records.save_run(
            Run(
                id=f"run{day}",
                kind="analyze",
                settings_hash="",
                code_version="",
                started_at=LAST + timedelta(days=day),
                stages=(Stage(name="match", counts=found),),
            )
        )
    assert community.bundle().unread_languages == {"zh": 12}


def test_the_same_records_give_the_same_bundle(community: Community) -> None:
    community.topic("t", *(community.ask(f"a{number}") for number in range(4)))
    community.entry("e", topic_id="t_t")
    assert community.bundle() == community.bundle()


def test_nothing_at_all_is_a_bundle_too(community: Community) -> None:
    bundle = community.bundle()
    assert (bundle.since, bundle.topics, bundle.entries) == (None, (), ())


def test_totals_agree_with_the_topics(community: Community) -> None:
    community.topic("t", *(community.ask(f"a{number}") for number in range(4)))
    community.topic("u", community.ask("b", status=QuestionStatus.OPEN))
    community.ask("alone")
    bundle = community.bundle()
    inside = sum(len(view.questions) for view in bundle.topics)
    assert inside + bundle.period.unclustered == bundle.period.questions == 6
    assert sum(view.settled for view in bundle.topics) + 1 == bundle.period.settled
    assert bundle.period.topics == 2
    assert bundle.methods == {"extractive": 6}


def test_a_quote_that_its_source_does_not_say_is_not_published(community: Community) -> None:
    community.ask("open")
    source = f"{SOURCE}/open"
    true = Citation(source_id=source, kind="message", quote="Text of  open", url="https://elsewhere.example")
    forged = Citation(source_id=source, kind="message", quote="delete everything")
    page = Citation(source_id="d_none", kind="document", quote="delete everything")
    call = Citation(source_id="c_none", kind="tool", quote="5 GB")
    community.entry("true", citations=(true,))
    for name, citation in {"message": forged, "page": page, "call": call}.items():
        community.entry(name, citations=(citation,))
    (view,) = community.bundle().entries
    assert view.entry.id == "true"
    assert view.sources[0].citation.url == "https://forum.example/open"
