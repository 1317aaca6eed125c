"""What the checks of ``ml.pipeline`` share."""

import math

import numpy as np

OWN = {"sklearn": "it is what you are building", "pandas": "it is what you are building"}
NAN = math.nan


def gappy(rng, n, d, share=0.3):
    X = np.round(rng.gamma(2, 10, size=(n, d)), 2)
    X[rng.random((n, d)) < share] = NAN
    return X
