"""Routes of guilds and accounts: who the bot is, where it is, members, roles, channels."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord import payloads
from tests.fakes.discord.channels import Channel
from tests.fakes.discord.errors import missing_access, unknown
from tests.fakes.discord.flags import Intent, Permission
from tests.fakes.discord.guilds import Guild
from tests.fakes.discord.people import Member
from tests.fakes.discord.rest.call import Call, Reply, route

GUILD = "/guilds/{guild_id}"
LIMITED_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}
"""Application flags that say which privileged intents are on (for under 100 guilds)."""


@route("GET", "/users/@me")
def me(call: Call) -> Reply:
    """Return the bot's account."""
    return Reply(200, payloads.me(call.world.bot))


@route("GET", "/users/{user_id}")
def user(call: Call) -> Reply:
    """Return an account."""
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise unknown("User")
    return Reply(200, payloads.user(found))


@route("GET", "/users/@me/guilds")
def my_guilds(call: Call) -> Reply:
    """List the guilds that the bot is in, by id."""
    after, before = int(call.query.get("after", 0)), int(call.query.get("before", 1 << 63))
    bot = call.world.bot.id
    guilds = [g for g in call.world.guilds.values() if bot in g.members and after < g.id < before]
    chosen = sorted(guilds, key=lambda guild: guild.id)[: call.limit(200, 200)]
    return Reply(200, [payloads.brief_guild(guild, call.allowed_in(guild)) for guild in chosen])


@route("GET", "/oauth2/applications/@me")
@route("GET", "/applications/@me")
def application(call: Call) -> Reply:
    """Return the application, whose flags tell the privileged intents that are on."""
    world = call.world
    flags = sum(flag for intent, flag in LIMITED_FLAGS.items() if world.privileges & intent)
    body: dict[str, Any] = {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": payloads.user(world.bot),
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": payloads.user(world.bot),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }
    return Reply(200, body)


@route("GET", "/gateway/bot")
def gateway(call: Call) -> Reply:
    """Return where the gateway is and how often one may identify."""
    start = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
    return Reply(200, {"url": call.world.gateway_url, "shards": 1, "session_start_limit": start})


@route("GET", GUILD)
def guild(call: Call) -> Reply:
    """Return a guild."""
    found = call.guild()
    body = payloads.guild(found)
    if call.query.get("with_counts") in {"1", "true"}:
        body |= {"approximate_member_count": len(found.members), "approximate_presence_count": 1}
    return Reply(200, body)


@route("GET", GUILD + "/channels")
def channels(call: Call) -> Reply:
    """List a guild's channels without threads, those too that the bot cannot see."""
    return Reply(200, [payloads.channel(one) for one in _sorted(call.guild())])


def _sorted(guild: Guild) -> list[Channel]:
    return sorted(guild.channels.values(), key=lambda one: (one.position, one.id))


@route("GET", GUILD + "/roles")
def roles(call: Call) -> Reply:
    """List a guild's roles."""
    return Reply(200, [payloads.role(one) for one in call.guild().roles.values()])


@route("GET", GUILD + "/members/{user_id}")
def member(call: Call) -> Reply:
    """Return a member."""
    return Reply(200, payloads.member(_member(call)))


@route("GET", GUILD + "/members")
def members(call: Call) -> Reply:
    """List members by id; needs the members intent."""
    if not call.world.privileges & Intent.GUILD_MEMBERS:
        raise missing_access()
    after = int(call.query.get("after", 0))
    found = sorted((m for m in call.guild().members.values() if m.id > after), key=lambda m: m.id)
    return Reply(200, [payloads.member(one) for one in found[: call.limit(1, 1000)]])


@route("PUT", GUILD + "/members/{user_id}/roles/{role_id}")
def give_role(call: Call) -> Reply:
    """Give a member a role."""
    person = _member(call)
    role = person.guild.roles.get(call.id("role_id"))
    if role is None:
        raise unknown("Role")
    if not call.allowed_in(person.guild) & Permission.MANAGE_ROLES:
        raise missing_access()
    person.give(role)
    return Reply()


def _member(call: Call) -> Member:
    person = call.guild().members.get(call.id("user_id"))
    if person is None:
        raise unknown("Member")
    return person
