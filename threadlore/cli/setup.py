"""`threadlore init` and `threadlore doctor`: settings, and whether everything works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from threadlore.cli.common import print_json, print_table, settings_of
from threadlore.errors import BadInput, ThreadloreError
from threadlore.wiring import open_workspace

if TYPE_CHECKING:
    from threadlore.settings import Settings
    from threadlore.wiring import Workspace


def register(app: typer.Typer) -> None:
    """Add `init` and `doctor`."""
    app.command("init")(init)
    app.command("doctor")(doctor)


def init(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing threadlore.toml.")] = False,
) -> None:
    """Write a threadlore.toml with every setting explained, and seed the profile's starter entries."""
    from threadlore.settings import CONFIG_FILE

    settings = settings_of(context)
    target = Path(CONFIG_FILE)
    if target.exists() and not force:
        raise BadInput(f"{target} exists already.", "Use --force to overwrite it.")
    target.write_text(_config_text(settings), encoding="utf-8")
    with open_workspace(settings) as workspace:
        seeded = workspace.seed()
    typer.echo(f"Wrote {target}. Starter entries added: {len(seeded.added)}.")


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print every setting with its origin, and try each connection."""
    settings = settings_of(context)
    with open_workspace(settings) as workspace:
        checks = [_check(name, probe) for name, probe in _probes(workspace).items()]
        checks += _discord_checks(workspace)
    rows = _settings_rows(settings)
    if as_json:
        print_json(
            {
                "settings": [dict(zip(("name", "value", "origin"), row, strict=True)) for row in rows],
                "checks": [{"name": name, "ok": ok, "detail": detail} for name, ok, detail in checks],
            }
        )
    else:
        print_table(("setting", "value", "origin"), rows)
        print_table(
            ("check", "", "detail"), [(name, "ok" if ok else "FAILS", detail) for name, ok, detail in checks]
        )
    if not all(ok for _, ok, _ in checks):
        raise typer.Exit(4)


def _discord_checks(workspace: Workspace) -> list[tuple[str, bool, str]]:
    """Check the live server, where a token says that there is one."""
    from threadlore.wiring.discord import check_discord

    if not workspace.settings.discord_token:
        return []
    found = asyncio.run(check_discord(workspace))
    return [(finding.name, finding.ok, finding.detail) for finding in found]


def _check(name: str, probe: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, probe()
    except ThreadloreError as error:
        return name, False, f"{error.message} {error.hint}".strip()


def _probes(workspace: Workspace) -> dict[str, Callable[[], str]]:
    def data_folder() -> str:
        counts = workspace.records.counts()
        return f"{workspace.settings.data}: {counts.messages} messages, {counts.questions} questions"

    def profile() -> str:
        profile = workspace.profile
        return f"{profile.name}: {len(profile.areas)} areas, {len(profile.facts)} facts"

    def embedder() -> str:
        vectors = asyncio.run(workspace.embedder.embed(["a question"]))
        languages = workspace.embedder.languages
        needed = workspace.profile.language
        if languages is not None and needed not in languages:
            raise BadInput(
                f"The embedder knows {', '.join(sorted(languages))}; the profile's language is {needed}.",
                "Set embedding_model to the folder of a multilingual model.",
            )
        return f"{workspace.embedder.model}: {vectors.shape[1]} dimensions"

    def milvus() -> str:
        can = asyncio.run(workspace.vectors.capabilities())
        where = workspace.settings.milvus_uri or "Milvus Lite"
        return (
            f"{where}: full text {'yes' if can.full_text else 'no'}, hybrid {'yes' if can.hybrid else 'no'}"
        )

    probes = {"data folder": data_folder, "profile": profile, "embedder": embedder, "milvus": milvus}
    if workspace.settings.model:
        probes["model"] = lambda: asyncio.run(workspace.models.probe())
        if workspace.settings.discord_guild:
            probes["threadlore run"] = workspace.models.unattended
    return probes


def _settings_rows(settings: Settings) -> list[tuple[str, str, str]]:
    import os
    import tomllib

    from threadlore.settings import CONFIG_FILE

    file = Path(CONFIG_FILE)
    in_file = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    rows = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if f"THREADLORE_{name.upper()}" in os.environ:
            origin = "environment"
        elif name in in_file:
            origin = CONFIG_FILE
        elif name in settings.model_fields_set:
            origin = "command line"
        else:
            origin = "default"
        shown = "(set)" if name in settings.secrets() and value else _shown(value)
        rows.append((name, shown, origin))
    return rows


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _toml(value: object) -> str:
    """Return a value as TOML writes it."""
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def _config_text(settings: Settings) -> str:
    lines = ["# Settings of Threadlore. Environment variables THREADLORE_<NAME> win over this file.", ""]
    for name, field in type(settings).model_fields.items():
        if name in settings.secrets():
            lines += [f"# {name} comes from THREADLORE_{name.upper()} alone.", ""]
            continue
        value = getattr(settings, name)
        plain = value if isinstance(value, int | float | tuple | dict) else str(value)
        shown = _toml(plain)
        lines += [f"# {field.description}", f"{name} = {shown}", ""]
    return "\n".join(lines)
