"""What an answer may say: quotes, claims, facts that ended."""
