"""What the checks of ``neural.graph`` share: plans of single numbers, and shares by unit steps."""

import numpy as np

from checks.neural.value.shared import weighted_dags


def numbers(rng, *shape):
    """Unsymmetric numbers with two decimals, as an array."""
    return rng.uniform(-3, 3, shape).round(2)


def plans(rng):
    """links[i] lists the inputs of node i, slopes[i] the factor of each, starts[i] its value if it is a leaf."""
    for case in weighted_dags(rng):
        yield dict(case, starts=numbers(rng, len(case["links"])).tolist())


# A plan in which each node is a leaf, or its inputs times slopes, added up.
PLAN = """
def mix(own, *inputs):
    return Operation("mix", (), lambda *v: np.dot(own, v), lambda g, *v: tuple(g * f for f in own), *inputs)


nodes = []
for sources, own, start in zip(links, slopes, starts):
    nodes.append(mix(own, *[nodes[j] for j in sources]) if sources else Variable(start))
"""


def by_unit_steps(function, gradient, *inputs):
    """The shares of all inputs: what a step of 1 in each entry does, exact where the function is linear in it."""
    shares = []
    for place in range(len(inputs)):
        share = np.zeros(inputs[place].shape)
        for index in np.ndindex(share.shape):
            up, down = [a.copy() for a in inputs], [a.copy() for a in inputs]
            up[place][index] += 1
            down[place][index] -= 1
            share[index] = np.sum(gradient * (function(*up) - function(*down))) / 2
        shares.append(share)
    return shares
