"""Parts of the embed tool: what is asked, the ranking, the report, the program that measures."""
