"""Distil: what conversations ask, and what settled it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadlore.agents.context import AnalysisContext
from threadlore.agents.distil import distil_conversations, extract
from threadlore.profile import Profile, load_profile
from threadlore.types import (
    Conversation,
    Marks,
    Message,
    Question,
    QuestionStatus,
    Role,
    Thread,
    ThreadKind,
)

START = datetime(2026, 5, 1, 9, tzinfo=UTC)
PROFILE = load_profile("generic")


def talk(
    *said: tuple[str, str] | tuple[str, str, dict[str, object]], title: str = "", solved: bool | None = None
) -> Conversation:
    """A conversation, a message every two minutes; without a title it was cut out of a channel."""
    messages = tuple(
        Message.model_validate(
            {
                "id": f"m{number}",
                "source": "test:x",
                "channel_id": "c",
                "author": one[0],
                "text": one[1],
                "created_at": START + timedelta(minutes=2 * number),
                **(one[2] if len(one) > 2 else {}),
            }
        )
        for number, one in enumerate(said)
    )
    thread = Thread(
        id="t",
        source="test:x",
        title=title or "general",
        channel_id="c",
        parent=None if title else "c",
        message_ids=tuple(one.id for one in messages),
        opened_at=START,
        last_at=messages[-1].created_at if messages else START,
        kind=ThreadKind.NATIVE if title else ThreadKind.SPLIT,
        solved=solved,
    )
    return Conversation(thread=thread, messages=messages)


def only(conversation: Conversation) -> Question:
    found = extract(conversation, PROFILE)
    assert len(found) == 1, [one.text for one in found]
    return found[0]


def test_the_askers_thanks_after_an_answer_settle_it() -> None:
    question = only(
        talk(
            ("anna", "hi all! how do I rotate the log files without a restart?"),
            ("bert", "send the process a HUP signal, it opens them again"),
            ("anna", "thanks, that did it"),
        )
    )
    assert question.text == "How do I rotate the log files without a restart?"
    assert question.status is QuestionStatus.SETTLED
    assert question.message_ids == ("m0",)
    assert question.resolution == ("m1",)
    assert question.evidence == ("m0", "m1")
    assert question.author == "anna"
    assert question.answered_at == START + timedelta(minutes=2)


@pytest.mark.parametrize(
    "reply",
    [
        "this room is not for that question, please ask elsewhere",
        "which version do you have?",
        "same here",
    ],
)
def test_redirects_questions_back_and_me_too_settle_nothing(reply: str) -> None:
    question = only(talk(("anna", "why does the export stop after 100 rows?"), ("bert", reply)))
    assert question.status is QuestionStatus.OPEN
    assert question.resolution == ()


def test_a_denial_after_the_answer_contradicts_it() -> None:
    question = only(
        talk(
            ("anna", "how can I make the export include deleted rows?"),
            ("bert", "set the option include_deleted to true in the config"),
            ("anna", "tried that, but it still does not work, same error"),
        )
    )
    assert question.status is QuestionStatus.CONTRADICTED


def test_the_asker_who_finds_it_settles_it() -> None:
    question = only(
        talk(
            ("anna", "does anyone know why my build cannot find the header files?"),
            ("anna", "never mind, found it: the path was wrong"),
        )
    )
    assert question.status is QuestionStatus.SETTLED
    assert question.resolution == ("m1",)


def test_a_solved_mark_points_at_the_answer() -> None:
    question = only(
        talk(
            ("anna", "how do I move the data folder to another disk?"),
            ("carl", "maybe with a link? not sure though"),
            ("bert", "stop it, copy the folder, change the path", {"marks": Marks(solved=1)}),
            title="Move the data folder",
            solved=True,
        )
    )
    assert question.status is QuestionStatus.SETTLED
    assert question.resolution == ("m2",)


def test_a_maintainers_plain_answer_settles_it() -> None:
    question = only(
        talk(
            ("anna", "is there a way to limit the memory of a query?"),
            ("maya", "No, that is not possible in this release.", {"role": Role.MAINTAINER}),
        )
    )
    assert question.status is QuestionStatus.SETTLED


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "hello everyone"),
        ("", "hi, anybody here?"),
        (
            "My backup helper",
            "I just released a small tool that copies snapshots: https://example.org enjoy!",
        ),
        ("Version 3.2 is out", "We released 3.2 today, see the changelog for what is new."),
    ],
)
def test_chat_showcases_and_announcements_ask_nothing(title: str, said: str) -> None:
    assert extract(talk(("anna", said), title=title), PROFILE) == []


def test_a_members_question_inside_a_showcase_is_kept() -> None:
    question = only(
        talk(
            ("anna", "I just released a small tool that copies snapshots. Feedback welcome!"),
            ("bert", "does anyone know how to make it run on an ARM board?"),
            title="Snapshot tool",
        )
    )
    assert question.author == "bert"


def test_an_issue_with_a_title_and_one_text_is_one_question() -> None:
    question = only(
        talk(
            ("anna", "After the upgrade the node does not come back. Logs are attached."),
            title="[Bug]: querynode stays offline after upgrade",
        )
    )
    assert question.text == "Querynode stays offline after upgrade"
    assert question.status is QuestionStatus.OPEN


@pytest.mark.parametrize(
    "text",
    [
        "请问怎么删除一个集合里的重复数据？",
        "コレクションを削除する方法を教えてください。どうすればいいですか？",
    ],
)
def test_chinese_and_japanese_questions_are_seen(text: str) -> None:
    assert only(talk(("anna", text))).text


def test_two_members_with_different_needs_are_two_questions() -> None:
    found = extract(
        talk(
            ("anna", "how do I set a password for the admin account?"),
            ("bert", "use the command set-password as root"),
            ("anna", "great, thank you!"),
            ("carl", "is there a way to export the users as CSV?"),
        ),
        PROFILE,
    )
    assert [one.author for one in found] == ["anna", "carl"]
    assert [one.status for one in found] == [QuestionStatus.SETTLED, QuestionStatus.OPEN]
    assert len({one.id for one in found}) == 2


def test_facts_come_from_what_the_asker_says() -> None:
    milvus = load_profile("milvus")
    question = extract(
        talk(
            ("anna", "how much memory do I need for 10M vectors of 768 dimensions with HNSW on Milvus 2.4.5?")
        ),
        milvus,
    )[0]
    assert question.facts.vectors == 10_000_000
    assert question.facts.dimension == 768
    assert question.facts.index == "HNSW"
    assert question.facts.versions == ("2.4.5",)


def test_of_two_names_the_one_said_first_is_the_fact() -> None:
    said = "why is the recall of IVF_PQ so much lower than that of HNSW?"
    assert extract(talk(("anna", said)), load_profile("milvus"))[0].facts.index == "IVF_PQ"


def test_a_question_put_back_to_the_asker_asks_nothing() -> None:
    question = only(
        talk(
            ("anna", "hello, my filter is not working, the list stays empty"),
            ("bert", "anna: what is your version, and how do you call it?"),
        )
    )
    assert question.author == "anna"


def test_an_off_topic_place_asks_nothing() -> None:
    conversation = talk(("anna", "does anyone know a good pizza place?"))
    conversation = conversation.model_copy(update={"channel": "off-topic"})
    assert extract(conversation, PROFILE) == []


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=60)), max_size=6), st.text(max_size=20))
def test_no_text_breaks_it(said: list[tuple[str, str]], title: str) -> None:
    conversation = talk(*said, title=title)
    found = extract(conversation, PROFILE)
    assert found == extract(conversation, PROFILE)
    known = {one.id for one in conversation.messages}
    for question in found:
        assert question.text
        assert len(question.text) <= 301
        assert set(question.message_ids + question.resolution) <= known


class _Desk:
    """The two calls of the records that distil makes."""

    def __init__(self, *conversations: Conversation) -> None:
        self.stored = {one.thread.id: one for one in conversations}
        self.saved: dict[str, list[Question]] = {}

    def conversations(self, thread_ids: Sequence[str]) -> list[Conversation]:
        return [self.stored[one] for one in thread_ids if one in self.stored]

    def save_questions(self, method: str, found: Mapping[str, Sequence[Question]]) -> None:
        self.saved.update({key: list(each) for key, each in found.items()})


def context(desk: _Desk, profile: Profile) -> AnalysisContext:
    def unused() -> None:
        raise AssertionError("distil opens neither embedder nor Milvus")

    return AnalysisContext(
        records=desk,  # type: ignore[arg-type]
        embedder=unused,  # type: ignore[arg-type]
        vectors=unused,  # type: ignore[arg-type]
        profile=profile,
        run_id="run",
        now=START,
    )


def test_the_stage_stores_every_conversation_even_one_that_asks_nothing() -> None:
    asks = talk(("anna", "how do I rotate the log files?"))
    chats = talk(("bert", "good morning"))
    chats = chats.model_copy(update={"thread": chats.thread.model_copy(update={"id": "u"})})
    desk = _Desk(asks, chats)
    counts = asyncio.run(distil_conversations(context(desk, PROFILE), ["t", "u", "gone"]))
    assert counts == {"conversations": 2, "questions": 1, "settled": 0, "asking_nothing": 1}
    assert {key: len(found) for key, found in desk.saved.items()} == {"t": 1, "u": 0}


def test_what_a_helper_asks_back_is_no_question_of_its_own() -> None:
    found = extract(
        talk(
            ("ann", "pod cannot connect to etcd on openshift, how do i fix it?"),
            (
                "bob",
                "Which storage class sits below it? Running only means the process is there.",
                {"role": Role.HELPER},
            ),
            ("ann", "ceph rbd with heavy load"),
        ),
        PROFILE,
    )
    assert [question.author for question in found] == ["ann"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Our migration story: 900M vectors", "wrote a blog post how we moved 900M vectors to a cluster."),
        ("tiny CLI for milvus", "made a small CLI to look at collections, feedback welcome"),
        ("free GPU credits", "@everyone claim your free GPU credits http://spam.example.com"),
        ("Office hours on Thursday", "Office hours this Thursday at 16:00 UTC. Bring your questions."),
    ],
)
def test_showcases_announcements_and_spam_ask_nothing(title: str, text: str) -> None:
    assert extract(talk(("ann", text), title=title), PROFILE) == []


def test_under_an_announcement_others_still_ask() -> None:
    conversation = talk(
        ("ann", "Version 3 brings tiered storage. What do you want next?"),
        ("bob", "How do i turn tiered storage on in the helm chart?"),
        title="Version 3",
    )
    found = extract(conversation.model_copy(update={"channel": "announcements"}), PROFILE)
    assert [question.author for question in found] == ["bob"]


@pytest.mark.parametrize(
    ("answer", "role", "status"),
    [
        ("You can set the region of the repeater in the web flasher.", Role.MEMBER, QuestionStatus.SETTLED),
        ("Il look at the region of the repeater again, give us a few", Role.MEMBER, QuestionStatus.OPEN),
        ("Honestly in Ottawa we all just live with what we have here", Role.MEMBER, QuestionStatus.OPEN),
        ("Honestly in Ottawa we all just live with what we have here", Role.HELPER, QuestionStatus.SETTLED),
    ],
)
def test_an_answer_that_nobody_backed_must_answer_plainly(
    answer: str, role: Role, status: QuestionStatus
) -> None:
    found = extract(
        talk(("ann", "How do I set the region of my repeater?"), ("bob", answer, {"role": role})), PROFILE
    )
    assert [question.status for question in found] == [status]


def test_a_rhetorical_question_gives_way_to_the_title() -> None:
    found = extract(
        talk(
            ("ann", "I deleted half of the rows. Does delete even work?"),
            title="deleted half of the collection, disk full anyway",
        ),
        PROFILE,
    )
    assert [question.text for question in found] == ["Deleted half of the collection, disk full anyway"]
