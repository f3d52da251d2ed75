"""Which sentences of a forum ask: terse reports do; musings, offers and questions back do not."""

from __future__ import annotations

import pytest

from tests.agents.test_distil import PROFILE, START, only, talk
from threadlore.agents.distil import extract
from threadlore.types import Conversation, Question, QuestionStatus, Thread, ThreadKind


def fragment(conversation: Conversation, title: str) -> Conversation:
    """The same as a part cut out of a long thread, whose opening lies elsewhere."""
    thread = Thread.model_validate(
        conversation.thread.model_dump()
        | {"title": title, "kind": ThreadKind.SPLIT, "parent": "test:x/t/long", "channel_id": "test:x/c/help"}
    )
    return conversation.model_copy(update={"thread": thread})


@pytest.mark.parametrize(
    "title",
    [
        "Server v1.4.2 import slow",
        "Writes very slow since the upgrade",
        "Accuracy is bad with the small model",
        "Need a tool that exports all tables",
    ],
)
def test_a_terse_title_that_reports_a_problem_or_a_need_asks(title: str) -> None:
    assert only(talk(("ann", "This is on one node."), title=title)).text


@pytest.mark.parametrize("title", ["Server v1.4.2 released", "Server v1.4.2", "Support for tablets"])
def test_a_title_that_tells_of_a_version_or_a_plan_asks_nothing(title: str) -> None:
    assert extract(talk(("ann", "This is on one node."), title=title), PROFILE) == []


@pytest.mark.parametrize(
    "said",
    [
        "If anyone here wants more symbols in the picker, please let me know.",
        "Btw, if you need help with the build, ask me.",
        "I also need to figure out a better way to listen for replies",
        "should we move this to a thread?",
        "are you writing a plugin with that library?",
    ],
)
def test_offers_plans_and_questions_about_the_other_ask_nothing(said: str) -> None:
    assert extract(talk(("ann", said)), PROFILE) == []


def test_a_musing_asks_where_it_opens_the_conversation_alone() -> None:
    musing = "I wonder how the radio changes its frequency while it sends"
    assert only(talk(("ann", musing))).author == "ann"
    assert extract(talk(("bob", "the new antenna arrived today"), ("ann", musing)), PROFILE) == []


def test_a_short_question_about_what_was_just_asked_is_a_question_back() -> None:
    question = only(
        talk(
            ("ann", "why does the loop leave my settings object unchanged? I pass arguments in an array"),
            ("bob", "what are the arguments?"),
        )
    )
    assert question.author == "ann"


def test_a_part_of_a_long_thread_does_not_ask_its_title_again() -> None:
    said = talk(("ann", "the new antenna arrived today, it looks good"), ("bob", "nice"))
    assert extract(fragment(said, "Why does my radio lose its settings?"), PROFILE) == []


def test_a_short_question_in_a_long_thread_names_its_place_and_a_whole_one_does_not() -> None:
    def asked(text: str) -> Question:
        return extract(fragment(talk(("ann", text)), "Coverage mapper"), PROFILE)[0]

    assert asked("is there any setup guide?").text == "Coverage mapper: Is there any setup guide?"
    whole = "How do I connect a second radio to the coverage server?"
    assert asked(whole).text == whole


def test_the_title_asks_where_a_helper_opened_the_thread_on_a_lost_message() -> None:
    question = only(
        talk(
            ("bob", ""),
            ("bob", "You can log the battery of your node over MQTT, see the page on monitoring."),
            ("ann", "thanks, that helps a lot"),
            title="What are the options for monitoring my node",
        )
    )
    assert (question.author, question.message_ids) == ("ann", ("m0",))
    assert question.status is QuestionStatus.SETTLED
    assert question.resolution == ("m1",)


def test_a_guess_settles_nothing() -> None:
    question = only(
        talk(
            ("ann", "why does the desktop client use so much energy on my laptop?"),
            ("bob", "it runs a browser of its own, but that is just speculation about the client"),
        )
    )
    assert question.status is QuestionStatus.OPEN
    assert question.asked_at == START


def test_a_link_that_the_asker_thanks_for_settles_it_before_what_is_said_later() -> None:
    question = only(
        talk(
            ("ann", "the build fails with code 65, signing needs a team, how do I set one?"),
            ("bob", "I believe https://example.org/signing would help"),
            ("ann", "thanks for the link, will give it a try"),
            ("carl", "You should ask the vendor about the logic of that, they want you to pay."),
        )
    )
    assert question.resolution == ("m1",)
