"""discord.py against the fake: it logs in, sees the world, hears changes and answers."""

from __future__ import annotations

import asyncio
import io

import discord
from discord import app_commands

from tests.fakes.discord import FakeDiscord, Specification, World, running
from tests.fakes.discord.flags import EVERY_PERMISSION
from tests.fakes.discord_clients import bot as listener


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
        bot = listener()
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
        bot = listener()

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
        bot = listener()
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


def test_whatever_discord_py_sends_fits(discord_specification: Specification | None) -> None:
    world = World()
    guild = world.guild("Community", permissions=EVERY_PERMISSION)
    chat, forum, ada = guild.text("general"), guild.forum("help", "solved"), guild.member("ada")
    question = chat.post(ada, "question")

    async def scene() -> None:
        bot = listener()
        async with FakeDiscord(world, specification=discord_specification) as fake, running(fake, bot):
            general = bot.get_channel(chat.id)
            assert isinstance(general, discord.TextChannel)
            embed = discord.Embed(title="t", description="d", url="https://example.org", colour=5)
            embed.set_footer(text="f").set_author(name="a").add_field(name="n", value="v")
            row = discord.ui.View().add_item(discord.ui.Button(label="Docs", url="https://example.org"))
            sent = await general.send("text", embed=embed, view=row, file=_file(), silent=True)
            assert [one.filename for one in sent.attachments] == ["log.txt"]
            sent = await sent.edit(content="changed", embeds=[embed, embed], view=None, attachments=[])
            assert (sent.content, len(sent.embeds), sent.attachments) == ("changed", 2, [])
            await (await general.fetch_message(question.id)).reply("reply")
            await sent.add_reaction("✅")
            await sent.remove_reaction("✅", discord.Object(world.bot.id))
            await sent.pin()
            assert [one.id async for one in general.pins()] == [sent.id]
            await sent.unpin()
            async with general.typing():
                pass
            side = await sent.create_thread(name="side")
            await side.edit(archived=True, locked=True)
            await side.delete()
            help_forum = bot.get_channel(forum.id)
            assert isinstance(help_forum, discord.ForumChannel)
            post = await help_forum.create_thread(
                name="post", content="starter", applied_tags=help_forum.available_tags
            )
            assert post.message.id == post.thread.id
            panel = discord.ui.LayoutView()
            panel.add_item(discord.ui.Container(discord.ui.TextDisplay("# Title"), discord.ui.Separator()))
            laid_out = await general.send(view=panel)
            assert laid_out.flags.components_v2
            await general.delete_messages([sent, laid_out])
            await general.edit(topic="new topic")
            await general.set_permissions(_everyone(bot), view_channel=True)
            assert (await bot.fetch_channel(chat.id)).id == chat.id
            assert [one.id async for one in bot.fetch_guilds()] == [guild.id]
            assert (await bot.guilds[0].fetch_member(ada.id)).name == "ada"
            assert (await bot.fetch_guild(guild.id)).approximate_member_count == 3
            await fake.settled()

    asyncio.run(scene())


def _file() -> discord.File:
    return discord.File(io.BytesIO(b"line"), filename="log.txt")


def _everyone(bot: discord.Client) -> discord.Role:
    return bot.guilds[0].default_role
