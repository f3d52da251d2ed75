"""Evidence, and the sentences that an entry is made of."""
