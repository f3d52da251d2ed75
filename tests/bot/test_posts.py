"""New posts: answered once when the answer is surely right, and else left alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.bot.scene import AT, BACKUP, SLOW, Scene, TroubledAnswerer, entry, play
from tests.fakes.discord import Specification, status
from threadlore.helpdesk import NOT_HELPFUL, Vote, text_digest

SEND = "POST /channels/{channel_id}/messages"


@pytest.fixture
def scene(tmp_path: Path, discord_specification: Specification | None) -> Scene:
    return Scene(tmp_path / "data", discord_specification)


def test_a_post_that_is_surely_known_is_answered_on_its_first_message(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, "Slow search", SLOW)
            await scene.fake.settled()
            [answer] = scene.found(post, "The answer of slow.")
            assert answer.reply_to is post.messages[post.id]

    play(scene, act)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Otters", "What do otters eat in winter, and does Milvus know?"),
        ("Memory", "how much memory for 10M vectors with hnsw"),
        ("", " "),
    ],
)
def test_a_post_that_is_not_surely_known_is_left_alone(scene: Scene, title: str, text: str) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, title or "picture", text)
            await scene.fake.settled()
            assert post.message_count == 0

    play(scene, act)


def test_only_forums_that_are_switched_on_are_answered(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.quiet.ask(scene.ada, "Slow search", SLOW)
            said = scene.chat.post(scene.ada, SLOW)
            thread = scene.chat.open_thread("Slow search", scene.ada, on=said)
            await scene.fake.settled()
            assert post.message_count == 0 and thread.message_count == 0
            assert [one for one in scene.chat.page(10) if one.author.bot] == []

    play(scene, act)


def test_a_post_is_answered_once_also_after_a_restart(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, "Slow search", SLOW)
            await scene.fake.settled()
            post.post(scene.ada, f"Once more: {SLOW}")
            await scene.fake.settled()
        async with scene.alive() as bot:
            await bot.posts.missed()
            await scene.fake.settled()
        assert len([one for one in post.page(10) if one.author.bot]) == 1

    play(scene, act)


def test_a_bot_that_ends_while_it_judges_a_post_answers_it_once_in_its_next_life(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive(TroubledAnswerer()):
            post = scene.forum.ask(scene.ada, "Slow search", SLOW)
            await scene.fake.settled()
        assert post.message_count == 0
        async with scene.alive() as bot:
            for _ in range(2):
                await bot.posts.missed()
            await scene.fake.settled()
            assert len(scene.found(post, "The answer of slow.")) == post.message_count == 1

    play(scene, act)


def test_a_post_that_was_left_alone_is_left_alone_after_a_restart(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, "Otters", "What do otters of Milvus eat?")
            await scene.fake.settled()
        scene.records.save_entries([entry("otters", "What do otters of Milvus eat?")])
        async with scene.alive() as bot:
            await bot.posts.missed()
            await scene.fake.settled()
            assert post.message_count == 0
            assert len(bot.parts.limits.person) == 0, "it counts as no question of its author again"

    play(scene, act)


def test_a_post_of_the_time_away_is_answered_if_it_is_fresh_and_nobody_else_did(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        fresh = scene.forum.ask(scene.ada, "Slow search", SLOW)
        helped = scene.forum.ask(scene.ada, "Slow search too", SLOW)
        helped.post(scene.bob, "Look at your index.")
        old = scene.forum.ask(scene.ada, "Slow search then", SLOW, at=scene.clock.now() - timedelta(days=1))
        async with scene.alive() as bot:
            await bot.posts.missed()
            await scene.fake.settled()
        assert fresh.message_count == 1
        assert helped.message_count == 1 and old.message_count == 0

    play(scene, act)


def test_programs_and_people_who_opted_out_are_never_answered(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            await scene.forget(str(scene.bob.id))
            robot = scene.guild.member(scene.world.user("robot", bot=True))
            posts = [scene.forum.ask(who, "Slow search", SLOW) for who in (robot, scene.bob)]
            await scene.fake.settled()
            assert [post.message_count for post in posts] == [0, 0]

    play(scene, act)


def test_a_first_message_that_comes_late_is_answered(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, "Slow search", SLOW, starter_later=True)
            await scene.fake.settled()
            post.deliver_starter()
            await scene.fake.settled()
            assert scene.found(post, "The answer of slow.")

    play(scene, act)


def test_an_answer_that_discord_does_not_take_yet_is_sent_again(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            scene.fake.rest.faults.script(SEND, status(500))
            post = scene.forum.ask(scene.ada, "Slow search", SLOW)
            await scene.fake.settled()
            assert len(scene.found(post, "The answer of slow.")) == 1

    play(scene, act)


def test_votes_move_what_an_entry_needs_to_answer_a_post(scene: Scene) -> None:
    slow = next(item for item in scene.records.entries() if item.id == "slow")
    for number in range(20):
        vote = Vote(entry_id="slow", author=f"u_{number}", text=text_digest(slow), helpful=False, at=AT)
        scene.desk.save_vote(vote)

    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, "Slow search", SLOW)
            other = scene.forum.ask(scene.ada, "Back up", BACKUP)
            await scene.fake.settled()
            assert post.message_count == 0 and other.message_count == 1

    play(scene, act)


def test_an_entry_that_waits_for_review_again_answers_no_post(scene: Scene) -> None:
    slow = next(item for item in scene.records.entries() if item.id == "slow")
    scene.records.save_entries([slow.model_copy(update={"review_reasons": (f"3 {NOT_HELPFUL}",)})])

    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, "Slow search", SLOW)
            await scene.fake.settled()
            assert post.message_count == 0

    play(scene, act)


def test_what_a_helper_says_after_silence_goes_to_the_ingester(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            post = scene.forum.ask(scene.ada, "Otters", "What do otters of Milvus eat?")
            post.post(scene.bob, "Fish, mostly.")
            await scene.fake.settled()
            heard = [data["content"] for name, data in scene.community.events if name == "MESSAGE_CREATE"]
            assert "Fish, mostly." in heard

    play(scene, act)


def test_edits_and_deletions_go_to_the_ingester_as_they_came(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            said = scene.chat.post(scene.ada, "hello")
            said.edit("hello again")
            said.delete()
            post = scene.quiet.ask(scene.ada, "Otters", "What do they eat?")
            post.delete()
            await scene.fake.settled()
            names = [name for name, _ in scene.community.events]
            assert {"MESSAGE_UPDATE", "MESSAGE_DELETE", "THREAD_DELETE"} <= set(names)

    play(scene, act)
