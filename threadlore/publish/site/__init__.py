"""The FAQ as Markdown pages: for MkDocs, Zensical, Starlight, or to read on GitHub as they are."""

from __future__ import annotations

from pathlib import Path

from threadlore.bundle import Bundle
from threadlore.publish.files import publish_files
from threadlore.publish.site.pages import site_pages
from threadlore.publish.templates import render
from threadlore.seams import Publisher


class SitePublisher:
    """Publishes an index, a page an area and a page an entry."""

    def publish(self, bundle: Bundle, target: Path) -> list[Path]:
        """Write the pages of `bundle` below `target`; return the paths that changed."""
        pages = {
            page.path: render(__name__, f"{page.kind}.md.j2", **page.values) for page in site_pages(bundle)
        }
        return publish_files(target, pages, "site")


def load() -> Publisher:
    """Return the publisher of this folder."""
    return SitePublisher()
