"""`threadlore bot`: the Discord bot, until it is ended."""

from __future__ import annotations

import logging
import sys

import typer

from threadlore.cli.common import settings_of
from threadlore.wiring import open_workspace
from threadlore.wiring.bot import BotService


def register(app: typer.Typer) -> None:
    """Add `bot`."""
    app.command("bot")(bot)


def bot(context: typer.Context) -> None:
    """Serve the Discord bot until it is ended: commands, new posts, review, catching up."""
    log_to_stderr()
    with open_workspace(settings_of(context)) as workspace:
        BotService(workspace).run()


def log_to_stderr() -> None:
    """Write what happens to standard error, which a service manager keeps."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # It logs each reconnection with a traceback.
    logging.getLogger("discord").setLevel(logging.ERROR)
