"""Plank by Plank: a deep-learning library whose reader builds it, one verified piece at a time."""

__version__ = "0.1.0"
