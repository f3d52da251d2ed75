"""Conversations of a chat channel or a long thread: who talks with whom about what."""

from threadlore.ingest.split.conversations import conversations_of, split
from threadlore.ingest.split.decode import Placed

__all__ = ["Placed", "conversations_of", "split"]
