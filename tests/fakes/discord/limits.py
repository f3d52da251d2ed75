"""Documented limits that Discord's specification leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.fakes.discord.errors import ApiError, invalid_form
from tests.fakes.discord.flags import MessageFlag
from tests.fakes.discord.interactions import components
from tests.fakes.discord.messages import Message

Json = dict[str, Any]

CONTENT, NONCE, EMBEDS, FIELDS, FILES = 2000, 25, 10, 25, 10
EMBED_TOTAL, TITLE, DESCRIPTION, FIELD_NAME, FIELD_VALUE, FOOTER, AUTHOR = (
    6000,
    256,
    4096,
    256,
    1024,
    2048,
    256,
)
ROWS, BUTTONS_A_ROW, V2_COMPONENTS, V2_TEXT, CUSTOM_ID, LABEL = 5, 5, 40, 4000, 100, 80
CHOICES, CHOICE_NAME, THREAD_NAME, MODAL_TITLE, MODAL_ROWS, MODAL_LABEL = 25, 100, 100, 45, 5, 45
COMMANDS_A_DAY, URL = 200, 2048
LINK, PREMIUM = 5, 6
"""Styles of buttons."""

_LINK = re.compile(r"^(?:https?|attachment)://\S+$")


def check_message(body: Json, *, editing: Message | None = None, files: int = 0) -> None:
    """Refuse a message that breaks a limit, as Discord would.

    Raises:
        ApiError: 400, with the path to what is too long.
    """
    content = body.get("content") or ""
    _at_most("content", content, CONTENT)
    nonce = body.get("nonce")
    if nonce is not None:
        _at_most("nonce", str(nonce), NONCE)
    embeds = body.get("embeds") or []
    rows = body.get("components") or []
    _check_embeds(embeds)
    if files > FILES:
        raise invalid_form("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")
    flags = body.get("flags") or 0
    old = int(editing.flags) if editing is not None else 0
    if (flags | old) & MessageFlag.COMPONENTS_V2:
        _check_v2(body, rows)
    else:
        _check_rows(rows)
    if editing is None and not (
        content.strip() or embeds or rows or files or body.get("poll") or body.get("sticker_ids")
    ):
        raise ApiError(400, 50006, "Cannot send an empty message")


def check_choices(choices: list[Json]) -> None:
    """Refuse suggestions that Discord would not show."""
    if len(choices) > CHOICES:
        raise invalid_form("data.choices", "BASE_TYPE_MAX_LENGTH", f"Must be {CHOICES} or fewer in length.")
    for number, choice in enumerate(choices):
        where = f"data.choices.{number}"
        _at_most(f"{where}.name", choice["name"], CHOICE_NAME, least=1)
        if isinstance(choice["value"], str):
            _at_most(f"{where}.value", choice["value"], CHOICE_NAME)


def check_modal(data: Json) -> None:
    """Refuse a modal that breaks a limit."""
    _at_most("data.title", data["title"], MODAL_TITLE, least=1)
    _at_most("data.custom_id", data["custom_id"], CUSTOM_ID, least=1)
    if not 1 <= len(data["components"]) <= MODAL_ROWS:
        raise invalid_form("data.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MODAL_ROWS}.")
    for component in components(data["components"]):
        if component.get("label"):
            _at_most("data.components.label", component["label"], MODAL_LABEL)
        if component["type"] == 4:
            _at_most(
                "data.components.value", component.get("value") or "", component.get("max_length") or 4000
            )
            _at_most("data.components.placeholder", component.get("placeholder") or "", 100)
    _unique_custom_ids(data["components"])


def check_thread_name(name: str) -> None:
    """Refuse a thread's name that is empty or too long."""
    _at_most("name", name, THREAD_NAME, least=1)


def _check_embeds(embeds: list[Json]) -> None:
    if len(embeds) > EMBEDS:
        raise invalid_form("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS} or fewer in length.")
    total = 0
    for number, embed in enumerate(embeds):
        where = f"embeds.{number}"
        fields = embed.get("fields") or []
        if len(fields) > FIELDS:
            raise invalid_form(
                f"{where}.fields", "BASE_TYPE_MAX_LENGTH", f"Must be {FIELDS} or fewer in length."
            )
        parts = [
            ("title", embed.get("title"), TITLE, 0),
            ("description", embed.get("description"), DESCRIPTION, 0),
            ("footer.text", (embed.get("footer") or {}).get("text"), FOOTER, 0),
            ("author.name", (embed.get("author") or {}).get("name"), AUTHOR, 0),
        ]
        for index, field in enumerate(fields):
            parts.append((f"fields.{index}.name", field["name"], FIELD_NAME, 1))
            parts.append((f"fields.{index}.value", field["value"], FIELD_VALUE, 1))
        for name in ("url", "image.url", "thumbnail.url", "author.url", "author.icon_url", "footer.icon_url"):
            _is_link(f"{where}.{name}", _inside(embed, name))
        for name, text, most, least in parts:
            _at_most(f"{where}.{name}", text or "", most, least=least)
            total += len(text or "")
    if total > EMBED_TOTAL:
        raise invalid_form(
            "embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}"
        )


def _inside(thing: Json, path: str) -> Any:
    """Return what stands at a dotted path, None where nothing does."""
    found: Any = thing
    for part in path.split("."):
        found = (found or {}).get(part)
    return found


def _is_link(where: str, url: str | None) -> None:
    if url is not None and not _LINK.match(url):
        raise invalid_form(where, "URL_TYPE_INVALID_SCHEME", "Scheme must be one of http, https, attachment.")
    if url is not None and len(url) > URL:
        raise invalid_form(where, "BASE_TYPE_MAX_LENGTH", f"Must be {URL} or fewer in length.")


def _check_button(button: Json) -> None:
    """Refuse a button that leads nowhere, or that shows nothing."""
    _at_most("components.label", button.get("label") or "", LABEL)
    if not button.get("label") and not button.get("emoji") and button["style"] != PREMIUM:
        raise invalid_form(
            "components.label", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "Needs a label or emoji"
        )
    key, other = ("url", "custom_id") if button["style"] == LINK else ("custom_id", "url")
    if button["style"] != PREMIUM and (not button.get(key) or button.get(other)):
        raise invalid_form(
            f"components.{key}", "BUTTON_COMPONENT_INVALID", f"A style {button['style']} has a {key}"
        )
    _is_link("components.url", button.get("url"))


def _check_rows(rows: list[Json]) -> None:
    if len(rows) > ROWS:
        raise invalid_form("components", "BASE_TYPE_MAX_LENGTH", f"Must be {ROWS} or fewer in length.")
    for number, row in enumerate(rows):
        if row["type"] != 1:
            raise invalid_form(f"components.{number}.type", "BASE_TYPE_CHOICES", "Value must be one of {1}.")
    _check_actions(rows)


def _check_v2(body: Json, rows: list[Json]) -> None:
    for key in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(key):
            raise invalid_form(
                key, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", f"{key} cannot be used"
            )
    every = list(components(rows))
    if len(every) > V2_COMPONENTS:
        raise invalid_form(
            "components", "BASE_TYPE_MAX_LENGTH", f"Must be {V2_COMPONENTS} or fewer in length."
        )
    text = sum(len(one["content"]) for one in every if one["type"] == 10)
    if text > V2_TEXT:
        raise invalid_form("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"Exceeds {V2_TEXT}.")
    _check_actions(rows)


def _check_actions(rows: list[Json]) -> None:
    for component in components(rows):
        if component["type"] == 1 and not 1 <= len(component["components"]) <= BUTTONS_A_ROW:
            raise invalid_form(
                "components.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."
            )
        if component["type"] == 2:
            _check_button(component)
        if component.get("custom_id") is not None:
            _at_most("components.custom_id", component["custom_id"], CUSTOM_ID, least=1)
        if component["type"] == 3:
            _check_menu(component)
    _unique_custom_ids(rows)


def _check_menu(menu: Json) -> None:
    if not 1 <= len(menu["options"]) <= CHOICES:
        raise invalid_form("components.options", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {CHOICES}.")
    for option in menu["options"]:
        for key in ("label", "value", "description"):
            _at_most(f"components.options.{key}", option.get(key) or "", 100)


def _unique_custom_ids(rows: Iterable[Json]) -> None:
    seen: set[str] = set()
    for component in components(rows):
        custom_id = component.get("custom_id")
        if custom_id in seen:
            raise invalid_form(
                "components.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Custom id is duplicated"
            )
        if custom_id is not None:
            seen.add(custom_id)


def _at_most(where: str, text: str, most: int, *, least: int = 0) -> None:
    if len(text) > most or len(text.strip()) < least:
        message = f"Must be {most} or fewer in length." if len(text) > most else "This field is required"
        raise invalid_form(where, "BASE_TYPE_BAD_LENGTH", message)
