"""Publishers, one folder an output."""
