"""Texts by which the agents speak, one Markdown file each."""
