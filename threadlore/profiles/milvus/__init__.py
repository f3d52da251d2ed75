"""The profile of the Milvus community."""
