"""The parts of `diagnose`: lines of a log, known errors in them, and guides for questions."""
