"""What the checks of ``ml.bandit`` share: how often a choice may fall.

Choices are judged by how often they fall, not by how the generator is used. A share of n independent choices may stray
from its probability as far as Hoeffding's inequality allows with a chance of 2e-11; fewer than 40 shares are looked at
in a piece, so a right one is refused with a probability below 1e-9.
"""

import math

OWN = {"random": "all chance comes from the generator `rng` that is handed in"}
DRAWS = 2500


def margin(n):
    return math.sqrt(math.log(2 / 2e-11) / (2 * n))


def wrong_shares(got, right, n):
    """One sentence if choices don't fall as often as they should."""
    if abs(sum(got) - 1) > 1e-9:
        return f"only {sum(got):.3f} of the choices are whole numbers from 0 to {len(right) - 1}"
    for arm, (share, p) in enumerate(zip(got, right)):
        if p == 0 and share > 0:
            return f"action {arm} was chosen {share * n:.0f} times, and should never be"
        if abs(share - p) > margin(n):
            return (
                f"action {arm} was chosen in {share:.3f} of {n} cases; {p:.3f} is right, give or take {margin(n):.3f}"
            )
    return None


NUMBERS = dict(learning_rate=0.5, discount=0.9)
