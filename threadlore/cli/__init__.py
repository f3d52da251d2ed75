"""The command line, one file a command group. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from threadlore import __version__
from threadlore.errors import Fatal, StoreDamaged, ThreadloreError

COLLECT_AFTER = 50_000
"""New objects between two searches for cycles: records hold none, and Python's 700 take a tenth of a run."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"threadlore {__version__}")
        raise typer.Exit


def build_app() -> typer.Typer:
    """Return the application with every command group found in this folder.

    A module of this folder that defines `register(app)` adds its commands.
    """
    app = typer.Typer(
        name="threadlore",
        help="What a community keeps asking, and a reviewed FAQ of grounded answers.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def options(
        context: typer.Context,
        data: Annotated[str | None, typer.Option("--data", help="Data folder.")] = None,
        profile: Annotated[str | None, typer.Option("--profile", help="Profile name or folder.")] = None,
        debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")] = False,
        version: Annotated[
            bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
        ] = False,
    ) -> None:
        context.obj = {"data": data, "profile": profile, "debug": debug}

    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "register"):
            loaded.register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and end the process with a code by kind of error.

    Every error becomes a message and a hint; a traceback is shown only with `--debug`.
    """
    gc.set_threshold(COLLECT_AFTER)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        build_app()(args=given)
    except Exception as error:
        if "--debug" in given:
            raise
        message, hint, code = _explained(error)
        typer.secho(f"error: {message}", fg="red", err=True)
        if hint:
            typer.echo(f"hint: {hint}", err=True)
        sys.exit(code)


def _explained(error: Exception) -> tuple[str, str, int]:
    """Return message, hint and exit code of an error that ends a command."""
    import sqlite3

    if isinstance(error, ThreadloreError):
        return error.message, error.hint, error.exit_code
    if isinstance(error, OSError):
        return f"{error}.", "Check the path, its permissions and the room on the disk.", Fatal.exit_code
    if isinstance(error, sqlite3.Error):
        hint = "Check the disk and the permissions; `threadlore store restore` brings a backup back."
        if "full" in str(error):
            hint = "Make room on the disk and run it again: what was stored before is whole."
        return f"The records cannot be used: {error}.", hint, StoreDamaged.exit_code
    hint = "This is a defect: run the command again with --debug in front of it and report what it prints."
    return f"{type(error).__name__}: {error}", hint, ThreadloreError.exit_code
