"""What the checks of Duals share: numbers, and how a Dual of Duals is read."""


def rounded(rng, n, low=-3.0, high=3.0):
    return [round(float(x), 2) for x in rng.uniform(low, high, n)]


def away_from_zero(rng):
    return float(rng.choice([-1.0, 1.0])) * rounded(rng, 1, 0.5, 4.0)[0]


NESTED = "\n[value_of(y.value), slope_of(y.value), value_of(y.derivative), slope_of(y.derivative)]"
