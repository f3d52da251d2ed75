"""Interactions of the fake: times, doubled answers, menus, suggestions, context menus, limits."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.fakes.discord import FakeDiscord, Permission, Specification, running
from tests.fakes.discord.guilds import Guild
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord_clients import Town, ask, town

SAFE: dict[str, Any] = {"allowed_mentions": {"parse": []}}


def callback(asked: Interaction) -> str:
    return f"/interactions/{asked.id}/{asked.token}/callback"


def offer(place: Town, **command: Any) -> None:
    """Register a command without a client."""
    body = {"id": "5", "name": "ask", "type": 1, "description": "Ask", "options": [], **command}
    place.world.commands[None] = {5: body}


def test_an_answer_after_three_seconds_is_too_late(discord_specification: Specification | None) -> None:
    place = town()
    offer(place)

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            asked = place.world.command("ask", by=place.ada, channel=place.chat)
            place.world.clock.advance(3.1)
            status, body, _ = await ask(fake, "POST", callback(asked), {"type": 5})
            assert (status, body["code"]) == (404, 10062)
            assert not asked.answered

    asyncio.run(scene())


def test_a_second_first_answer_is_refused(discord_specification: Specification | None) -> None:
    place = town()
    offer(place)

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            asked = place.world.command("ask", by=place.ada, channel=place.chat)
            answer = {"type": 4, "data": {"content": "here", **SAFE}}
            assert (await ask(fake, "POST", callback(asked), answer))[0] == 204
            status, body, _ = await ask(fake, "POST", callback(asked), answer)
            assert (status, body["code"]) == (400, 40060)
            assert asked.text == "here"

    asyncio.run(scene())


def test_follow_ups_need_a_first_answer_and_a_living_token(
    discord_specification: Specification | None,
) -> None:
    place = town()
    offer(place)

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            asked = place.world.command("ask", by=place.ada, channel=place.chat)
            hook = f"/webhooks/{place.world.application_id}/{asked.token}"
            more = {"content": "more", **SAFE}
            assert (await ask(fake, "POST", hook, more))[0] == 404
            deferral = {"type": 5, "data": {"flags": 64}}
            _, body, _ = await ask(fake, "POST", callback(asked), deferral, with_response="true")
            assert body["interaction"]["response_message_loading"]
            assert [asked.deferred, asked.finished] == [True, False]
            _, first, _ = await ask(fake, "POST", hook, more)
            assert asked.finished
            assert asked.ephemeral
            assert (await ask(fake, "POST", hook, {"content": "again", **SAFE}))[0] == 200
            assert asked.text == "more\nagain"
            assert place.chat.messages.keys() == {asked.followups[0].id}
            edited = {"content": "better", **SAFE}
            assert (await ask(fake, "PATCH", f"{hook}/messages/{first['id']}", edited))[0] == 200
            assert asked.text == "better\nagain"
            place.world.clock.advance(15 * 60)
            assert (await ask(fake, "POST", hook, more))[0] == 401

    asyncio.run(scene())


class Everything(discord.Client):
    """A bot with a command of each kind."""

    def __init__(self, guild: Guild) -> None:
        super().__init__(intents=discord.Intents.default(), allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)
        self.home = discord.Object(guild.id)

    async def setup_hook(self) -> None:
        faq = app_commands.Group(name="faq", description="The FAQ")

        @faq.command(name="show", description="Show an entry")
        async def show(interaction: discord.Interaction, entry: str, member: discord.Member) -> None:
            await interaction.response.send_message(f"{entry} for {member.name}", view=Menu())

        @show.autocomplete("entry")
        async def entries(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current} {n}", value=f"{current}{n}") for n in range(2)]

        @app_commands.context_menu(name="Answer this")
        async def answer(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"about {message.content}", ephemeral=True)

        @app_commands.command(name="secret", description="For moderators")
        @app_commands.default_permissions(manage_messages=True)
        async def secret(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("psst", ephemeral=True)

        self.tree.add_command(faq)
        self.tree.add_command(answer)
        self.tree.add_command(secret)
        self.tree.copy_global_to(guild=self.home)
        await self.tree.sync(guild=self.home)


class Menu(discord.ui.View):
    """One select menu."""

    @discord.ui.select(
        custom_id="menu",
        options=[discord.SelectOption(label="One", value="1"), discord.SelectOption(label="Two")],
    )
    async def chosen(self, interaction: discord.Interaction, menu: discord.ui.Select[Menu]) -> None:
        await interaction.response.edit_message(content=f"chosen {menu.values[0]}", view=None)


def test_groups_suggestions_context_menus_and_select_menus(
    discord_specification: Specification | None,
) -> None:
    place = town()
    world, chat, ada = place.world, place.chat, place.ada

    async def scene() -> None:
        client = Everything(place.guild)
        async with FakeDiscord(world, specification=discord_specification) as fake, running(fake, client):
            typing = world.complete("faq show", {"entry": "mem"}, focused="entry", by=ada, channel=chat)
            await fake.until(lambda: typing.finished)
            assert typing.choices is not None
            assert [choice["value"] for choice in typing.choices] == ["mem0", "mem1"]

            shown = world.command("faq show", {"entry": "mem0", "member": ada}, by=ada, channel=chat)
            await fake.until(lambda: shown.finished)
            assert shown.text == "mem0 for ada"
            assert shown.original is not None
            chosen = world.choose(shown.original, ["1"], by=ada)
            await fake.until(lambda: chosen.finished)
            assert shown.text == "chosen 1"
            assert shown.original.components == ()

            about = world.message_command("Answer this", chat.post(ada, "my question"), by=ada)
            await fake.until(lambda: about.finished)
            assert about.text == "about my question"
            assert about.ephemeral
            await fake.settled()

    asyncio.run(scene())


def test_what_a_members_client_would_not_send_is_an_error_of_the_test(
    discord_specification: Specification | None,
) -> None:
    place = town()
    world, chat, ada = place.world, place.chat, place.ada

    async def scene() -> None:
        client = Everything(place.guild)
        async with FakeDiscord(world, specification=discord_specification) as fake, running(fake, client):
            with pytest.raises(LookupError, match="no command 'nothing'"):
                world.command("nothing", by=ada, channel=chat)
            with pytest.raises(LookupError, match="needs the option 'entry'"):
                world.command("faq show", {"member": ada}, by=ada, channel=chat)
            with pytest.raises(LookupError, match="no option 'size'"):
                world.command("faq show", {"size": 5}, by=ada, channel=chat)
            with pytest.raises(LookupError, match="no button"):
                world.press(chat.post(ada, "x"), "Helpful", by=ada)
            with pytest.raises(PermissionError):
                world.command("secret", by=ada, channel=chat)
            hidden = place.guild.text("staff")
            hidden.hide()
            with pytest.raises(PermissionError, match="cannot use commands in staff"):
                world.command("faq show", {"entry": "x", "member": ada}, by=ada, channel=hidden)
            about = world.message_command("Answer this", chat.post(ada, "x"), by=ada)
            await fake.until(lambda: about.finished)
            assert about.original is not None
            with pytest.raises(PermissionError, match="only who asked"):
                world.press(about.original, "Helpful", by=place.guild.member("eve"))
            ada.give(place.guild.role("moderator", Permission.MANAGE_MESSAGES))
            told = world.command("secret", by=ada, channel=chat)
            await fake.until(lambda: told.finished)

    asyncio.run(scene())


def test_commands_are_limited_to_200_creates_a_day(discord_specification: Specification | None) -> None:
    place = town()
    route = f"/applications/{place.world.application_id}/guilds/{place.guild.id}/commands"
    command = {"name": "ask", "description": "Ask"}

    async def scene() -> None:
        async with FakeDiscord(place.world, specification=discord_specification) as fake:
            place.world.commands_created[place.guild.id] = 199
            status, first, _ = await ask(fake, "POST", route, command)
            assert status == 201
            assert (await ask(fake, "POST", route, command))[0] == 200
            status, body, _ = await ask(fake, "POST", route, {**command, "name": "other"})
            assert (status, body["code"]) == (400, 30034)
            _, listed, _ = await ask(fake, "PUT", route, [{**command, "description": "Ask again"}])
            assert [one["id"] for one in listed] == [first["id"]]

    asyncio.run(scene())


@pytest.mark.parametrize(
    "answer",
    [
        {"type": 4, "data": {"content": "x" * 2001, **SAFE}},
        {"type": 9, "data": {"custom_id": "m", "title": "t" * 46, "components": [
            {"type": 1, "components": [{"type": 4, "custom_id": "a", "label": "A", "style": 1}]}]}},
        {"type": 9, "data": {"custom_id": "m", "title": "t", "components": []}},
    ],
)  # fmt: skip
def test_an_answer_over_a_limit_is_refused(answer: dict[str, Any]) -> None:
    place = town()
    offer(place)

    async def scene() -> None:
        async with FakeDiscord(place.world) as fake:
            asked = place.world.command("ask", by=place.ada, channel=place.chat)
            with fake.tolerating() as seen:
                assert (await ask(fake, "POST", callback(asked), answer))[0] == 400
            assert seen
            assert not asked.answered

    asyncio.run(scene())


def test_more_than_25_suggestions_are_refused() -> None:
    place = town()
    offer(place, options=[{"name": "q", "type": 3, "description": "Q", "autocomplete": True}])
    choices = [{"name": f"{n}", "value": f"{n}"} for n in range(26)]

    async def scene() -> None:
        async with FakeDiscord(place.world) as fake:
            asked = place.world.complete("ask", {"q": "x"}, focused="q", by=place.ada, channel=place.chat)
            with fake.tolerating() as seen:
                body = {"type": 8, "data": {"choices": choices}}
                assert (await ask(fake, "POST", callback(asked), body))[0] == 400
            assert seen

    asyncio.run(scene())
