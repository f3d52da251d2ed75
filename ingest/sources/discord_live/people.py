"""Who helps and who maintains, where the application may list the members of the guild."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from threadlore.ingest.roles import role_from_names
from threadlore.ingest.sources.discord_live.api import Denied, DiscordApi, Unknown
from threadlore.ingest.sources.discord_live.guild import GuildView
from threadlore.ingest.values import instant_of, list_of, mapping_of, text_of
from threadlore.types import Role

MEMBERS_PAGE = 1000
FRESH = timedelta(days=1)
"""Members are listed again when something new is read and the list is older."""

Pseudonym = Callable[[str], str]
"""Turns a native id into the pseudonym under which the person is stored."""


@dataclass(frozen=True)
class People:
    """Roles of those who are more than members, by pseudonym: native ids are not kept."""

    pseudonym: Pseudonym
    owner: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    listed_at: datetime | None = None

    def role_of(self, native_id: str) -> Role:
        """Return the role of a person; the owner of a guild maintains it."""
        if native_id == self.owner:
            return Role.MAINTAINER
        return self.roles.get(self.pseudonym(native_id), Role.MEMBER) if self.roles else Role.MEMBER

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the list need not be read again."""
        return self.listed_at is not None and now - self.listed_at < FRESH

    def text(self) -> str:
        """Return it as a cursor holds it."""
        at = self.listed_at.isoformat() if self.listed_at else ""
        return json.dumps({"at": at, "roles": {key: role.value for key, role in sorted(self.roles.items())}})

    @classmethod
    def of(cls, text: str | None, pseudonym: Pseudonym, owner: str) -> People:
        """Return what a cursor holds."""
        raw = mapping_of(json.loads(text)) if text else {}
        roles = {key: Role(text_of(value)) for key, value in mapping_of(raw.get("roles")).items()}
        return cls(pseudonym, owner, roles, instant_of(raw.get("at")))


async def list_people(
    api: DiscordApi, guild: GuildView, pseudonym: Pseudonym, now: datetime
) -> People | None:
    """List the members of a guild, a thousand a request; None where Discord refuses it."""
    roles: dict[str, Role] = {}
    after = "0"
    while True:
        try:
            answer = await api.get(
                "/guilds/{guild_id}/members",
                query={"limit": MEMBERS_PAGE, "after": after},
                guild_id=guild.id,
            )
        except (Denied, Unknown):
            return None
        page = [mapping_of(member) for member in list_of(answer)]
        for member in page:
            names = (guild.role_names.get(text_of(role), "") for role in list_of(member.get("roles")))
            role = role_from_names(names)
            if role is not Role.MEMBER:
                roles[pseudonym(text_of(mapping_of(member.get("user")).get("id")))] = role
        if len(page) < MEMBERS_PAGE:
            return People(pseudonym, guild.owner, roles, now)
        after = max((text_of(mapping_of(one.get("user")).get("id")) for one in page), key=int)
