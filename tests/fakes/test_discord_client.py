"""discord.py against the fake: it logs in, sees the world, hears changes and answers."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands

from tests.fakes.discord import FakeDiscord, Specification, World, running


def client(**options: bool) -> discord.Client:
    """Return a client that pings nobody and hears everything."""
    intents = discord.Intents.default()
    intents.message_content = options.get("message_content", True)
    intents.members = options.get("members", True)
    return discord.Client(intents=intents, allowed_mentions=discord.AllowedMentions.none())


def test_a_client_sees_channels_threads_and_history(discord_specification: Specification | None) -> None:
    world = World()
    guild = world.guild("Community")
    forum, chat = guild.forum("help", "solved"), guild.text("general")
    ada = guild.member("ada")
    active = forum.ask(ada, "Out of memory", "It dies.")
    forum.ask(ada, "Old", "Long ago.").archive()
    for number in range(150):
        chat.post(ada, f"line {number}")

    async def scene() -> None:
        bot = client()
        async with FakeDiscord(world, specification=discord_specification) as fake, running(fake, bot):
            seen = bot.guilds[0]
            assert {channel.name for channel in seen.channels} == {"help", "general"}
            assert [thread.id for thread in await seen.active_threads()] == [active.id]
            help_forum = seen.get_channel(forum.id)
            assert isinstance(help_forum, discord.ForumChannel)
            assert [thread.name async for thread in help_forum.archived_threads()] == ["Old"]
            general = seen.get_channel(chat.id)
            assert isinstance(general, discord.TextChannel)
            lines = [m.content async for m in general.history(limit=None, oldest_first=True)]
            assert lines == [f"line {number}" for number in range(150)]
            assert fake.count("GET /channels/{channel_id}/messages", channel_id=chat.id) == 2

    asyncio.run(scene())


def test_what_happens_in_the_world_is_heard_and_answered(discord_specification: Specification | None) -> None:
    world = World()
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")
    heard: list[str] = []

    async def scene() -> None:
        bot = client()

        @bot.event
        async def on_message(message: discord.Message) -> None:
            heard.append(message.content)
            if message.author != bot.user:
                await message.reply("noted")

        @bot.event
        async def on_raw_message_edit(payload: discord.RawMessageUpdateEvent) -> None:
            heard.append(f"edit: {payload.message.content}")

        @bot.event
        async def on_raw_message_delete(payload: discord.RawMessageDeleteEvent) -> None:
            heard.append(f"gone: {payload.message_id}")

        async with FakeDiscord(world, specification=discord_specification) as fake, running(fake, bot):
            message = chat.post(ada, "hello")
            await fake.settled()
            message.edit("hello there")
            message.delete()
            await fake.settled()
            assert heard == ["hello", "noted", "edit: hello there", f"gone: {message.id}"]
            assert [one.content for one in chat.page(10)] == ["noted"]

    asyncio.run(scene())


def test_a_command_its_button_and_its_modal(discord_specification: Specification | None) -> None:
    world = World()
    guild = world.guild("Community")
    chat, ada = guild.text("general"), guild.member("ada")

    class Correction(discord.ui.Modal, title="Correct"):
        text: discord.ui.TextInput[Correction] = discord.ui.TextInput(label="Text")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.send_message(f"taken: {self.text.value}", ephemeral=True)

    class Buttons(discord.ui.View):
        @discord.ui.button(label="Correct", custom_id="correct")
        async def correct(self, interaction: discord.Interaction, button: discord.ui.Button[Buttons]) -> None:
            await interaction.response.send_modal(Correction())

    async def scene() -> None:
        bot = client()
        tree = app_commands.CommandTree(bot)

        @tree.command(name="ask", description="Ask a question")
        async def ask(interaction: discord.Interaction, question: str) -> None:
            await interaction.response.defer()
            await interaction.followup.send(f"You asked: {question}", view=Buttons(timeout=None))

        async with FakeDiscord(world, specification=discord_specification) as fake, running(fake, bot):
            tree.copy_global_to(guild=discord.Object(guild.id))
            await tree.sync(guild=discord.Object(guild.id))
            asked = world.command("ask", {"question": "why?"}, by=ada, channel=chat)
            await fake.until(lambda: asked.finished)
            assert asked.deferred
            assert asked.text == "You asked: why?"
            assert asked.original is not None
            pressed = world.press(asked.original, "Correct", by=ada)
            await fake.until(lambda: pressed.finished)
            sent = world.submit_modal(pressed, {"Text": "because"})
            await fake.until(lambda: sent.finished)
            assert sent.text == "taken: because"
            assert sent.ephemeral
            await fake.settled()

    asyncio.run(scene())
