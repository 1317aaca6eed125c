"""What the checks of ``foundations.information`` share: distributions."""

import numpy as np

PLAIN = dict.fromkeys(("numpy", "scipy"), "this notebook is built from plain Python and the module math")


def shares(rng, n):
    """A distribution with two decimals and no zeros, as a list."""
    return ((rng.multinomial(100 - n, rng.dirichlet(np.ones(n))) + 1) / 100).tolist()


def with_zero(rng, n):
    """The same, with one zero among its n numbers."""
    p = shares(rng, n - 1)
    p.insert(int(rng.integers(n)), 0.0)
    return p


NOT_DISTRIBUTIONS = [[3, 1], [0.5, 0.6], [0.5, 0.25], [1.5, -0.5], [-0.25, 0.5, 0.75]]
