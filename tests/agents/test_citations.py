"""Checking an answer by code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadlore.agents.grounding.citations import (
    SourceText,
    citation_marks,
    quote_found,
    renumber,
    verify_answer,
)
from threadlore.types import Citation

MESSAGE = """Set queryNode.gracefulTime to 5000 and restart with --force-recreate.
With 2.6.3 you need 16 GB for 10M vectors, see `search_params`.
```
docker compose up -d
```
Then call load_collection() on the new collection."""
QUOTES = (
    "Set queryNode.gracefulTime to 5000 and restart with --force-recreate.",
    "With 2.6.3 you need 16 GB for 10M vectors, see `search_params`.",
    "docker compose up -d",
    "Then call load_collection() on the new collection.",
)
CITATIONS = tuple(Citation(source_id="m", kind="message", quote=quote) for quote in QUOTES)
SOURCES = {"m": SourceText(MESSAGE, "2026-03-02 maintainer")}
ANSWER = f"""{QUOTES[0]} [1] {QUOTES[1]} [2]

```bash
{QUOTES[2]}
```

[3]

- {QUOTES[3]} [4]"""


def test_a_good_answer_is_not_touched() -> None:
    verdict = verify_answer(ANSWER, CITATIONS, SOURCES)
    assert verdict.ok
    assert verdict.answer == ANSWER
    assert verdict.used == (0, 1, 2, 3)


@given(
    st.sampled_from(["5000", "2.6.3", "16", "10M", "--force-recreate", "gracefulTime", "load_collection"]),
    st.integers(1, 10**6),
)
def test_a_changed_number_flag_or_name_is_always_cut(claim: str, salt: int) -> None:
    changed = str(salt) if claim[0].isdigit() else f"{claim}{'_' if '_' in claim else 'X'}{salt}"
    if changed == claim.rstrip("M"):
        changed += "1"
    verdict = verify_answer(ANSWER.replace(claim, changed), CITATIONS, SOURCES)
    assert not verdict.ok
    assert len(verdict.used) < len(CITATIONS)


def test_a_sentence_without_a_citation_is_cut() -> None:
    verdict = verify_answer(f"{QUOTES[0]} [1] Trust me.", CITATIONS, SOURCES)
    assert verdict.answer == f"{QUOTES[0]} [1]"
    assert [(found.unit, found.reason) for found in verdict.findings] == [("Trust me.", "cites nothing")]


def test_a_citation_that_points_nowhere_holds_nothing() -> None:
    for mark, reason in (("[9]", "does not exist"), ("[0]", "does not exist")):
        verdict = verify_answer(f"{QUOTES[0]} {mark}", CITATIONS, SOURCES)
        assert reason in verdict.findings[0].reason
    assert verify_answer(f"{QUOTES[0]} [1]", CITATIONS, {}).findings[0].reason == "the source of [1] is gone"


def test_a_quote_that_is_not_in_its_source_holds_nothing() -> None:
    invented = (Citation(source_id="m", kind="message", quote="Set it to 5001."),)
    assert "not in its source" in verify_answer("Set it. [1]", invented, SOURCES).findings[0].reason


def test_a_changed_code_block_goes_with_its_lead_in() -> None:
    answer = (
        "Then call load_collection() on the new collection: [4]\n\n```\nrm -rf /\n```\n\n[3]\n\n- x y z [4]"
    )
    verdict = verify_answer(answer, CITATIONS, SOURCES)
    assert "rm -rf" not in verdict.answer
    assert "load_collection" not in verdict.answer


def test_what_the_program_knows_of_a_source_counts_as_evidence() -> None:
    assert verify_answer("- 2026-03-02: Then call load_collection(). [4]", CITATIONS, SOURCES).ok
    assert not verify_answer("- 2026-03-03: Then call load_collection(). [4]", CITATIONS, SOURCES).ok


def test_a_tool_result_is_evidence_as_a_whole() -> None:
    call = (Citation(source_id="c", kind="tool", quote="It needs 31.7 GiB."),)
    sources = {"c": SourceText("It needs 31.7 GiB.\nvectors 10000000")}
    assert verify_answer("For 10M vectors it needs 31.7 GiB. [1]", call, sources).ok


def test_numbers_of_marks_follow_their_citations() -> None:
    assert renumber("A b c. [3] D e f. [1][3]", [2, 0]) == "A b c. [1] D e f. [2][1]"
    assert citation_marks("A b. [2]\n\n- c d [1]") == [("A b.", (1,)), ("c d", (0,))]


def test_white_space_alone_may_differ_in_a_quote() -> None:
    assert quote_found("a  b", "x a\nb y")
    assert not quote_found("a B", "a b")
    assert not quote_found(" ", "a b")


@given(st.text("ab1 .\n-`[]#~*!?", max_size=120))
def test_any_answer_gets_a_verdict(noise: str) -> None:
    verdict = verify_answer(noise, CITATIONS, SOURCES)
    assert verify_answer(verdict.answer, CITATIONS, SOURCES).ok
