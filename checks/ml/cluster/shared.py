"""What the checks of ``ml.cluster`` share: tables of numbers."""

import itertools

import numpy as np

SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy is enough here"}
HOUSES = np.array([[1.0], [2.0], [3.0], [7.0], [8.0], [12.0]])


def table(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)


def blobs(rng, k, each, d, spread=0.3):
    places = 10.0 * np.array(list(itertools.islice(itertools.product(range(3), repeat=d), k)))
    group = rng.permutation(np.repeat(np.arange(k), each))
    return (places[group] + rng.normal(0, spread, size=(k * each, d))).round(3), group
