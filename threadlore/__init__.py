"""Threadlore: what a community keeps asking, and a reviewed FAQ of grounded answers."""

__version__ = "0.1.0"
