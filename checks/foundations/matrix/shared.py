"""What the checks of ``foundations.matrix`` share."""

PLAIN = {"numpy": "every multiplication is to be in sight"}


def numbers(rng, *shape):
    """Unsymmetric numbers with two decimals, as nested lists."""
    return rng.uniform(-9, 9, size=shape).round(2).tolist()


def matrices(rng):
    yield dict(a=[[7]])
    yield dict(a=[[1, 2, 3], [4, 5, 6]])
    yield dict(a=[[1, 2], [1, 2], [1, 2], [2, 2]])
    for shape in ((1, 4), (3, 1), (3, 2), (2, 5)):
        yield dict(a=numbers(rng, *shape))
