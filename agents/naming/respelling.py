"""Mends what askers misspelt, so that a name reads as if a person had chosen it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

SHORTEST = 6
"""Letters of a word from which a neighbour one edit away is the same word misspelt."""

USUAL = 5
"""Times that the usual form must be written more often than the misspelt one."""

_WORD = re.compile(r"(?<![\w./`_'’-])[a-z]+(?![\w/`_'’]|[.-]\w)", re.IGNORECASE)

KNOWN = {
    wrong: right
    for right, wrongs in {
        "can't": "cant", "don't": "dont", "doesn't": "doesnt", "didn't": "didnt", "isn't": "isnt",
        "aren't": "arent", "won't": "wont", "couldn't": "couldnt", "wasn't": "wasnt", "haven't": "havent",
        "hasn't": "hasnt", "what's": "whats", "that's": "thats", "there's": "theres", "separate": "seperate",
        "separately": "seperately seperatly", "receive": "recieve", "received": "recieved",
        "occurred": "occured", "occurs": "occures", "definitely": "definately definitly", "which": "wich",
        "until": "untill", "address": "adress", "successful": "succesful sucessful successfull",
        "successfully": "succesfully sucessfully", "existence": "existance", "environment": "enviroment",
        "compatibility": "compatability", "dependency": "dependancy", "explain": "explane explaine",
        "beginning": "begining", "because": "becouse becuase", "connect": "conect conntect connnect",
        "connection": "conection connnection", "available": "availible avaliable", "necessary": "neccessary",
        "maintenance": "maintainance", "persistent": "persistant", "consistency": "consistancy",
        "different": "diffrent", "performance": "performace perfomance", "parameter": "paramter parametr",
        "retrieve": "retreive", "retrieval": "retreival", "response": "responce", "length": "lenght",
        "vector": "vecotr", "collection": "colection collecton", "message": "mesage", "channel": "chanel",
        "official": "offical", "configuration": "configuraton", "deployment": "deployement",
    }.items()
    for wrong in wrongs.split()
}  # fmt: skip
"""Words that are often misspelt, to their usual form."""


_SLIPS = [
    (re.compile(pattern, re.IGNORECASE), usual)
    for pattern, usual in (
        (r"\b(can)(?:'t|not| not) (?:not|able to)\b(?! only)", r"\1not"),
        (r"\b(could|do|does|did|is|are|was|has|have|should|would)(?:n't| not) not\b(?! only)", r"\1 not"),
        (r"\b(w)on't not\b(?! only)", r"\1ill not"),
        (
            r"\b((?:do|does|did)(?:n't| not))"
            r" (appear|connect|load|return|run|save|show|start|support|update|work)(?:s|ed)\b",
            r"\1 \2",
        ),
        (r"\b(an?|and|can|for|in|is|of|on|the|to|with) \1\b", r"\1"),
        (r"\s+(?=\?)", ""),
    )
]
"""Slips of grammar that people make in haste: a second no, a verb bent twice, a small word said twice."""


def corrections(texts: Iterable[str]) -> dict[str, str]:
    """Return the usual form of misspelt words, by their lower case: known ones, and what `texts` teach.

    A rare long word that is a usual one but for two swapped letters or a double one is that word misspelt.

    >>> corrections(["my repeater", "one repaeter", *["the repeater"] * 4])["repaeter"]
    'repeater'
    """
    counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    usual = {word for word, count in counts.items() if count >= USUAL and len(word) >= SHORTEST}
    found = dict(KNOWN)
    for word, count in counts.items():
        if len(word) >= SHORTEST and word not in usual and word not in found:
            near = [one for one in _neighbours(word) & usual if counts[one] >= USUAL * count]
            if near:
                found[word] = min(near, key=lambda one: (-counts[one], one))
    return found


def corrected(text: str, table: Mapping[str, str]) -> str:
    """Return `text` with the words of `table` in their usual form, and without slips; code and names stay.

    >>> corrected("Cant recieve it", {"cant": "can't", "recieve": "receive"})
    "Can't receive it"
    >>> corrected("Can't not log in to the the client", {})
    'Cannot log in to the client'
    """

    def again(match: re.Match[str]) -> str:
        word, usual = match[0], table.get(match[0].lower())
        if usual is None or word[1:] != word[1:].lower():
            return word
        return usual[:1].upper() + usual[1:] if word[:1].isupper() else usual

    text = _WORD.sub(again, text)
    for pattern, usual in _SLIPS:
        text = pattern.sub(usual, text)
    return text


def _neighbours(word: str) -> set[str]:
    """Return the word with two letters swapped, a double letter single, or a single one double.

    Other letters are left alone: "contract" is no "contact". The first letter stays.
    """
    places = range(1, len(word))
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places if at + 1 < len(word)}
    single = {word[:at] + word[at + 1 :] for at in places if word[at] == word[at - 1]}
    double = {word[: at + 1] + word[at:] for at in places}
    return (swapped | single | double) - {word}
