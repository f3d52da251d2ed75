"""Tables of the tools; every row has its source and date."""
