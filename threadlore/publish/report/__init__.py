"""The report for maintainers: one Markdown file to read on Monday morning, or to paste."""

from __future__ import annotations

import re
from pathlib import Path

from threadlore.bundle import Bundle
from threadlore.publish.files import publish_files
from threadlore.publish.report.layout import lay_out
from threadlore.publish.templates import render
from threadlore.seams import Publisher

FILE = "report.md"


class ReportPublisher:
    """Publishes `report.md`."""

    def publish(self, bundle: Bundle, target: Path) -> list[Path]:
        """Write the report of `bundle` below `target`; return the paths that changed."""
        page = render(__name__, "report.md.j2", **lay_out(bundle))
        return publish_files(target, {FILE: re.sub(r"\n{3,}", "\n\n", page)}, "report")


def load() -> Publisher:
    """Return the publisher of this folder."""
    return ReportPublisher()
