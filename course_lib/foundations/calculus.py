"""Derivatives, gradients, integrals and descent, all from plain function calls.

A function is handed in as something to call, and nothing is known of it but its values. A function of one variable
takes a number; a function of several variables takes one list of numbers, a point. Angles are in radians.

Source: Deisenroth, Faisal, Ong, *Mathematics for Machine Learning*, chapters 5 and 7; for steps and rounding: Nocedal,
Wright, *Numerical Optimization*, section 8.1.
"""

from __future__ import annotations

from collections.abc import Callable

Number = int | float
Vector = list[Number]
Function = Callable[[Number], Number]  # of one variable
Surface = Callable[[Vector], Number]  # of a point
Map = Callable[[Vector], Vector]  # from points to points


def derivative(f: Function, x: Number, h: float = 1e-7) -> float:
    """Slope of ``f`` at ``x``, one-sided: how much ``f`` rises from ``x`` to ``x + h``, divided by ``h``.

    ``derivative(lambda x: x**2, 3, h=1)`` is ``(16 - 9) / 1 = 7``; with the default's small ``h`` it is close to 6.
    Whatever ``h`` is handed in is the step, however small; a negative one looks to the left of ``x``. Raises
    `ValueError` if ``h`` is 0.
    """
    if h == 0:
        raise ValueError("h must not be 0: a slope needs two different points")
    rise = f(x + h) - f(x)
    return rise / h


def central_difference(f: Function, x: Number, h: float = 1e-5) -> float:
    """Slope of ``f`` at ``x``, from both sides: the rise from ``x - h`` to ``x + h``, divided by the way between them.

    ``central_difference(lambda x: x**2, 3, h=1)`` is ``(16 - 4) / 2 = 6``. With ``-h`` in place of ``h`` the points
    change places, and the slope is the same. Raises `ValueError` if ``h`` is 0.
    """
    if h == 0:
        raise ValueError("h must not be 0: a slope needs two different points")
    rise = f(x + h) - f(x - h)
    return rise / (2 * h)


def chain(links: list[tuple[Function, Function]], x: Number) -> tuple[Number, Number]:
    """Value and slope at ``x`` of functions that are applied one after another.

    ``links`` is a list of pairs ``(f, df)``, a function and its derivative; the first pair is applied to ``x``, each
    further one to what the one before it returned. The result is the pair ``(value, slope)``: what comes out at the
    end, and its derivative with respect to ``x``. Slopes come from the ``df`` alone, without small steps, so that a
    kink is no trouble. No links at all leave x as it is, with slope 1. The list ``links`` stays as it was.

    With ``square = (lambda x: x**2, lambda x: 2 * x)``, ``chain([square, square], 3)`` is ``(81, 108)``.
    """
    value, slope = x, 1
    for f, df in links:
        slope = slope * df(value)
        value = f(value)
    return value, slope


def partial(f: Surface, x: Vector, i: int, h: float = 1e-5) -> float:
    """Slope of ``f`` at the point ``x`` if only coordinate ``i`` (counted from 0) moves, by central difference.

    ``f`` takes a list. It is called at two points: ``x`` with ``h`` added to ``x[i]``, and ``x`` with ``h`` taken away
    from it; the difference of the results is divided by ``2 * h``. Afterwards ``x`` is exactly as it was.

    ``partial(lambda p: p[0] ** 2 + 5 * p[1], [3, 1], 1)`` is close to 5. An ``i`` of ``len(x)`` or more raises
    `IndexError`; no one asks for a negative ``i``.
    """
    ahead, behind = list(x), list(x)
    ahead[i] += h
    behind[i] -= h
    return (f(ahead) - f(behind)) / (2 * h)


def gradient(f: Surface, x: Vector, h: float = 1e-5) -> Vector:
    """All slopes of ``f`` at the point ``x``, as a new list: entry ``i`` is the slope along coordinate ``i``.

    Each is a central difference with step ``h``.
    ``gradient(lambda p: p[0] ** 2 + 5 * p[1], [3, 1])`` is close to ``[6, 5]``. ``x`` stays exactly as it was.
    """
    return [partial(f, x, i, h) for i in range(len(x))]


def jacobian(f: Map, x: Vector, h: float = 1e-5) -> list[Vector]:
    """All slopes of all outputs at the point ``x``, for n inputs and m outputs.

    ``f`` takes a list of n numbers and returns a list of m. The result is a new list of m rows, and each row is a list
    of its own with n numbers. Row ``k`` belongs to output ``k`` and column ``i`` to input ``i``: the entry is the
    partial derivative of output ``k`` with respect to ``x[i]``, by central difference with step ``h``. ``x`` stays
    exactly as it was.

    ``jacobian(lambda p: [p[0] * p[1], p[0], 7 * p[1]], [3, 2])`` is close to ``[[2, 3], [1, 0], [0, 7]]``.
    """
    columns = []
    for i in range(len(x)):
        ahead, behind = list(x), list(x)
        ahead[i] += h
        behind[i] -= h
        columns.append([(up - down) / (2 * h) for up, down in zip(f(ahead), f(behind))])
    return [list(row) for row in zip(*columns)]


def hessian(f: Surface, x: Vector, h: float = 1e-4) -> list[Vector]:
    """All second derivatives of ``f`` at the point ``x``, as a new list of n rows, each a list of n numbers.

    Entry ``[i][j]`` says how the slope along coordinate ``i`` changes as coordinate ``j`` moves; on the diagonal that
    is the curvature along one coordinate. Both the slopes and their changes are central differences, and both have the
    step ``h``: apart from rounding, the result is exact for polynomials up to degree 3, whatever ``h``. ``x`` stays
    exactly as it was.

    ``hessian(lambda p: p[0] ** 2 + 5 * p[0] * p[1], [3, 1])`` is close to ``[[2, 5], [5, 0]]``.
    """
    return jacobian(lambda point: gradient(f, point, h), x, h)


def integrate(f: Function, a: Number, b: Number, n: int = 1000) -> float:
    """Area between ``f`` and the x-axis from ``a`` to ``b``, by the trapezoid rule with ``n`` strips of equal width.

    Each strip counts its width times the average of ``f`` at its two edges. Where ``f`` is negative the area counts as
    negative. From right to left (``a > b``) the sign turns around; the area from ``a`` to ``a`` is 0.

    ``integrate(lambda x: x**2, 0, 2, n=2)`` is ``(0 + 1) / 2 + (1 + 4) / 2 = 3``. Raises `ValueError`, with the
    number ``n`` in its message, if ``n`` is less than 1.
    """
    if n < 1:
        raise ValueError(f"the trapezoid rule needs at least one strip, got n = {n}")
    width = (b - a) / n
    edges = (f(a) + f(b)) / 2
    inside = sum(f(a + i * width) for i in range(1, n))
    return width * (edges + inside)


def simpson(f: Function, a: Number, b: Number, n: int = 500) -> float:
    """Area from ``a`` to ``b`` by Simpson's rule: two trapezoid results, mixed so that their largest errors cancel."""
    return (4 * integrate(f, a, b, 2 * n) - integrate(f, a, b, n)) / 3


def gradient_descent(f: Surface, start: Vector, rate: float = 0.1, steps: int = 100) -> list[Vector]:
    """Walk downhill on ``f`` from ``start``; returns the path, ``steps + 1`` points in a list, ``start`` the first.

    Each step goes from a point to that point minus ``rate`` times the `gradient` there; all coordinates move at once.
    Every point of the path is a list of its own, and ``start`` stays as it was. All steps are taken as they come, even
    if they lead uphill because ``rate`` is too large. There can be many thousands of them.

    ``gradient_descent(lambda p: p[0] ** 2, [3], rate=0.25, steps=2)`` is close to ``[[3], [1.5], [0.75]]``.
    """
    path = [list(start)]
    for _ in range(steps):
        point = path[-1]
        path.append([value - rate * slope for value, slope in zip(point, gradient(f, point))])
    return path
