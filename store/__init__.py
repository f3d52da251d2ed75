"""The store: records in SQLite, vectors in Milvus."""
