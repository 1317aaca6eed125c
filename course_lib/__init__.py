"""Plank by Plank: a deep-learning library whose reader builds it, one verified piece at a time."""

import importlib

__version__ = "0.1.0"

_TOP = ("datasets", "foundations", "ml", "neural")  # imported when first used: `import course_lib` costs nothing


def __getattr__(name: str):
    if name in _TOP:
        return importlib.import_module(f"course_lib.{name}")
    raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
