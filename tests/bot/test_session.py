"""A bot session over the fake Discord: commands, deferral, buttons after a restart, questions asked back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.bot.scene import BACKUP, SLOW, Scene, play
from tests.fakes.discord import MessageFlag, Permission, Specification
from threadlore.helpdesk import Tally
from threadlore.types import Visibility

MEMORY = "how much memory for 10M vectors with hnsw"
"""Misses its dimension."""


@pytest.fixture
def scene(tmp_path: Path, discord_specification: Specification | None) -> Scene:
    return Scene(tmp_path / "data", discord_specification)


def test_a_question_is_deferred_and_then_answered_with_sources(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(BACKUP)
            said = asked.text
            assert asked.deferred and not asked.ephemeral
            assert "The answer of backup." in said
            assert "https://example.org/page" in said

    play(scene, act)


def test_a_private_question_is_answered_to_its_asker_alone(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(BACKUP, private=True)
            assert asked.ephemeral

    play(scene, act)


def test_what_is_not_known_is_said_with_the_closest_entries(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            question = "Does Milvus know what otters eat in winter?"
            asked = await scene.ask(question)
            said = asked.text
            assert "No reviewed answer" in said
            assert BACKUP in said

    play(scene, act)


def test_an_answer_pings_nobody_whatever_was_asked(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            # The fake refuses whatever could ping; what is left is that it looks like none either.
            said = (await scene.ask(f"@everyone {scene.bob.mention} {scene.reviewers.mention} {BACKUP}")).text
            assert "@everyone" not in said and scene.bob.mention not in said

    play(scene, act)


def test_buttons_work_after_a_restart(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(SLOW)
        answer = asked.messages[0]
        async with scene.alive():
            helpful = scene.world.press(answer, "Helpful", by=scene.bob)
            assert "Thank you" in await scene.done(helpful)
            assert helpful.ephemeral
            sources = scene.world.press(answer, "Sources", by=scene.bob)
            assert "https://example.org/page" in await scene.done(sources)
        slow = next(item for item in scene.records.entries() if item.id == "slow")
        assert scene.desk.tallies([slow]) == {"slow": Tally(helpful=1)}

    play(scene, act)


def test_enough_people_who_find_it_not_helpful_put_an_entry_back_to_review(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(SLOW)
            for name in ("cat", "dan", "eve"):
                await scene.press(asked, "Not helpful", by=scene.guild.member(name))
        slow = next(item for item in scene.records.entries() if item.id == "slow")
        assert slow.review_reasons == ("3 people found it not helpful",)

    play(scene, act)


def test_a_person_is_called_by_a_list_and_a_message_without_a_ping(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(SLOW)
            assert "Nobody was pinged" in await scene.press(asked, "Call a human")
            [call] = scene.desk.handovers()
            assert call.author == scene.pseudonym(str(scene.ada.id))
            assert str(scene.ada.id) not in call.model_dump_json()
            [posted] = scene.found(scene.staff, "Somebody asks for a person")
            refused = scene.world.press(posted, "Done", by=scene.sue)
            assert "reviewers" in await scene.done(refused)
            assert scene.desk.handovers()
            closed = scene.world.press(posted, "Done", by=scene.mae)
            assert "Done" in await scene.done(closed)
            assert scene.desk.handovers() == []
            assert scene.found(scene.staff, "Somebody asks for a person") == []

    play(scene, act)


def test_a_crowd_that_calls_for_a_person_is_one_call(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(SLOW)
            for person in (scene.ada, scene.bob, scene.sue):
                await scene.press(asked, "Call a human", by=person)
            assert len(scene.desk.handovers()) == 1
            assert len(scene.found(scene.staff, "Somebody asks for a person")) == 1

    play(scene, act)


def test_a_call_from_a_private_place_repeats_nothing_of_it(scene: Scene) -> None:
    den = scene.guild.text("den")
    den.hide()
    den.allow(scene.ada, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
    den.allow(scene.guild.me, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)

    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask("why is the zygomorphic prototype slow", channel=den)
            await scene.press(asked, "Call a human")
            assert scene.found(scene.staff, "Somebody asks for a person")
            assert scene.found(scene.staff, "zygomorphic") == []

    play(scene, act)


def test_a_question_that_misses_one_number_is_asked_back_and_completed_in_a_window(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(MEMORY)
            assert "dimension" in asked.text
            pressed = scene.world.press(asked.messages[0], "Answer", by=scene.ada)
            await scene.fake.until(lambda: pressed.modal is not None)
            sent = scene.world.submit_modal(pressed, {"Your answer": "768"})
            assert "37.8 GB" in await scene.done(sent)

    play(scene, act)


def test_what_was_asked_back_is_completed_by_a_reply(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(MEMORY)
            scene.chat.post(scene.bob, "512", reply_to=asked.messages[0])
            await scene.fake.settled()
            scene.chat.post(scene.ada, "about 768", reply_to=asked.messages[0])
            await scene.fake.settled()
            answers = [one for one in scene.chat.page(10) if one.reply_to is not None]
            assert len([one for one in answers if one.author.bot]) == 1

    play(scene, act)


def test_only_the_asker_completes_a_question(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(MEMORY)
            pressed = scene.world.press(asked.messages[0], "Answer", by=scene.bob)
            await scene.fake.until(lambda: pressed.modal is not None)
            sent = scene.world.submit_modal(pressed, {"Your answer": "768"})
            assert "no open question of yours" in await scene.done(sent)

    play(scene, act)


def test_requests_are_limited_by_person(tmp_path: Path, discord_specification: Specification | None) -> None:
    scene = Scene(tmp_path / "data", discord_specification, bot_user_limit=2)

    async def act(scene: Scene) -> None:
        async with scene.alive():
            for _ in range(2):
                asked = await scene.ask(SLOW)
                assert "The answer of slow." in asked.text
            third = await scene.ask(SLOW)
            assert "ask again in" in third.text
            assert third.ephemeral
            other = await scene.ask(SLOW, by=scene.bob)
            assert "The answer of slow." in other.text

    play(scene, act)


def test_entries_complete_themselves_and_are_shown(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            typed = scene.world.complete(
                "faq show", {"entry": "back up"}, focused="entry", by=scene.ada, channel=scene.chat
            )
            await scene.fake.until(lambda: typed.choices is not None)
            assert typed.choices is not None
            assert [choice["value"] for choice in typed.choices] == ["backup"]
            shown = scene.world.command("faq show", {"entry": "backup"}, by=scene.ada, channel=scene.chat)
            assert "The answer of backup." in await scene.done(shown)
            found = scene.world.command("faq search", {"words": "slow"}, by=scene.ada, channel=scene.chat)
            assert SLOW in await scene.done(found)
            assert found.ephemeral

    play(scene, act)


@pytest.mark.parametrize("key", ["draft", "hidden"])
def test_drafts_and_private_entries_are_shown_to_nobody(scene: Scene, key: str) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            shown = scene.world.command("faq show", {"entry": key}, by=scene.mae, channel=scene.chat)
            assert f"The answer of {key}" not in await scene.done(shown)

    play(scene, act)


def test_tools_answer_as_commands_and_say_what_is_wrong_with_an_argument(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            given = {"vectors": "10M", "dim": 768, "index": "HNSW"}
            sized = scene.world.command("size", given, by=scene.ada, channel=scene.chat)
            assert "37.8 GB" in await scene.done(sized)
            wrong = {"vectors": "@everyone", "dim": 768}
            refused = scene.world.command("size", wrong, by=scene.ada, channel=scene.chat)
            said = await scene.done(refused)
            assert "Write it like 10M" in said and "@everyone" not in said

    play(scene, act)


def test_a_pasted_log_is_diagnosed_for_its_owner_alone(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            opened = scene.world.command("diagnose", by=scene.ada, channel=scene.chat)
            await scene.fake.until(lambda: opened.modal is not None)
            log = {"Log lines or error message": "etcdserver: mvcc: database space exceeded"}
            sent = scene.world.submit_modal(opened, log)
            assert "etcd has reached its quota" in await scene.done(sent)
            assert sent.ephemeral

    play(scene, act)


def test_a_message_is_answered_from_its_menu_unless_a_program_wrote_it(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            said = scene.chat.post(scene.ada, SLOW)
            asked = scene.world.message_command("Answer this", said, by=scene.bob)
            assert "The answer of slow." in await scene.done(asked)
            robot = scene.guild.member(scene.world.user("robot", bot=True))
            noise = scene.chat.post(robot, SLOW)
            refused = scene.world.message_command("Answer this", noise, by=scene.bob)
            assert "no question here" in await scene.done(refused)

    play(scene, act)


def test_the_report_is_for_the_roles_that_are_named(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            refused = scene.world.command("report", by=scene.bob, channel=scene.chat)
            assert "roles that the maintainers named" in await scene.done(refused)
            shown = scene.world.command("report", by=scene.mae, channel=scene.chat)
            assert "What people ask" in await scene.done(shown)
            assert shown.ephemeral

    play(scene, act)


def test_who_wants_to_be_forgotten_is_and_gets_no_answer_any_more(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            asked = await scene.ask(SLOW)
            await scene.press(asked, "Helpful")
            warned = scene.world.command("forget-me", by=scene.ada, channel=scene.chat)
            assert "delete every message" in await scene.done(warned)
            sure = scene.world.press(warned.messages[0], "Delete it all", by=scene.ada)
            assert "It is deleted" in await scene.done(sure)
            assert scene.desk.opted_out(scene.pseudonym(str(scene.ada.id)))
            assert scene.desk.tallies(scene.records.entries()) == {}
            assert asked.messages[0].id not in {one.id for one in scene.chat.page(10)}
            again = scene.world.command("ask", {"question": SLOW}, by=scene.ada, channel=scene.chat)
            await scene.fake.until(lambda: bool(again.followups))
            assert again.followups[0].flags & MessageFlag.EPHEMERAL
            assert "The answer of slow." not in again.text

    play(scene, act)


def test_an_entry_that_is_taken_back_takes_its_shown_answers_along(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            asked = await scene.ask(SLOW)
            slow = next(item for item in scene.records.entries() if item.id == "slow")
            scene.records.save_entries([slow.model_copy(update={"answer": "Another answer."})])
            await bot.follower.follow_changes()
            assert "Another answer." in asked.text
            scene.records.save_entries([slow.model_copy(update={"visibility": Visibility.PRIVATE})])
            await bot.follower.follow_changes()
            assert "taken back" in asked.text and "Another answer." not in asked.text

    play(scene, act)


def test_a_session_that_lasts_is_caught_up_once_a_day(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await scene.fake.until(lambda: scene.community.syncs == 1)
            await bot.housekeeping.turn()
            await scene.fake.settled()
            assert scene.community.syncs == 1
            scene.clock.advance(timedelta(days=1))
            await bot.housekeeping.turn()
            await scene.fake.until(lambda: scene.community.syncs == 2)
            await bot.housekeeping.turn()
            await scene.fake.settled()
            assert scene.community.syncs == 2

    play(scene, act)


def test_a_catch_up_that_failed_is_tried_again_within_minutes(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        scene.community.trouble = OSError("no space left")
        async with scene.alive() as bot:
            await scene.fake.until(lambda: scene.community.syncs == 1)
            await scene.fake.settled()
            scene.community.trouble = None
            await bot.housekeeping.turn()
            assert scene.community.syncs == 1
            scene.clock.advance(timedelta(minutes=10))
            await bot.housekeeping.turn()
            await scene.fake.until(lambda: scene.community.syncs == 2)
            await scene.fake.settled()
            scene.clock.advance(timedelta(minutes=10))
            await bot.housekeeping.turn()
            await scene.fake.settled()
            assert scene.community.syncs == 2

    play(scene, act)
