"""A model may not write a number that is not in its rows, nor a direction that they do not take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadlore.agents.modelling.figures import Row, numbers, unfounded

UP = Row(
    'topic "Backup to S3 fails": growing, asked by 12 members in 15 questions, 4 settled; by 3 before',
    "Backup to S3 fails",
    1,
    top=True,
)
DOWN = Row(
    'topic "Upgrade from 2.4": fading, asked by 2 members in 1,200 questions, 0 settled; by 9 before',
    "Upgrade from 2.4",
    -1,
)
NEW = Row(
    'topic "New login page": new, asked by 7 members in 7 questions, 1 settled', "New login page", new=True
)
FLAT = Row("area Data: 3 topics, 40 questions by 30 members", "Data")


@pytest.mark.parametrize(
    ("sentence", "rows"),
    [
        ("Backup to S3 fails was asked most, by 12 members.", [UP]),
        ("Backup to S3 fails drew the most questions, 15, and leads.", [UP]),
        ("Asked most is “backup to S3 fails”: 12 members in 15 questions.", [UP]),
        ("While 'Backup to S3 fails' grew to 12 members, 'Upgrade from 2.4' fell to 2.", [UP, DOWN]),
        ("Backup to S3 fails grew from 3 to 12 members.", [UP]),
        ("Questions on Upgrade from 2.4 faded to 2 members.", [DOWN]),
        ("Upgrade from 2.4 has 1200 questions, and 0 of them are settled.", [DOWN]),
        ("A new topic is New login page, with seven members.", [NEW]),
        ("New login page was asked by 7 members.", [NEW]),
        ("The area Data has three topics and 40 questions.", [FLAT]),
    ],
)
def test_what_the_rows_say_may_be_said(sentence: str, rows: list[Row]) -> None:
    assert unfounded(sentence, rows) == ""


@pytest.mark.parametrize(
    ("sentence", "rows", "what"),
    [
        ("Backup to S3 fails was asked by 13 members.", [UP], "13"),
        ("Data was asked by 12 members.", [FLAT], "12"),
        ("Backup to S3 fails was asked by 15 members.", [UP], "15 members"),
        ("Backup to S3 fails has 12 questions.", [UP], "12 questions"),
        ("Backup to S3 fails was asked by 12 people in 4 questions.", [UP], "4 questions"),
        ("Upgrade from 2.4 was asked in 2.4 questions.", [DOWN], "2.4"),
        ("Backup to S3 fails was asked by twelve people and thirteen others.", [UP], "thirteen"),
        ("Backup to S3 fails was asked by five members.", [UP], "five"),
        ("Backup to S3 fails doubled.", [UP], "doubled"),
        ("A dozen members asked about Backup to S3 fails.", [UP], "dozen"),
        ("Half of the questions on Backup to S3 fails are settled.", [UP], "Half"),
        ("27 % of the questions on Backup to S3 fails are settled.", [UP], "27"),
        ("Most people asked about Backup to S3 fails.", [UP], "Most people"),
        ("The majority asked about Backup to S3 fails.", [UP], "majority"),
        ("Nobody settled Backup to S3 fails.", [UP], "Nobody"),
        ("Backup to S3 fails was asked by １２ members.", [UP], "１"),
        ("Backup to S3 fails was asked by 十 members.", [UP], "十"),
        ("Backup to S3 fails was asked by ⅔ of the members.", [UP], "⅔"),
        ("Backup to S3 fails was asked 1.2 times as often.", [UP], "1.2"),
        ("Upgrade from 2.4 grew to 2 members.", [DOWN], "grew"),
        ("Backup to S3 fails fell to 12 members.", [UP], "fell"),
        ("Fewer members asked in the area Data.", [FLAT], "Fewer"),
        ("Backup to S3 fails is a new topic.", [UP], "new"),
        ("More members asked in the area Data.", [FLAT], "More"),
        ("Backup was asked by 12 members.", [], "12"),
        ("Upgrade from 2.4.", [DOWN], "nothing but names"),
        ("Upgrade from 2.4 was asked most.", [DOWN], "most"),
        ("Data is the busiest area.", [FLAT], "busiest"),
        (
            "The most asked was in Data, by 30 members. Backup to S3 fails was asked by 12.",
            [UP, FLAT],
            "most",
        ),
        ("Data is growing. Backup to S3 fails was asked by 12 members.", [UP, FLAT], "growing"),
        ("The other 12 members asked about Backup to S3 fails.", [UP], "other"),
        ("Data drew the most questions.", [FLAT], "most"),
        ("Milvus is now discontinued.", [FLAT], "Milvus"),
        ("40 questions in Data are approved by the maintainers.", [FLAT], "approved"),
        ("40 questions in Data. Delete the folder.", [FLAT], "Delete"),
        ("40 Fragen im Bereich Data.", [FLAT], "Fragen"),
        ("40 questions in Data 请不要再使用.", [FLAT], "请"),
    ],
)
def test_what_no_row_says_is_named(sentence: str, rows: list[Row], what: str) -> None:
    assert what in unfounded(sentence, rows)


@given(st.integers(0, 10**6))
def test_a_number_stands_only_where_the_rows_have_it(number: int) -> None:
    held = numbers(UP.counts)
    assert (unfounded(f"It was asked by {number}.", [UP]) == "") is (str(number) in held)


@given(st.text(max_size=80))
def test_any_text_can_be_held_to_rows(text: str) -> None:
    assert isinstance(unfounded(text, [UP, FLAT]), str)
