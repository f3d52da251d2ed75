"""Parts of the size tool: the case, the official figures, what the server checks, the files."""
