"""The Markdown report for maintainers."""
