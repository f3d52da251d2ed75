"""The bot's token: its form, before anything is sent."""

from __future__ import annotations

import base64
import binascii
import re

from threadlore.errors import ConfigError

_FORM = re.compile(r"([\w-]{2,})\.[\w-]+\.[\w-]+")
_GET_ONE = (
    "Create a bot at https://discord.com/developers/applications, copy its token from the page Bot, "
    "and set THREADLORE_DISCORD_TOKEN."
)


def bot_token(text: str) -> str:
    """Return a bot's token as the library wants it, from what the environment holds.

    A bot's token has three parts, the first of which is the bot's id in base64. What is refused here
    never goes out; that it is no user's token is seen from what `/users/@me` says as well.

    Raises:
        ConfigError: there is none, or it is no bot's token.
    """
    token = text.strip().strip("\"'")
    if token.casefold().startswith("bot "):
        token = token[4:].strip()
    if not token:
        raise ConfigError("No Discord token is set.", _GET_ONE)
    if token.startswith("mfa."):
        raise ConfigError(
            "THREADLORE_DISCORD_TOKEN holds a user's token. Discord forbids programs to use one.", _GET_ONE
        )
    found = _FORM.fullmatch(token)
    if found is None or not _names_an_id(found.group(1)):
        raise ConfigError("THREADLORE_DISCORD_TOKEN does not have the form of a bot's token.", _GET_ONE)
    return token


def _names_an_id(part: str) -> bool:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).isdigit()
    except (binascii.Error, ValueError):
        return False
