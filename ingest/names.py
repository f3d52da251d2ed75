"""The names that people go by: learned while reading, remembered as keyed hashes, found in text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from threadlore.incoming import KnownName

MIN_NAME = 2
"""A shorter name is looked for nowhere."""

_MIN_PROSE = 4
_MAX_NAME = 64
_PROSE_WORDS = 4
_CACHED = 500_000
_ALIAS = re.compile(r"(?<![\w])u_[0-9a-f]{12}(?!\w)")
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TITLE = re.compile(r"\s+[^\w\s]+(?:\s|$)|\s*[(\[{|/]")
_EDGE = re.compile(r"^\W+")
_NAME_LIKE = re.compile(r"[^\W_]\w*(?:[.\-|^`\[\]{}]+\w+)*[\^`|\]]*")


@cache
def common_words() -> frozenset[str]:
    """Return words of everyday and technical English: in running text they are no names.

    Counted in public texts: documentation of a database, mailing lists, bug reports and questions. Words
    that are written small there; names of products in any case.
    """
    return frozenset(resources.files(__package__).joinpath("common_words.txt").read_text("utf-8").split())


def plain(name: str) -> str:
    """Return a name as it is looked for behind an `@`."""
    return name.strip().lstrip("@＠").casefold()


def prose_form(name: str) -> str:
    """Return the form in which a name stands out in running text; empty where it does not.

    It has at least four letters, one of its words is no common word, and its script parts words by blanks.
    """
    text = _TITLE.split(_EDGE.sub("", " ".join(plain(name).split())))[0].strip(" '\"!?.,;:*~_-")
    words = text.split(" ")
    if not _MIN_PROSE <= len(text) <= _MAX_NAME or len(words) > _PROSE_WORDS or _UNSPACED.search(text):
        return ""
    if not all(map(_NAME_LIKE.fullmatch, words)):
        return ""
    shortest = _MIN_PROSE if len(words) == 1 else _MIN_PROSE - 1
    parts = _LETTERS.findall(text)
    return text if any(len(part) >= shortest and part not in common_words() for part in parts) else ""


@dataclass
class NameBook:
    """The people of a platform by name.

    Args:
        digest: Returns the keyed hash under which a name is remembered.
        nobody: Returns the pseudonym of a name that nobody is known by.
        stored: What earlier runs met, by digest.
    """

    digest: Callable[[str], str]
    nobody: Callable[[str], str]
    stored: Mapping[str, KnownName] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    _met: dict[str, str] = field(default_factory=dict)
    _prose: dict[str, str] = field(default_factory=dict)
    _firsts: set[str] = field(default_factory=set)
    _fresh: dict[str, KnownName] = field(default_factory=dict)
    _fresh_words: set[str] = field(default_factory=set)
    _fresh_parts: set[str] = field(default_factory=set)
    _aliases: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, KnownName | None] = field(default_factory=dict)

    def learn(self, name: str, pseudonym: str, *, prose: bool) -> None:
        """Remember that `pseudonym` goes by `name`; with `prose` it is found in running text too."""
        key = plain(name)
        if not MIN_NAME <= len(key) <= _MAX_NAME:
            return
        form = prose_form(name) if prose else ""
        if self._met.get(key) == pseudonym and (not form or self._prose.get(form) == pseudonym):
            return
        self._met[key] = pseudonym
        self._note(key, KnownName(self.digest(key), pseudonym))
        if form:
            self._prose[form] = pseudonym
            self._note(form, KnownName(self.digest(f"{form}\n"), pseudonym))
            first, _, more = form.partition(" ")
            if more:
                self._firsts.add(first)
                self._note("", KnownName(self.digest(f"{first} \n"), ""))
        alias = self.nobody(key)
        if alias != pseudonym:
            self._aliases[alias] = pseudonym

    def _note(self, name: str, known: KnownName) -> None:
        if self.stored.get(known.digest) == known:
            return
        self._fresh[known.digest] = known
        if not name:
            return
        self._fresh_words.add(self.nobody(name))
        words = _WORD.findall(name)
        self._fresh_words.update(words[:1])
        if not words or _UNSPACED.search(name):
            self._fresh_parts.add(name)

    def find(self, name: str) -> str | None:
        """Return who goes by a casefolded name, where somebody is addressed."""
        return self.own.get(name) or self._met.get(name) or self._remembered(name, "")

    def find_prose(self, words: str) -> str | None:
        """Return who goes by casefolded words, in running text."""
        return self._prose.get(words) or self._remembered(words, "\n")

    def begins(self, word: str) -> bool:
        """Tell whether a name of several words that is found in running text begins with `word`."""
        return word in self._firsts or self._remembered(word, " \n") is not None

    def _remembered(self, name: str, form: str) -> str | None:
        if not self.stored:
            return None
        key = name + form
        if key not in self._seen:
            if len(self._seen) >= _CACHED:
                self._seen.clear()
            self._seen[key] = self.stored.get(self.digest(key))
        known = self._seen[key]
        return None if known is None else known.pseudonym

    def renamed(self, text: str) -> str:
        """Return `text` with pseudonyms of names whose people were met since as those people's own."""
        if not self._aliases or "u_" not in text:
            return text
        return _ALIAS.sub(lambda found: self._aliases.get(found.group(0), found.group(0)), text)

    def fresh(self) -> list[KnownName]:
        """Return what is to be remembered of this run."""
        return list(self._fresh.values())

    def touches(self, text: str) -> bool:
        """Tell whether a text may hold a name that earlier runs did not know; quick, and never wrongly no."""
        lowered = text.casefold()
        if not self._fresh_words.isdisjoint(_WORD.findall(lowered)):
            return True
        return any(part in lowered for part in self._fresh_parts)

    def beside(self, own: Iterable[tuple[str, str]]) -> NameBook:
        """Return this book with the names that a message itself mentions: they win over equal ones."""
        names = {plain(name): pseudonym for name, pseudonym in own if plain(name)}
        if all(self._met.get(name) == pseudonym for name, pseudonym in names.items()):
            return self
        # The copy shares everything else: what it learns, this one knows.
        copy = NameBook(self.digest, self.nobody, self.stored, names)
        copy._met, copy._prose, copy._firsts = self._met, self._prose, self._firsts
        copy._aliases, copy._seen = self._aliases, self._seen
        return copy
