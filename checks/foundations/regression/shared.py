"""What the checks of ``foundations.regression`` share."""

import numpy as np

SCRATCH = {
    "sklearn": "it is what you are building",
    "scipy": "NumPy is enough here",
}

X3, Y3 = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 3.0, 7.0])


def array(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)
