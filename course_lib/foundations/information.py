"""Information: surprise, entropy, cross-entropy, divergence, and what one thing tells about another.

A **distribution** is a list of probabilities, one for each outcome: none is negative, and together they are 1. Results
are in bits (logarithms have base 2) unless ``base`` says otherwise; with ``base=math.e`` they are in nats.

Sources: Shannon, *A Mathematical Theory of Communication* (1948); Huffman, *A Method for the Construction of
Minimum-Redundancy Codes* (1952); Bishop, *Pattern Recognition and Machine Learning*, section 1.6.
"""

from __future__ import annotations

import heapq
import math

Distribution = list[float]
Table = list[list[float]]


def require_distribution(p: Distribution) -> None:
    """Raise `ValueError` if a number in ``p`` is negative, or if their sum is further than 1e-6 from 1."""
    for x in p:
        if not x >= 0:
            raise ValueError(f"a probability is never negative, got {x}")
    if abs(math.fsum(p) - 1) > 1e-6:
        raise ValueError(f"probabilities add up to 1, these add up to {math.fsum(p)}")


def surprise(p: float, base: float = 2) -> float:
    """Surprise at an outcome of probability ``p``: minus the logarithm of ``p``, to the base ``base``.

    ``surprise(1 / 8)`` is 3 bits, because 1/8 is 2 to the power of -3; ``surprise(1 / 8, math.e)`` is the same in nats,
    2.079. At a certain outcome, ``p = 1``, it is 0. At an impossible one, ``p = 0``, it is ``math.inf``.
    """
    return -math.log(p, base) if p > 0 else math.inf


def entropy(p: Distribution, base: float = 2) -> float:
    """Entropy of a distribution: the average surprise, each outcome's weighted with its probability.

    ``entropy([0.5, 0.25, 0.25])`` is ``0.5*1 + 0.25*2 + 0.25*2 = 1.5`` bits. An outcome of probability 0 never happens,
    and adds nothing: ``entropy([1, 0])`` is 0. Raises `ValueError` if ``p`` is not a distribution, by the measure of
    `require_distribution`: a negative number, or a sum further than 1e-6 from 1.
    """
    require_distribution(p)
    return sum(x * surprise(x, base) for x in p if x > 0)


def cross_entropy(p: Distribution, q: Distribution, base: float = 2) -> float:
    """Cross-entropy of ``q`` under ``p``: the average surprise of someone who expects ``q``, when ``p`` is true.

    Each outcome's surprise is that of its probability in ``q``, and is weighted with its probability in ``p``:
    ``cross_entropy([0.75, 0.25], [0.5, 0.5])`` is ``0.75*1 + 0.25*1 = 1`` bit. What never happens adds nothing, even
    where ``q`` is 0 too; where ``q`` is 0 and ``p`` is not, the result is ``math.inf``.

    Raises `ValueError`, with both lengths in its message, if ``p`` and ``q`` differ in length, and `ValueError` if
    either is not a distribution.
    """
    if len(p) != len(q):
        raise ValueError(f"p has {len(p)} outcomes and q has {len(q)}")
    require_distribution(p)
    require_distribution(q)
    return sum(x * surprise(y, base) for x, y in zip(p, q) if x > 0)


def kl_divergence(p: Distribution, q: Distribution, base: float = 2) -> float:
    """Kullback-Leibler divergence D(p || q): what expecting ``q`` costs when ``p`` is true, over what is unavoidable.

    It is the cross-entropy of ``q`` under ``p`` minus the entropy of ``p``: ``kl_divergence([0.75, 0.25], [0.5, 0.5])``
    is ``1 - 0.811 = 0.189`` bits. Zeros and errors are those of `cross_entropy`. The result is never negative, not even
    by rounding.
    """
    return max(0.0, cross_entropy(p, q, base) - entropy(p, base))


def empirical(labels: list[int], k: int) -> Distribution:
    """Shares of the labels 0, 1, ..., k - 1 in a list, as a list of ``k`` probabilities.

    ``empirical([2, 0, 2, 2], 3)`` is ``[0.25, 0.0, 0.75]``. Raises `ValueError` if there are no labels, and, naming the
    label, if a label is not from 0 to k - 1.
    """
    if not labels:
        raise ValueError("no labels, no shares")
    counts = [0] * k
    for label in labels:
        if not 0 <= label < k:
            raise ValueError(f"labels go from 0 to {k - 1}, got {label}")
        counts[label] += 1
    return [count / len(labels) for count in counts]


def negative_log_likelihood(labels: list[int], probabilities: Table) -> float:
    """Average surprise, in nats, at what happened: the loss of a classifier.

    ``labels[i]`` says which outcome example ``i`` had, counted from 0, and ``probabilities[i]`` is the distribution
    that was predicted for it. Of each prediction only the probability of what happened counts:
    ``negative_log_likelihood([0, 2], [[0.5, 0.25, 0.25], [0, 0.9, 0.1]])`` is the mean of ``-ln 0.5`` and ``-ln 0.1``,
    1.498. If something happened that was given probability 0, it is ``math.inf``.

    Raises `ValueError`, with both numbers in its message, if there are not as many predictions as labels; also if there
    are none, if any prediction is not a distribution, or, naming the label, if a label is not from 0 to k - 1, where k
    is how many probabilities its prediction has. What comes after an impossible outcome is tested too.
    """
    if len(labels) != len(probabilities):
        raise ValueError(f"{len(labels)} labels and {len(probabilities)} predictions")
    if not labels:
        raise ValueError("an average of nothing is not defined")
    total = 0.0
    for label, row in zip(labels, probabilities):
        require_distribution(row)
        if not 0 <= label < len(row):
            raise ValueError(f"label {label} is not one of {len(row)} outcomes")
        total += surprise(row[label], math.e)
    return total / len(labels)


def perplexity(labels: list[int], probabilities: Table) -> float:
    """How many equally likely outcomes would be as surprising on average: e to the power of the loss in nats."""
    return math.exp(negative_log_likelihood(labels, probabilities))


def marginals(table: Table) -> tuple[Distribution, Distribution]:
    """Sums of a table's rows, and sums of its columns, as a tuple of two lists.

    In a table of probabilities ``table[i][j]`` of two things together, the first list is the distribution of the first
    thing alone, the second that of the second: ``marginals([[0.5, 0.25, 0], [0.125, 0, 0.125]])`` is
    ``([0.75, 0.25], [0.625, 0.25, 0.125])``. Nothing else is asked of the numbers: counts are added up in the same way.
    Raises `ValueError` if any two rows differ in length.
    """
    for row in table:
        if len(row) != len(table[0]):
            raise ValueError(f"a row of {len(row)} entries among rows of {len(table[0])}")
    return [sum(row) for row in table], [sum(column) for column in zip(*table)]


def conditional_entropy(table: Table, base: float = 2) -> float:
    """What stays unknown of the columns' thing, on average, once the rows' is known: H(both) - H(rows)."""
    rows, _ = marginals(table)
    return entropy([x for row in table for x in row], base) - entropy(rows, base)


def mutual_information(table: Table, base: float = 2) -> float:
    """Mutual information of two things with joint probabilities ``table[i][j]``: what knowing one tells of the other.

    It is the divergence D(table || apart) of the table from one with the same marginals in which the two are
    independent, ``apart[i][j] = rows[i] * columns[j]``. So ``mutual_information([[0.5, 0], [0, 0.5]])`` is 1 bit, and
    of independent things it is 0. Raises `ValueError` if the table's entries together are not a distribution, or if its
    rows differ in length.
    """
    rows, columns = marginals(table)
    together = [x for row in table for x in row]
    apart = [r * c for r in rows for c in columns]
    return kl_divergence(together, apart, base)


def huffman_code(p: Distribution) -> list[str]:
    """A code of least average length: ``code[i]``, a string of zeros and ones, stands for outcome ``i``.

    No word of the code is the beginning of another one, so that words can be sent without gaps. To build it, put each
    outcome into a group of its own, with its probability. Then, until one group is left: take the two groups of least
    probability (of equals, any), put a ``"0"`` in front of the words of all outcomes in the one and a ``"1"`` in front
    of those in the other, and make the two one group, whose probability is their sum.

    ``huffman_code([0.5, 0.2, 0.3])`` may be ``["0", "10", "11"]`` or any other code with words of 1, 2 and 2 digits.
    Outcomes of probability 0 have their word too. A single outcome gets the word ``"0"``. Raises `ValueError` if ``p``
    is not a distribution.
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = [(x, [i]) for i, x in enumerate(p)]
    heapq.heapify(groups)
    while len(groups) > 1:
        (x, zeros), (y, ones) = heapq.heappop(groups), heapq.heappop(groups)
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        heapq.heappush(groups, (x + y, zeros + ones))
    return words
