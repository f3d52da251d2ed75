"""The bot over the fake Discord, and its parts alone."""
