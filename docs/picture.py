"""Renders one published entry page to HTML, for the picture in the README. Not part of the package.

Usage:
    threadlore site --out site
    python docs/picture.py site/entries/PAGE.md picture.html
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=2 \
        --window-size=900,1200 --screenshot=docs/entry.png picture.html
"""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

STYLE = """
:root { --ink: #1f2328; --soft: #59636e; --line: #d8dee4; --tint: #f6f8fa; --blue: #0b6bcb; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", "Noto Sans", sans-serif; }
main { max-width: 820px; margin: 0 auto; padding: 32px 40px 40px; }
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 10px; }
h1 + p > em:only-child { font-style: normal; color: var(--soft); font-size: 14px; }
h2 { font-size: 18px; margin: 28px 0 10px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 16px; margin: 20px 0 8px; }
p { margin: 0 0 12px; }
a { color: var(--blue); text-decoration: none; }
ul, ol { margin: 0 0 12px; padding-left: 22px; }
li { margin: 3px 0; }
code { background: var(--tint); border-radius: 5px; padding: 2px 5px;
  font: 13.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: var(--tint); border-radius: 8px; padding: 12px 14px; overflow: auto; }
pre code { padding: 0; background: none; }
blockquote { margin: 0 0 6px; padding: 8px 14px; border-left: 4px solid var(--blue);
  background: var(--tint); border-radius: 0 8px 8px 0; }
blockquote p { margin: 0; }
table { border-collapse: collapse; margin: 0 0 14px; font-size: 14.5px; }
th, td { border: 1px solid var(--line); padding: 5px 12px; text-align: left; vertical-align: top; }
th { background: var(--tint); font-weight: 600; }
thead tr:has(th:empty:only-child) { display: none; }
"""


def to_html(markdown: str) -> str:
    """Return a page of ours as a self-contained HTML document."""
    body = re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL)
    title = re.search(r"^# (.+)$", body, re.MULTILINE)
    html = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(body)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title[1] if title else "")}'
        f"</title><style>{STYLE}</style><body><main>{html}</main></body></html>\n"
    )


if __name__ == "__main__":
    page, target = map(Path, sys.argv[1:3])
    target.write_text(to_html(page.read_text(encoding="utf-8")), encoding="utf-8")
