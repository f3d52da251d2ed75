"""What becomes of a draft that a model did not write or could not judge: it is extracted, and named."""

from __future__ import annotations

from dataclasses import dataclass, field

from threadlore.agents.check import Checked, check_manuscripts
from threadlore.agents.context import AnalysisContext
from threadlore.agents.drafting.extracting import extract_entry
from threadlore.agents.drafting.manuscripts import Manuscript
from threadlore.agents.drafting.matters import Lore, Matter
from threadlore.agents.model_calls import TRY_LATER
from threadlore.errors import BudgetSpent, ThreadloreError
from threadlore.types import Skipped

FELL_BACK = "without the model"
"""What is counted where a model should have written or judged and did not."""


@dataclass(slots=True)
class Drafted:
    """Drafts, topics that the next run must take up again, and how many drafts a model did not write."""

    manuscripts: list[Manuscript] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    fell_back: int = 0


async def fall_back(
    context: AnalysisContext, matter: Matter, lore: Lore, error: ThreadloreError, drafted: Drafted
) -> None:
    """Extract the draft that a model did not write, and name it in the run.

    What was not drafted because the budget is spent is left to the next run instead: whoever set a budget
    asked for a model's drafts, and for fewer of them.
    """
    label = f"draft of {matter.topic.id}"
    if isinstance(error, BudgetSpent):
        context.skipped([Skipped(item=label, reason=f"left for the next run: {error.message}")])
        drafted.unfinished.append(matter.topic.id)
        return
    context.skipped([Skipped(item=label, reason=f"extracted without the model: {error.message}")])
    if isinstance(error, TRY_LATER):
        drafted.unfinished.append(matter.topic.id)
    drafted.fell_back += 1
    await extract(context, matter, lore, drafted)


async def extract(context: AnalysisContext, matter: Matter, lore: Lore, drafted: Drafted) -> None:
    """Add the extracted draft of a matter; none where its threads hold nothing that may be quoted."""
    entry = await extract_entry(context, matter, lore)
    drafted.manuscripts += [Manuscript(matter, entry)] if entry else []


async def extract_unchecked(context: AnalysisContext, checked: Checked, lore: Lore) -> Drafted:
    """Extract what a model wrote and nobody could check, and what did not stand; add it to `checked`."""
    drafted = Drafted()
    for manuscript, error in checked.failed:
        await fall_back(context, manuscript.matter, lore, error, drafted)
    for manuscript in checked.fallen:
        if manuscript.exchange is not None:
            reason = "extracted: no claim of the model's draft stood"
            context.skipped([Skipped(item=f"draft of {manuscript.matter.topic.id}", reason=reason)])
            drafted.fell_back += 1
            await extract(context, manuscript.matter, lore, drafted)
    again = await check_manuscripts(context, drafted.manuscripts)
    checked.entries += again.entries
    checked.trails += again.trails
    return drafted
