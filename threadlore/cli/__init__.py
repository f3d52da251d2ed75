"""The command line, one file a command group. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Annotated

import typer

from threadlore import __version__
from threadlore.errors import ThreadloreError


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


def main() -> None:
    """Run the command line: a message and a hint for every error that we know."""
    try:
        build_app()()
    except ThreadloreError as error:
        if "--debug" in sys.argv:
            raise
        typer.secho(f"error: {error.message}", fg="red", err=True)
        if error.hint:
            typer.echo(f"hint: {error.hint}", err=True)
        sys.exit(error.exit_code)
