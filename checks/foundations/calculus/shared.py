"""What the checks of ``foundations.calculus`` share: functions, and their derivatives by complex steps.

For smooth f, the imaginary part of f(x + ih) divided by h is the derivative, without cancellation even for h = 1e-30.
"""

from types import SimpleNamespace

import numpy as np

PLAIN = {"numpy": "the differences and sums are what you are building"}
COMPLEX_MATH = SimpleNamespace(sin=np.sin, cos=np.cos, exp=np.exp, log=np.log, sqrt=np.sqrt, tanh=np.tanh, pi=np.pi)


def function(text):
    """A function of a case, for the oracle: its ``math`` takes complex numbers."""
    return eval(text, {"math": COMPLEX_MATH})


def true_slope(f, x):
    return float(np.imag(function(f)(x + 1e-30j)) / 1e-30)


def true_gradient(f, x):
    nudges = np.eye(len(x)) * 1e-30j
    return [float(np.imag(function(f)(list(np.array(x) + nudge))) / 1e-30) for nudge in nudges]


def polynomial(rng, degree):
    """Coefficients from the constant up, with one decimal, and the text of their function."""
    c = rng.uniform(-3, 3, size=degree + 1).round(1).tolist()
    return "lambda x: " + " + ".join(f"{a} * x**{k}" if k else f"{a}" for k, a in enumerate(c)), c


def one(rng, low=-3, high=3):
    return round(float(rng.uniform(low, high)), 2)


def point(rng, n):
    return rng.uniform(-2, 2, size=n).round(2).tolist()


def surface(rng, n):
    """The text of a polynomial of degree 3 in n coordinates, with mixed terms."""
    terms = []
    for i in range(n):
        j = (i + 1) % n
        terms += [
            f"{one(rng)} * p[{i}]**3",
            f"{one(rng)} * p[{i}]**2",
            f"{one(rng)} * p[{i}] * p[{j}]",
            f"{one(rng)} * p[{i}]",
        ]
    return "lambda p: " + " + ".join(terms)


SMOOTH = (
    "lambda p: math.sin(p[0]) * p[1]",
    "lambda p: math.exp(-p[0]**2 - p[1])",
    "lambda p: p[0] / (2 + math.cos(p[1]))",
)


def partial_answer(f, x, i, h):
    nudge = np.eye(len(x))[i] * h
    up, down = (np.array(x) + nudge).tolist(), (np.array(x) - nudge).tolist()
    return float((function(f)(up) - function(f)(down)) / (2 * h))
