"""Templates of Markdown pages: what a template puts in is escaped unless it is Markdown already."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from threadlore.publish.markdown import Markdown, cell, code, inline, quote, shorten

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment(package: str) -> Environment:
    """Return the templates (`*.j2`) in the folder of `package`.

    Jinja's own escaping is for HTML; here every value passes `inline` on its way to the page, so a
    template that forgets a filter is still safe.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = resources.files(package)
    found = Environment(  # noqa: S701  (pages are Markdown: `finalize` escapes)
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markdown) else inline(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters.update(cell=cell, code=code, quote=quote, shorten=shorten)
    return found


def render(package: str, name: str, **values: object) -> str:
    """Return the page that template `name` of `package` makes of `values`, with one final newline."""
    return environment(package).get_template(name).render(**values).strip("\n") + "\n"
