"""Routes of application commands, global and of a guild."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.discord.errors import ApiError, invalid_form, unknown
from tests.fakes.discord.limits import COMMANDS_A_DAY
from tests.fakes.discord.rest.call import Call, Reply, route

Json = dict[str, Any]

GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
MOST = {1: 100, 2: 5, 3: 5}
"""How many commands of each type there may be in one scope."""

_NAME = re.compile(r"^[-_'\w]{1,32}$")


def _scope(call: Call) -> int | None:
    if call.id("application_id") != call.world.application_id:
        raise unknown("Application")
    return call.guild().id if "guild_id" in call.args else None


@route("GET", GLOBAL)
@route("GET", GUILD)
def listed(call: Call) -> Reply:
    """List the commands of a scope."""
    return Reply(200, list(call.world.commands.get(_scope(call), {}).values()))


@route("PUT", GLOBAL)
@route("PUT", GUILD)
def replace(call: Call) -> Reply:
    """Replace all commands of a scope; those of the same name and type keep their id."""
    scope = _scope(call)
    old = {(one["name"], one["type"]): one for one in call.world.commands.get(scope, {}).values()}
    call.world.commands[scope] = {}
    for body in call.body:
        kept = old.get((body["name"], body.get("type") or 1))
        _register(call, scope, body, kept)
    return Reply(200, list(call.world.commands[scope].values()))


@route("POST", GLOBAL)
@route("POST", GUILD)
def create(call: Call) -> Reply:
    """Add a command, or overwrite the one of the same name and type."""
    scope = _scope(call)
    existing = call.world.commands.setdefault(scope, {})
    kind = call.body.get("type") or 1
    old = next((c for c in existing.values() if (c["name"], c["type"]) == (call.body["name"], kind)), None)
    return Reply(200 if old else 201, _register(call, scope, call.body, old))


@route("PATCH", GLOBAL + "/{command_id}")
@route("PATCH", GUILD + "/{command_id}")
def change(call: Call) -> Reply:
    """Change a command."""
    scope, old = _scope(call), _one(call)
    return Reply(200, _register(call, scope, {**old, **call.body}, old))


@route("GET", GLOBAL + "/{command_id}")
@route("GET", GUILD + "/{command_id}")
def one(call: Call) -> Reply:
    """Return a command."""
    return Reply(200, _one(call))


@route("DELETE", GLOBAL + "/{command_id}")
@route("DELETE", GUILD + "/{command_id}")
def delete(call: Call) -> Reply:
    """Remove a command."""
    del call.world.commands[_scope(call)][int(_one(call)["id"])]
    return Reply()


def _one(call: Call) -> Json:
    found = call.world.commands.get(_scope(call), {}).get(call.id("command_id"))
    if found is None:
        raise unknown("application command")
    return found


def _register(call: Call, scope: int | None, body: Json, old: Json | None) -> Json:
    kind = body.get("type") or 1
    if kind == 1:
        _check_chat_command(body)
    created = call.world.commands_created
    if old is None:
        created[scope] = created.get(scope, 0) + 1
        if created[scope] > COMMANDS_A_DAY:
            raise ApiError(
                400,
                30034,
                f"Max number of daily application command creates has been reached ({COMMANDS_A_DAY})",
            )
    identity = int(old["id"]) if old else call.world.ids.mint()
    command = {
        **_clean({key: value for key, value in body.items() if key != "id"}),
        "id": str(identity),
        "application_id": str(call.world.application_id),
        "version": str(call.world.ids.mint()),
        "type": kind,
        "description": body.get("description") or "",
        "default_member_permissions": _text(body.get("default_member_permissions")),
    }
    if scope is not None:
        command["guild_id"] = str(scope)
    commands = call.world.commands.setdefault(scope, {})
    commands[identity] = command
    if sum(one["type"] == kind for one in commands.values()) > MOST[kind]:
        del commands[identity]
        raise ApiError(400, 30032, f"Maximum number of application commands reached ({MOST[kind]})")
    return command


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _clean(value: Any) -> Any:
    """Return a body without nulls, as Discord sends it back."""
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items() if inner is not None}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value


def _check_chat_command(body: Json) -> None:
    """Refuse names, descriptions and options that break the documented rules."""
    if not _NAME.match(body["name"]) or body["name"] != body["name"].lower():
        raise invalid_form("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if not 1 <= len(body.get("description") or "") <= 100:
        raise invalid_form("description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    options = body.get("options") or []
    if len(options) > 25:
        raise invalid_form("options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        raise invalid_form(
            "options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be first"
        )
    for option in options:
        if option.get("autocomplete") and option.get("choices"):
            raise invalid_form("options", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Not both")
        if len(option.get("choices") or []) > 25:
            raise invalid_form("options.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        _check_chat_command({**option, "name": option["name"]})
