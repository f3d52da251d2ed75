"""The whole job over the real command line: real SQLite, real Milvus Lite, a small forum of our own."""
