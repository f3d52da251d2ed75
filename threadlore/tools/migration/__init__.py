"""Moves of data into Milvus, between its deployments, and from version to version."""
