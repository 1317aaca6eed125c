"""What the checks of ``ml.linear`` share."""

SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy is enough here"}
LOUD = 'with np.errstate(over="raise", invalid="raise", divide="raise"):\n    result = {}\nresult'


def array(rng, *shape):
    return rng.uniform(-3, 3, size=shape).round(2)
