"""What the checks of ``ml.optimizers`` share: cases of several steps, and tables of mistakes."""

import numpy as np

HAND = dict(weights=[np.array([10.0, 1.0])], gradients=[[np.array([10.0, 10.0])]], rate=0.1)


def array(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)


def settings(rng, **ranges):
    """A number drawn from each range, rounded."""
    return {name: round(float(rng.uniform(*ends)), 3) for name, ends in ranges.items()}


def rows(table):
    """Known mistakes, a row each, ``what stands there => what is written instead | the sentence``, for ``mistake``."""
    for row in table.strip().splitlines():
        change, sentence = row.split(" | ")
        old, new = change.split(" =>")
        yield sentence, old.strip(), new.strip()


def single(**ranges):
    """Cases of one parameter: by hand (eps tiny), a slope of 0, a second step, then drawn ones of several shapes."""

    def cases(rng):
        first = {name: round(sum(ends) / 2, 3) for name, ends in ranges.items()}
        tiny = first | {name: 1e-8 for name in first if name == "eps"}
        yield dict(w=np.array([10.0, 1.0]), gradients=[np.array([10.0, 10.0])], rate=0.1, **tiny)
        yield dict(w=np.array([4.0, -3.0]), gradients=[np.zeros(2)], rate=0.5, **first)
        yield dict(w=np.array([2.0]), gradients=[np.array([1.0]), np.array([1.0])], rate=1.0, **first)
        for shape, steps in (((3,), 2), ((2, 3), 3), ((1,), 9), ((2, 1, 2), 4)):
            gradients = [array(rng, *shape) for _ in range(steps)]
            yield dict(w=array(rng, *shape), gradients=gradients, **settings(rng, rate=(0.05, 0.9), **ranges))

    return cases


def several(**ranges):
    """Cases of lists of parameters: one, two of one shape, then different shapes, for several steps."""

    def cases(rng):
        yield HAND | {name: 1e-8 if name == "eps" else round(sum(ends) / 2, 3) for name, ends in ranges.items()}
        for shapes, steps in ((((2,), (2,)), 1), (((2,), (2,)), 3), (((2, 3), (3,), (1,)), 2), (((1, 4), (2, 2)), 12)):
            gradients = [[array(rng, *shape) for shape in shapes] for _ in range(steps)]
            weights = [array(rng, *shape) for shape in shapes]
            yield dict(weights=weights, gradients=gradients, **settings(rng, rate=(0.05, 0.9), **ranges))

    return cases


def runs(make):
    """Several steps with the optimizer that ``make`` makes."""
    return f"""
    optimizer = {make}
    params = [w.copy() for w in weights]
    for slopes in gradients:
        optimizer.step(params, slopes)
    params
    """


def slides(rng):
    for case in single()(rng):
        yield dict(w=case["w"], g=case["gradients"][0], rate=case["rate"])
