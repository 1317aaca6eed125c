"""Plank by Plank: a deep-learning library whose reader builds it, one verified piece at a time."""

import importlib

__version__ = "0.1.0"

_TOP = (
    "datasets",
    "foundations",
    "ml",
    "neural",
    "engine",
    "nn",
    "optim",
)  # imported when first used: `import course_lib` costs nothing
_ENGINE = {
    "Tensor": "tensor",
    "no_grad": "tensor",
    "Device": "device",
    "dtypes": "dtype",
    "replay": "replay",
    "GlobalCounters": "counters",
}


def __getattr__(name: str):
    if name in _TOP:
        return importlib.import_module(f"course_lib.{name}")
    if name in _ENGINE:
        return getattr(importlib.import_module(f"course_lib.engine.{_ENGINE[name]}"), name)
    raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
