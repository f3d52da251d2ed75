"""A draft on its way through the checks, with what was said to the model that wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from threadlore.agents.drafting.material import Material
from threadlore.agents.drafting.matters import Matter
from threadlore.agents.drafting.replies import DraftReply
from threadlore.agents.drafting.statements import Citable
from threadlore.agents.grounding.citations import Finding
from threadlore.agents.grounding.support import Grounds
from threadlore.chat import ChatRequest
from threadlore.profile import Profile
from threadlore.types import FaqEntry, ToolCall

REWRITES = 1
"""How often a model is told what was refused: draft and check meet twice at most."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said to a model and back, so that it can be told what was refused.

    `messages` are ids of all messages whose text went along, `keys` those of the calls so far.
    """

    request: ChatRequest[DraftReply]
    reply: DraftReply
    material: Material
    sources: Mapping[str, Citable]
    messages: tuple[str, ...]
    tools: tuple[str, ...] = ()
    call: ToolCall | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A draft of a matter. Without an `exchange` no model wrote it.

    `findings` are claims that were refused so far and `numbers` tell the claim of each sentence, from 1;
    `first` is the sentence that answers.
    """

    matter: Matter
    entry: FaqEntry
    exchange: Exchange | None = None
    findings: tuple[Finding, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    first: str = ""
    attempt: int = 0

    def given_up(self) -> Manuscript:
        """Return it as one that its model does not mend any more: what was refused is cut."""
        return replace(self, attempt=REWRITES)


def grounds_of(profile: Profile, manuscript: Manuscript) -> Grounds | None:
    """Return what the sentences of a model's draft may take for granted; None for an extracted one."""
    if manuscript.exchange is None:
        return None
    material = manuscript.exchange.material
    return Grounds(
        asked="\n".join([manuscript.entry.question, *(one.text for one in material.questions)]),
        question=manuscript.entry.question,
        names=entity_patterns(profile),
        hosts=material.hosts,
        product=profile.product,
    )


def entity_patterns(profile: Profile) -> dict[str, str]:
    """Return the regular expressions of everything that the profile names, by canonical name."""
    return {name: pattern for kind in profile.entities.values() for name, pattern in kind.items()}
