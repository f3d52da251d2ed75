"""People in text become pseudonyms: addressed, quoted, or named in a sentence. Code stays code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from threadlore.ingest.names import MIN_NAME, NameBook, common_words

_LEADING_NAME = re.compile(
    r"^((?:[ \t]{0,8}[>*+-][ \t]+)*(?:\*\*|__)?)([^\s>*:,：，<][^\n:,：，<>*]{0,31})"
    r"((?:\*\*|__)?(?:[:,](?:\*\*|__)?(?=[ \t]+\S)|[：，]))",
    re.MULTILINE,
)
_AT_SIGNS = "@＠"
_FENCE = "```"
_CODE = re.compile(r"(`[^`\n]+`)")
_NAME_WORDS = 8
_NAME_LENGTH = 40
_PROSE_WORDS = 4
_PSEUDONYM = re.compile(r"\[?u_[0-9a-f]{12}(?!\w)")
_TOKEN = re.compile(r"(?<![\w@＠./:=\\$#~&{-])[^\W_]\w*(?:[.\-|^`\[\]{}]+\w+)*[\^`|\]]*(?![\w/=@(]|:[/\w])")
_NEXT_WORD = re.compile(r" ([^\W_]\w*(?:[.\-|^`\[\]{}]+\w+)*[\^`|\]]*)")
_BEFORE_NOBODY = "._-/`\\"
_NOBODY = re.compile(
    r"(?:\[([^\W_][^\[\]{}<>\n@]{1,39})\]"  # some apps write @[Name]
    r"|([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,4})"
    r"|((?:[^\W\d_]|_(?=\w)|\d{1,4}(?=[^\W\d_]{4}))[\w-]{1,38})(:[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})?"
    r"(?![\w(=/@\[{]|\.\w|:[/~\w]))"
)
_NO_NAMES_WORDS = """
error errors warning warn info debug note notes edit update fatal trace critical everyone here all
hi hello hey yes no so ok okay well and but also question answer problem issue solution fix fixed
example step steps result results output input log logs config version name host port user password
token key value type milvus docker python java server client admin test bot thanks please sorry
"""
_NO_NAMES = frozenset(_NO_NAMES_WORDS.split())
"""Words that start lines of logs and prose so often that a person of that name is not looked for."""
_NO_PEOPLE_WORDS = """
everyone here channel all room role group team staff support admin admins mod mods moderator moderators
maintainer maintainers developer developers dev devs helper helpers contributors members everybody anyone
anybody someone nobody nightly latest next beta alpha
param params return returns throws exception see link since author deprecated override inheritdoc code
test before after beforeeach aftereach beforeall afterall nullable notnull nonnull visiblefortesting
autowired bean component service repository entity data getter setter builder value property configuration
staticmethod classmethod abstractmethod dataclass contextmanager wraps cache functools pytest fixture app
media import charset keyframes supports layer apply tailwind timestamp version metadata message
private public internal suppresswarnings functionalinterface jsonproperty requestmapping getmapping
postmapping requestbody pathvariable restcontroller controller input output ngmodule injectable
"""
_NO_PEOPLE = frozenset(_NO_PEOPLE_WORDS.split())
"""What stands behind an `@` and is nobody: groups, annotations, decorators, tags of packages."""


@dataclass(frozen=True)
class Renaming:
    """What stored texts become once the people of `names` are known."""

    names: NameBook

    def touches(self, text: str) -> bool:
        """Tell quickly whether a text may hold a name that is new."""
        return self.names.touches(text)

    def renewed(self, text: str) -> str:
        """Return a stored text with people as pseudonyms."""
        return replace_names(text, self.names)


def replace_names(text: str, names: NameBook) -> str:
    """Return `text` with people as their pseudonyms.

    Known ones are found as `@name`, as `name:` or `name,` at the start of a line, and by a distinctive
    name in running text outside code. An `@name` outside code that nobody is known by becomes the
    pseudonym of the name, so that no order of reading stores it.
    """
    text = names.renamed(text)
    for mark in _AT_SIGNS:
        if mark in text:
            text = _at_known(text, names, mark)
    # In a fence the start of a line is a key of a configuration, not somebody who is spoken to.
    parts = text.split(_FENCE)
    parts[::2] = [_in_prose(part, names) for part in parts[::2]]
    return _FENCE.join(parts)


def named_plainly(text: str, people: Iterable[tuple[str, str]]) -> str:
    """Return `text` with every (name, pseudonym) of `people` replaced, wherever the name stands as a word."""
    for name, pseudonym in sorted(people, key=lambda pair: -len(pair[0])):
        if len(name.strip()) >= MIN_NAME:
            words = rf"(?<!\w){re.escape(name.strip())}(?!\w)"
            text = re.sub(words, pseudonym, text, flags=re.IGNORECASE)
    return text


def _in_prose(text: str, names: NameBook) -> str:
    if any(mark in text for mark in ":,：，"):
        text = _LEADING_NAME.sub(lambda found: _leading(found, names), text)
    parts = _CODE.split(text) if "`" in text else [text]
    for at in range(0, len(parts), 2):
        for mark in _AT_SIGNS:
            if mark in parts[at]:
                parts[at] = _at_nobody(parts[at], names, mark)
        parts[at] = _named(parts[at], names)
    return "".join(parts)


def _leading(found: re.Match[str], names: NameBook) -> str:
    name = found.group(2).rstrip("_").casefold()
    known = None if name in _NO_NAMES else names.find(name)
    return found.group(0) if known is None else found.group(1) + known + found.group(3)


def _at_known(text: str, names: NameBook, mark: str) -> str:
    """Replace the longest known name behind each `mark`."""
    head, *tails = text.split(mark)
    parts = [head]
    for tail in tails:
        before = parts[-1][-1:]
        inside_word = before.isalnum() or (before != "" and before in "._-")
        length, known = (0, None) if inside_word else _known_at_start(tail, names)
        parts.append(mark + (tail if known is None else known + tail[length:]))
    return "".join(parts)


def _known_at_start(tail: str, names: NameBook) -> tuple[int, str | None]:
    if _PSEUDONYM.match(tail):
        return 0, None
    for end in _ends(tail):
        known = names.find(tail[:end].casefold())
        if known is not None:
            return end, known
    return 0, None


def _ends(tail: str) -> list[int]:
    """Return where a name may end, longest first."""
    ends: list[int] = []
    blanks = 0
    window = tail[: _NAME_LENGTH + 1]
    for position in range(1, min(len(tail), _NAME_LENGTH) + 1):
        if position == len(window) or not (window[position - 1].isalnum() and window[position].isalnum()):
            ends.append(position)
        if position < len(window) and window[position] == " ":
            blanks += 1
        if position < len(window) and (window[position] == "\n" or blanks >= _NAME_WORDS):
            break
    return ends[::-1]


def _at_nobody(text: str, names: NameBook, mark: str) -> str:
    """Replace what looks like a name behind each `mark` and is nobody's that is known."""
    head, *tails = text.split(mark)
    parts = [head]
    for tail in tails:
        before = parts[-1][-1:]
        inside = before.isalnum() or (before != "" and before in _BEFORE_NOBODY + mark)
        found = None if inside or _PSEUDONYM.match(tail) else _NOBODY.match(tail)
        name = next(filter(None, found.groups()), "").casefold() if found else ""
        if found is None or name in _NO_PEOPLE or name.endswith("[bot]"):
            parts.append(mark + tail)
        else:
            closed = "[]" if found.group(1) else ("", "")
            parts.append(mark + closed[0] + names.nobody(name) + closed[1] + tail[found.end() :])
    return "".join(parts)


def _named(text: str, names: NameBook) -> str:
    """Replace distinctive names of known people in running text."""
    parts: list[str] = []
    done = 0
    for found in _TOKEN.finditer(text):
        if found.start() < done:
            continue
        end, known = _name_from(text, found, names)
        if known is not None:
            parts += [text[done : found.start()], known]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _name_from(text: str, found: re.Match[str], names: NameBook) -> tuple[int, str | None]:
    word = found.group(0).casefold()
    if names.begins(word):
        ends = [found.end()]
        while len(ends) < _PROSE_WORDS and (more := _NEXT_WORD.match(text, ends[-1])):
            ends.append(more.end())
        for end in ends[:0:-1]:
            known = names.find_prose(text[found.start() : end].casefold())
            if known is not None:
                return end, known
    if len(word) < 4 or word in common_words():
        return found.end(), None
    return found.end(), names.find_prose(word)
