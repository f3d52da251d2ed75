"""`threadlore bot` and `threadlore run`: the Discord bot, alone or with the schedule, until it is ended."""

from __future__ import annotations

import logging
import sys

import typer

from threadlore.cli.common import settings_of
from threadlore.wiring import open_workspace
from threadlore.wiring.bot import BotService


def register(app: typer.Typer) -> None:
    """Add `bot` and `run`."""
    app.command("bot")(bot)
    app.command("run")(run)


def bot(context: typer.Context) -> None:
    """Serve the Discord bot until it is ended: commands, new posts, review, catching up."""
    _log_to_stderr()
    with open_workspace(settings_of(context)) as workspace:
        BotService(workspace).run()


def run(context: typer.Context) -> None:
    """Serve the bot, and analyse when the settings' `schedule` is due, in a process of its own."""
    _log_to_stderr()
    with open_workspace(settings_of(context)) as workspace:
        BotService(workspace).run(scheduled=True)


def _log_to_stderr() -> None:
    """Write what happens to standard error, which a service manager keeps."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # discord.py logs each reconnection with a traceback, APScheduler each look at the clock.
    for name in ("discord", "apscheduler"):
        logging.getLogger(name).setLevel(logging.ERROR)
