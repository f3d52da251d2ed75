"""Planted attacks over all surfaces, with a model that obeys every one of them: the code must hold."""
