"""Review from Discord: what is due is put up, and decided by those who may, on what they saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.scene import Scene, cited, entry, play
from tests.fakes.discord import Permission, Specification
from threadlore.ids import native_thread_id
from threadlore.seams import CleanBatch
from threadlore.types import EntryOrigin, EntryState, FaqEntry, Thread, ThreadKind, Visibility


@pytest.fixture
def scene(tmp_path: Path, discord_specification: Specification | None) -> Scene:
    return Scene(tmp_path / "data", discord_specification)


def stored(scene: Scene, key: str) -> FaqEntry:
    return next(item for item in scene.records.entries() if item.id == key)


def test_a_draft_is_approved_by_a_reviewer_and_its_words_leave_the_channel(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            [draft] = scene.found(scene.staff, "The answer of draft.")
            pressed = scene.world.press(draft, "Approve", by=scene.mae)
            assert "Approved" in await scene.done(pressed)
            assert stored(scene, "draft").state is EntryState.APPROVED
            assert scene.found(scene.staff, "The answer of draft.") == []
            assert scene.found(scene.staff, "Approved: draft")

    play(scene, act)


@pytest.mark.parametrize("label", ["Approve", "Edit", "Reject"])
def test_a_wrong_role_decides_nothing(scene: Scene, label: str) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            [draft] = scene.found(scene.staff, "The answer of draft.")
            pressed = scene.world.press(draft, label, by=scene.sue)
            assert "for the reviewers" in await scene.done(pressed)
            assert pressed.ephemeral
            assert stored(scene, "draft").state is EntryState.DRAFT

    play(scene, act)


def test_a_role_that_was_taken_away_counts_no_more(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            [draft] = scene.found(scene.staff, "The answer of draft.")
            scene.mae.take(scene.reviewers)
            pressed = scene.world.press(draft, "Approve", by=scene.mae)
            assert "for the reviewers" in await scene.done(pressed)

    play(scene, act)


def test_a_draft_is_edited_in_a_window_and_approved(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            [draft] = scene.found(scene.staff, "The answer of draft.")
            pressed = scene.world.press(draft, "Edit", by=scene.mae)
            await scene.fake.until(lambda: pressed.modal is not None)
            sent = scene.world.submit_modal(pressed, {"Answer": "A better answer."})
            assert "Edited and approved" in await scene.done(sent)
        edited = stored(scene, "draft")
        assert (edited.answer, edited.state) == ("A better answer.", EntryState.APPROVED)
        assert edited.revisions[-1].by == scene.pseudonym(str(scene.mae.id))

    play(scene, act)


def test_a_draft_is_rejected_for_good(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            [draft] = scene.found(scene.staff, "The answer of draft.")
            pressed = scene.world.press(draft, "Reject", by=scene.mae)
            await scene.done(pressed)
            assert stored(scene, "draft").state is EntryState.REJECTED
            assert await bot.board.put_up() == 0

    play(scene, act)


def test_of_two_who_decide_at_once_one_does(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            [draft] = scene.found(scene.staff, "The answer of draft.")
            pressed = [scene.world.press(draft, label, by=scene.mae) for label in ("Approve", "Reject")]
            said = [await scene.done(one) for one in pressed]
            assert sorted("has changed" in text for text in said) == [False, True]
            [decided] = [text for text in said if "has changed" not in text]
            wanted = EntryState.APPROVED if "Approved" in decided else EntryState.REJECTED
            assert stored(scene, "draft").state is wanted

    play(scene, act)


def test_a_message_that_is_deleted_while_its_entry_is_written_does_not_come_back(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            said = scene.chat.post(scene.bob, "Set the zygomorphic flag to 7.")
            scene.read_in(said)
            opened = scene.world.message_command("Add to FAQ", said, by=scene.mae)
            await scene.fake.until(lambda: opened.modal is not None)
            await scene.forget(str(scene.bob.id))
            sent = scene.world.submit_modal(opened, {"Question": "How do I set the flag?"})
            assert "deleted meanwhile" in await scene.done(sent)
            assert not any("zygomorphic" in item.model_dump_json() for item in scene.records.entries())

    play(scene, act)


def test_a_message_of_a_private_thread_goes_into_no_faq(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            said = scene.chat.post(scene.bob, "The key lies under the mat.")
            message = scene.read_in(said)
            thread = Thread(
                id=native_thread_id(scene.source, "1"), source=scene.source, title="keys",
                channel_id=message.channel_id, message_ids=(message.id,), opened_at=message.created_at,
                last_at=message.created_at, kind=ThreadKind.NATIVE, visibility=Visibility.PRIVATE,
            )  # fmt: skip
            scene.records.save_batch(
                CleanBatch(
                    source=scene.source,
                    threads=(thread,),
                    messages=(message.model_copy(update={"thread_id": thread.id}),),
                    observed_at={message.id: message.created_at},
                )
            )
            pressed = scene.world.message_command("Add to FAQ", said, by=scene.mae)
            assert "private place" in await scene.done(pressed)

    play(scene, act)


def test_drafts_are_not_put_up_where_the_role_of_every_member_reads(
    tmp_path: Path, discord_specification: Specification | None
) -> None:
    scene = Scene(tmp_path / "data", discord_specification, discord_everyone="Insiders")

    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            assert await bot.board.put_up() == 0
            assert scene.staff.page(10) == []

    play(scene, act)


def test_buttons_of_drafts_work_after_a_restart(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
        [draft] = scene.found(scene.staff, "The answer of draft.")
        async with scene.alive():
            pressed = scene.world.press(draft, "Approve", by=scene.mae)
            assert "Approved" in await scene.done(pressed)

    play(scene, act)


def test_nobody_decides_on_what_they_did_not_see(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            [draft] = scene.found(scene.staff, "The answer of draft.")
            changed = stored(scene, "draft").model_copy(update={"answer": "Quite another answer."})
            scene.records.save_entries([changed])
            pressed = scene.world.press(draft, "Approve", by=scene.mae)
            assert "has changed" in await scene.done(pressed)
            assert stored(scene, "draft").state is EntryState.DRAFT
            await bot.follower.follow_changes()
            [anew] = scene.found(scene.staff, "Quite another answer.")
            assert anew.id == draft.id
            again = scene.world.press(anew, "Approve", by=scene.mae)
            assert "Approved" in await scene.done(again)

    play(scene, act)


def test_so_many_drafts_a_week_are_put_up_and_none_twice(
    tmp_path: Path, discord_specification: Specification | None
) -> None:
    scene = Scene(tmp_path / "data", discord_specification, bot_weekly_drafts=2)
    more = [entry(f"d{n}", f"How do I use number {n}?", state=EntryState.DRAFT) for n in range(4)]
    scene.records.save_entries(more)

    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            await bot.board.put_up()
            assert len(scene.found(scene.staff, "The answer of")) == 2

    play(scene, act)


def test_a_draft_from_a_private_place_is_not_put_up(scene: Scene) -> None:
    secret = entry("secret", "Where is the key?", state=EntryState.DRAFT, visibility=Visibility.PRIVATE)
    scene.records.save_entries([secret])

    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            await bot.board.put_up()
            assert scene.found(scene.staff, "The answer of secret.") == []

    play(scene, act)


def test_drafts_are_not_put_up_where_everyone_reads(scene: Scene) -> None:
    scene.staff.allow(scene.guild.everyone, Permission.VIEW_CHANNEL)

    async def act(scene: Scene) -> None:
        async with scene.alive() as bot:
            assert await bot.board.put_up() == 0
            assert scene.staff.page(10) == []

    play(scene, act)


def test_a_draft_that_is_gone_leaves_the_channel(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        said = scene.read_in(scene.chat.post(scene.ada, "Use the zygomorphic flag of the loader."))
        made = entry(
            "mined", "Which flag?", answer=said.text, citations=(cited(said, said.text),), core=(0,),
            state=EntryState.DRAFT, doc_links=(), origin=EntryOrigin.MINED,
        )  # fmt: skip
        scene.records.save_entries([made])
        async with scene.alive() as bot:
            await bot.board.put_up()
            assert scene.found(scene.staff, "zygomorphic")
            await scene.forget(str(scene.ada.id))
            await bot.follower.follow_changes()
            assert scene.found(scene.staff, "zygomorphic") == []

    play(scene, act)


def test_a_maintainer_adds_an_entry_from_a_message(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            said = scene.chat.post(scene.bob, "Set the flag to 7 and restart the proxy.")
            unread = scene.world.message_command("Add to FAQ", said, by=scene.mae)
            assert "not read this message in" in await scene.done(unread)
            message = scene.read_in(said)
            refused = scene.world.message_command("Add to FAQ", said, by=scene.bob)
            assert "for the reviewers" in await scene.done(refused)
            opened = scene.world.message_command("Add to FAQ", said, by=scene.mae)
            await scene.fake.until(lambda: opened.modal is not None)
            sent = scene.world.submit_modal(opened, {"Question": "How do I set the flag?"})
            await scene.done(sent)
            assert sent.ephemeral
            added = next(
                item for item in scene.records.entries() if item.question == "How do I set the flag?"
            )
            assert added.state is EntryState.DRAFT
            assert added.citations[0].source_id == message.id and added.citations[0].quote in message.text
            pressed = scene.world.press(sent.messages[0], "Approve", by=scene.mae)
            assert "Approved" in await scene.done(pressed)
            assert stored(scene, added.id).state is EntryState.APPROVED

    play(scene, act)


def test_nothing_is_added_from_a_private_place(scene: Scene) -> None:
    async def act(scene: Scene) -> None:
        async with scene.alive():
            said = scene.staff.post(scene.mae, "The key lies under the mat.")
            scene.read_in(said, private=True)
            refused = scene.world.message_command("Add to FAQ", said, by=scene.mae)
            assert "private place" in await scene.done(refused)

    play(scene, act)
