"""What the checks of ``neural.layers`` share.

Oracle of every `backward`: the forward pass written again in NumPy, and its slopes by complex steps. For a function of
real numbers made of smooth parts, f(x + ih) = f(x) + ih f'(x) up to h squared; so with h = 1e-30 the imaginary part
over h is the slope, exact to the last digit.
"""

import numpy as np


def array(rng, *shape):
    return rng.uniform(-3, 3, size=shape).round(3)


def slopes(forward, arrays, dy):
    """Slopes of ``(dy * forward(*arrays)).sum()`` for every entry of every array."""
    result = []
    for k, a in enumerate(arrays):
        found = np.zeros(a.shape)
        for index in np.ndindex(a.shape):
            moved = [b.astype(complex) for b in arrays]
            moved[k][index] += 1e-30j
            found[index] = (dy * forward(*moved)).sum().imag / 1e-30
        result.append(found)
    return result
