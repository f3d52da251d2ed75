"""FAQ entries as Markdown files: YAML front matter, then the answer. Lossless, and safe on any input."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import Any

import yaml
from pydantic import JsonValue, ValidationError

from threadlore.errors import BadInput
from threadlore.profile import profile_folder
from threadlore.types import EntryOrigin, EntryState, FaqEntry

MAX_BYTES = 1_000_000
"""A larger file is no FAQ entry."""

_MAX_DEPTH = 24
_FENCE = "---"
_JSON_FIELDS = frozenset({"arguments", "result"})
_UNICODE_LINE_END = re.compile("[\x85\u2028\u2029]")
_HEADING = re.compile(r"\A#{1,3}[ \t]+(?P<question>[^\n]*[?？])[ \t]*(?:\n|\Z)")


class _Loader(yaml.SafeLoader):
    """The safe loader, in which a date stays text."""


class _Dumper(yaml.SafeDumper):
    """The safe dumper, which does not quote dates."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value in full: a reader of these files refuses aliases."""
        return True


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # PyYAML folds these line ends of Unicode when it writes them plain or in single quotes.
    style = '"' if _UNICODE_LINE_END.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _without_timestamps(resolvers: dict[str, Any]) -> dict[str, Any]:
    return {
        first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in resolvers.items()
    }


_Loader.yaml_implicit_resolvers = _without_timestamps(_Loader.yaml_implicit_resolvers)
_Dumper.add_representer(str, _text_node)
_Dumper.yaml_implicit_resolvers = _without_timestamps(_Dumper.yaml_implicit_resolvers)


def write_entry(entry: FaqEntry) -> str:
    """Return the file of `entry`: the fields that are not at their default, then the answer.

    `read_entry` gives the same entry back. The answer stands in the front matter only where
    Markdown would not keep it letter for letter (blank edges, carriage returns).
    """
    fields = entry.model_dump(mode="json", exclude_defaults=True)
    body = fields.pop("answer")
    if body != body.strip() or "\r" in body:
        fields["answer"], body = body, ""
    midnight = _midnight(entry.checked_at)
    for name in ("created_at", "updated_at"):
        if getattr(entry, name) == midnight:
            del fields[name]
    head = yaml.dump(fields, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9)
    return f"{_FENCE}\n{head}{_FENCE}\n" + (f"\n{body}\n" if body else "")


def read_entry(text: str, path: str | PurePath, now: datetime | None = None) -> FaqEntry:
    """Read one entry; `path` names the file in errors and, without its ending, gives a missing id.

    Missing `created_at` and `updated_at` are `checked_at`, else `now`. A file without front matter
    is read when it begins with a heading that asks something: the rest is the answer.

    Raises:
        BadInput: the file is too large, damaged, or no entry; the message names file and line.
    """
    place = PurePath(path)
    if len(text) > MAX_BYTES:
        raise BadInput(f"{place}: larger than {MAX_BYTES:,} characters.", "One entry is one short file.")
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        return _headed(text, place, now)
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise BadInput(
            f"{place}:1: the front matter has no end.", "Close it with a line of three dashes: ---"
        )
    head, body = "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]).strip()
    fields = _front_matter(head, place)
    if "answer" in fields and body:
        raise BadInput(
            f"{place}:{end + 2}: the answer stands twice.",
            "Keep it below the front matter and drop `answer:`.",
        )
    fields.setdefault("answer", body)
    return _entry(fields, place, now, head)


def profile_entries(profile_name: str) -> list[FaqEntry]:
    """Return the starter entries of a profile, curated and approved, ordered by file name.

    Raises:
        NotFound: there is no such profile.
        BadInput: a file of it is damaged.
    """
    folder = profile_folder(profile_name).joinpath("faq")
    if not folder.is_dir():
        return []
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".md")), key=lambda f: f.name)
    read = [read_entry(f.read_text(encoding="utf-8"), f.name) for f in found]
    as_starter = {"state": EntryState.APPROVED, "origin": EntryOrigin.CURATED}
    return [entry.model_copy(update=as_starter) for entry in read]


def normal_question(text: str) -> str:
    """Return `text` in the form in which two wordings count as the same: letters and digits, one case.

    >>> normal_question("How do I   upgrade Milvus?") == normal_question("how do i upgrade milvus")
    True
    """
    return " ".join(re.findall(r"\w+", text.casefold()))


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None


def _headed(text: str, place: PurePath, now: datetime | None) -> FaqEntry:
    match = _HEADING.match(text.lstrip())
    if not match:
        raise BadInput(
            f"{place}:1: neither front matter nor a question as heading.",
            "Begin with `---` and the fields, or with `# The question?`.",
        )
    answer = text.lstrip()[match.end() :].strip()
    return _entry({"question": match["question"].strip(), "answer": answer}, place, now, "")


def _front_matter(head: str, place: PurePath) -> dict[str, JsonValue]:
    try:
        _refuse_bombs(head, place)
        _refuse_doubles(yaml.compose(head, Loader=yaml.BaseLoader), place)
        # Loaded twice: versions and ids stay the text that was written (2.10 is not 2.1), while
        # nulls and the JSON of tool calls keep their types.
        typed = yaml.load(head, Loader=_Loader)  # noqa: S506 a SafeLoader without timestamps
        plain = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506 builds strings, lists, maps only
        fields = _as_written(plain, typed, "")
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 2
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise BadInput(
            f"{place}:{line}: the front matter is no YAML: {problem}",
            'Put text with a colon or a special first letter in "quotes".',
        ) from error
    if not isinstance(fields, dict):
        raise BadInput(f"{place}:2: the front matter has no fields.", "It needs at least `question: ...`.")
    return fields


def _refuse_bombs(head: str, place: PurePath) -> None:
    """Refuse aliases, which can blow up a small file, and nesting deeper than any entry has."""
    depth = 0
    for event in yaml.parse(head, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 2 if event.start_mark else 2
        if isinstance(event, yaml.AliasEvent):
            raise BadInput(f"{place}:{line}: a YAML alias.", "Write the value out in full.")
        depth += isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent))
        depth -= isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent))
        if depth > _MAX_DEPTH:
            raise BadInput(f"{place}:{line}: nested too deep.", "Write plain fields.")


def _refuse_doubles(node: yaml.Node | None, place: PurePath) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubles(item, place)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if str(key.value) in seen:
                line = key.start_mark.line + 2
                raise BadInput(f"{place}:{line}: `{key.value}` stands twice.", "Keep one of the two.")
            seen.add(str(key.value))
            _refuse_doubles(value, place)


def _as_written(plain: Any, typed: Any, field: str) -> Any:
    """Return `plain` (all scalars are text) with the nulls and the JSON fields of `typed`."""
    if typed is None or field in _JSON_FIELDS:
        return typed
    if isinstance(plain, dict) and isinstance(typed, dict):
        if len(plain) != len(typed):
            raise ValueError("two fields have the same value as name")
        pairs = zip(plain.items(), typed.values(), strict=True)
        return {str(name): _as_written(value, like, str(name)) for (name, value), like in pairs}
    if isinstance(plain, list) and isinstance(typed, list):
        return [_as_written(value, like, "") for value, like in zip(plain, typed, strict=True)]
    return plain


def _entry(fields: dict[str, JsonValue], place: PurePath, now: datetime | None, head: str) -> FaqEntry:
    known = {name: value for name, value in fields.items() if value is not None}
    known.setdefault("id", place.name.removesuffix(".md"))
    given: dict[str, Any] = dict(known)
    moment = given.get("checked_at") or (now.isoformat() if now else None)
    if moment is not None:
        given.setdefault("created_at", moment)
        given.setdefault("updated_at", moment)
    try:
        return FaqEntry.model_validate(given)
    except OverflowError as error:
        raise BadInput(
            f"{place}:1: a date lies outside of the calendar.", "Mend the dates: 2026-01-31."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "question"
        raise BadInput(
            f"{place}:{_line_of(name, head)}: {'.'.join(map(str, first['loc']))}: {first['msg']}",
            _way_out(name),
        ) from error


def _line_of(name: str, head: str) -> int:
    lines = head.split("\n")
    return next((n for n, line in enumerate(lines, 2) if line.startswith(f"{name}:")), 1)


def _way_out(name: str) -> str:
    if name in ("created_at", "updated_at"):
        return "Add `checked_at: 2026-01-31`, the day on which somebody last checked the answer."
    return f"Mend the field `{name}`; a field that is left out takes its default."
