"""Application commands: finding one, and writing its options as a client sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.discord import payloads
from tests.fakes.discord.channels import Place
from tests.fakes.discord.people import Member, Role, User

if TYPE_CHECKING:
    from tests.fakes.discord.guilds import Guild
    from tests.fakes.discord.world import World

Json = dict[str, Any]

SUBCOMMANDS = {1, 2}


def find_command(world: World, guild: Guild, name: str, *, kind: int) -> Json:
    """Return the command that a member of the guild is offered under this name.

    Raises:
        LookupError: there is none.
    """
    offered = [*world.commands.get(guild.id, {}).values(), *world.commands.get(None, {}).values()]
    for command in offered:
        if command["name"] == name and command["type"] == kind:
            return command
    raise LookupError(f"no command {name!r} among {sorted(one['name'] for one in offered)}")


def option_values(
    command: Json, path: list[str], values: Json, *, guild: Guild, focused: str | None = None
) -> Json:
    """Return `options` (and `resolved`) for a command, with subcommands along `path`.

    Raises:
        LookupError: the command has no such subcommand or option, or a required one is missing.
        ValueError: a value is too long, or none of the choices.
    """
    declared = command
    for name in path:
        declared = _named(declared, name)
    resolved: Json = {}
    options = []
    for name, value in values.items():
        option = _named(declared, name)
        if name != focused:
            _check(option, value)
        entry: Json = {"name": name, "type": option["type"], "value": _written(value, resolved, guild)}
        if name == focused:
            entry["focused"] = True
        options.append(entry)
    if focused is None:
        _none_missing(declared, values)
    for depth, name in reversed(list(enumerate(path))):
        kind = 1 if depth == len(path) - 1 else 2
        options = [{"name": name, "type": kind, "options": options}]
    return {"options": options} | ({"resolved": resolved} if resolved else {})


def _named(declared: Json, name: str) -> Json:
    for option in declared.get("options", []):
        if option["name"] == name:
            found: Json = option
            return found
    raise LookupError(f"{declared['name']!r} has no option {name!r}")


def _none_missing(declared: Json, values: Json) -> None:
    for option in declared.get("options", []):
        if option["type"] in SUBCOMMANDS:
            raise LookupError(f"{declared['name']!r} needs a subcommand")
        if option.get("required") and option["name"] not in values:
            raise LookupError(f"{declared['name']!r} needs the option {option['name']!r}")


def _check(option: Json, value: Any) -> None:
    choices = [choice["value"] for choice in option.get("choices", [])]
    if choices and value not in choices:
        raise ValueError(f"{option['name']!r} offers {choices}, not {value!r}")
    if isinstance(value, str) and not (
        option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000)
    ):
        raise ValueError(f"{option['name']!r} does not take {len(value)} characters")
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = option.get("min_value", value), option.get("max_value", value)
        if not low <= value <= high:
            raise ValueError(f"{option['name']!r} takes {low} to {high}, not {value}")


def _written(value: Any, resolved: Json, guild: Guild) -> Any:
    """Return a value as the payload holds it; people, roles and channels go into `resolved`."""

    if isinstance(value, Member | User):
        user = value.user if isinstance(value, Member) else value
        resolved.setdefault("users", {})[str(user.id)] = payloads.user(user)
        member = guild.members.get(user.id)
        if member is not None:
            body = payloads.bare_member(member) | {"permissions": "0"}
            resolved.setdefault("members", {})[str(user.id)] = body
        return str(user.id)
    if isinstance(value, Role):
        resolved.setdefault("roles", {})[str(value.id)] = payloads.role(value)
        return str(value.id)
    if isinstance(value, Place):
        body = payloads.place(value) | {"permissions": "0"}  # type: ignore[arg-type]
        resolved.setdefault("channels", {})[str(value.id)] = body
        return str(value.id)
    return value
