"""What the answer graph's nodes do: retrieve, decide, compose, check."""
