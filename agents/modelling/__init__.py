"""What the nodes say to a chat model, and what they take from it."""
