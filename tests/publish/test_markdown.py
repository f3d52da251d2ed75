"""Forum text on pages: it stays text in whatever place a template puts it."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from threadlore.cleaning import clean
from threadlore.publish.markdown import (
    cell,
    front_matter,
    inline,
    link,
    quote,
    shorten,
    web_address,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "# heading",
    "text\n===",
    "text\n---",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "2) item",
    "> quoted",
    "    indented code",
    "```\nfence",
    "~~~\nfence",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "[x]: http://evil.example",
    "[^1]",
    "<http://evil.example>",
    "http://evil.example/a_b_c and www.evil.example",
    "a | b\n--|--\nc | d",
    "**bold** _em_ __strong__ ~~gone~~ `code`",
    "---\ntitle: x\n---",
    "{{ config }} {% include 'x' %} {# x #}",
    "text {: onclick=alert(1) }",
    "&lt;script&gt; &#60;",
    "back\\slash \\<b\\> \\",
    "::: module",
    "!!! note",
    "=== tab",
    "/// html | script",
    "--8<-- 'secret'",
    "$x$ and $y$",
    "@everyone <@123> <@&4> @here @someone",
    "a\u202eb\u200bc\ufeffd\x00e\x1b[31m",
    "`http://a",
    "\\`http://a`",
    "<!-- comment",
    "<?php ?>",
    "<![CDATA[x]]>",
    "]]>",
    "*[HTML]: x",
    "C# #",
]
PIECES = st.sampled_from(
    [*HOSTILE, "\n", "\n\n", " ", "`", "*", "_", "[", "]", "(", ")", "<", ">", "|", "\\"]
)
TEXT = st.one_of(
    st.text(max_size=80), st.lists(PIECES, max_size=6).map("".join), st.lists(PIECES).map("".join)
)
BLOCK_TAGS = {"p", "blockquote", "br", "code", "ul", "li", "h1", "table", "thead", "tbody", "tr", "th", "td"}


def tags(html: str) -> set[str]:
    return set(re.findall(r"<\s*/?\s*([a-zA-Z!?][\w-]*)", html))


def render(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def shown(html: str) -> str:
    """Return the text of a page as a reader sees it."""
    from html import unescape

    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@given(TEXT)
def test_no_text_makes_a_tag_of_its_own(text: str) -> None:
    page = f"# {inline(text)}\n\n- {inline(text)}\n\n{inline(text)}\n\n{quote(text)}\n\nlast"
    html = render(page)
    assert tags(html) <= {"h1", "ul", "li", "p", "blockquote", "br", "code", "pre"}
    assert html.count("<h1>") == 1
    assert html.count("<li>") == 1
    assert html.count("<blockquote>") <= 1
    assert html.rstrip().endswith("<p>last</p>")


@given(TEXT)
def test_no_text_breaks_out_of_a_table(text: str) -> None:
    html = render(f"| a | b |\n|---|---|\n| {cell(text)} | {cell(text)} |\n\nlast")
    assert tags(html) <= BLOCK_TAGS
    assert html.count("<td>") == 2
    assert html.count("<tr>") == 2


@given(TEXT, TEXT)
def test_links_lead_where_we_say_or_nowhere(text: str, url: str) -> None:
    html = render(f"x {link(text, url)}\n\nx {link(text, 'https://forum.example/1')}")
    for href in re.findall(r'href="([^"]*)"', html):
        assert href.startswith(("http://", "https://"))
    assert html.count('href="https://forum.example/1"') == 1
    assert tags(html) <= {"p", "a", "code"}


@given(TEXT)
def test_macros_mentions_and_hidden_characters_lose_their_power(text: str) -> None:
    for page in (inline(text), quote(text), cell(text), front_matter({"title": text})):
        assert "{{" not in page
        assert "{%" not in page
        prose = re.sub(r"^> (`{3,}).*?^> \1$", "", page, flags=re.MULTILINE | re.DOTALL)
        assert not re.search(r"@\w", prose)
        assert "@everyone" not in page
        assert not re.search(
            "[\x00-\x09\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", page
        )
        page.encode("utf-8")


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S")), max_size=60))
def test_readers_see_what_was_written(text: str) -> None:
    page = shown(render(f"x {inline(text)}"))
    expected = " ".join(clean(text).replace("@", "＠").split())
    assert page.replace(" ", "").replace("@", "＠") == f"x{expected}".replace(" ", "")


@given(TEXT)
def test_the_header_is_yaml_and_gives_the_title_back(text: str) -> None:
    header = front_matter({"title": text, "render_macros": False})
    found = next(iter(yaml.safe_load_all(header)))
    assert found == {"title": " ".join(clean(text).split()), "render_macros": False}
    assert tags(render(header)) <= {"hr", "h2", "p"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max_connections and __init__", "max_connections and \\_\\_init\\_\\_"),
        ("~50M vectors", "~50M vectors"),
        ("a -> b", "a -> b"),
        ("see https://x.example/a_b.", "see `https://x.example/a_b`."),
        ("2.6 is out", "2.6 is out"),
        ("2. step", "2\\. step"),
        ("{a: 1}", "\\{a: 1}"),
        ("مرحبا 👩\u200d💻", "مرحبا 👩\u200d💻"),
    ],
)
def test_plain_text_stays_readable(text: str, expected: str) -> None:
    assert inline(text) == expected


def test_code_in_a_quote_stays_code() -> None:
    html = render(quote("see\n```yaml\na:\n  b: <c> `d`\n```\nok"))
    assert "<pre><code>a:\n  b: &lt;c&gt; `d`\n</code></pre>" in html
    assert "<pre>" not in render(quote("```\n{{ x }}\n```"))
    assert "<pre>" not in render(quote("```\nleft open"))


def test_zalgo_is_cut() -> None:
    assert len(clean("a" + "\u0301" * 50)) == 5


@given(st.text(max_size=60), st.integers(min_value=8, max_value=40))
def test_shortened_text_keeps_its_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x", "https://a@evil.example",
     "https://", "http://[", "", "java\nscript:x"],
)  # fmt: skip
def test_other_addresses_are_no_links(url: str) -> None:
    assert web_address(url) == ""
    assert link("text", url) == "text"


def test_addresses_cannot_leave_their_brackets() -> None:
    assert web_address("https://x.example/a b)(<c>|{d}[e]`") == (
        "https://x.example/a%20b%29%28%3Cc%3E%7C%7Bd%7D%5Be%5D%60"
    )
