"""What people do with words: ask, answer, thank, chat."""
