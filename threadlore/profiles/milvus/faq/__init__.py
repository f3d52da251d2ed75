"""Starter entries of the Milvus profile, one Markdown file each."""
