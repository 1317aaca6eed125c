"""What must hold of ``huffman_code``. Oracle: exact fractions."""

import math
from fractions import Fraction

from checks.foundations.information.shared import NOT_DISTRIBUTIONS, PLAIN, shares, with_zero
from checks.language import Piece


def least_average(p):
    """The average length of an optimal code: all the sums that Huffman's method makes, added up (exactly)."""
    groups, total = sorted(Fraction(x) for x in p), Fraction(0)
    while len(groups) > 1:
        merged = groups[0] + groups[1]
        total += merged
        groups = sorted([*groups[2:], merged])
    return float(total)


def good_code(got, p):
    if type(got) is not list or len(got) != len(p) or not all(type(word) is str for word in got):
        return f"a list of {len(p)} strings is wanted"
    for word in got:
        if not word or set(word) - {"0", "1"}:
            return f"the word {word!r} is not made of zeros and ones"
    words = sorted(got)
    for a, b in zip(words, words[1:]):
        if b.startswith(a):
            return f"{a!r} is the beginning of {b!r}: sent without gaps, they cannot be told apart"
    average = math.fsum(x * len(word) for x, word in zip(p, got))
    least = least_average(p) if len(p) > 1 else 1.0
    if average > least + 1e-9:
        return f"its average length is {average:.6g}; {least:.6g} is possible"
    return None


def sources(rng):
    yield dict(p=[0.5, 0.5])
    yield dict(p=[0.5, 0.2, 0.3])
    yield dict(p=[0.25, 0.25, 0.25, 0.25])
    yield dict(p=[0.1, 0.2, 0.3, 0.4])
    yield dict(p=[0.5, 0.25, 0.125, 0.125])
    yield dict(p=[0.3, 0.3, 0.2, 0.2])
    yield dict(p=[0.2] * 5)
    for n in (4, 6, 9, 13):
        yield dict(p=shares(rng, n))


PREFIX_FREE = "a word for each outcome, none the beginning of another, as short as can be on average"

huffman_code = Piece("foundations.information:huffman_code", forbid=PLAIN)
huffman_code.asks(
    "huffman_code(p)", PREFIX_FREE, cases=sources, accept=good_code, expected="a code of least average length"
)
huffman_code.asks(
    "huffman_code(p)",
    "outcomes of probability 0 have their word too",
    cases=lambda rng: [dict(p=[0.5, 0, 0.5]), dict(p=[0, 0, 1]), dict(p=with_zero(rng, 6))],
    accept=good_code,
    expected="a code of least average length",
)
huffman_code.asks(
    "huffman_code(p)", "a single outcome gets the word 0", cases=[dict(p=[1]), dict(p=[1.0])], answer=lambda: ["0"]
)
huffman_code.asks(
    "huffman_code(p)",
    "what is not a distribution is refused",
    cases=[dict(p=p) for p in [[0.5], *NOT_DISTRIBUTIONS]],
    raises="ValueError",
)
huffman_code.mistake(
    "New digits go in front of a word: the last groups to be joined are told apart by the first digit.",
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
            words[i] += "0"
        for i in ones:
            words[i] += "1"
        heapq.heappush(groups, (x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "You join the likeliest groups: the least likely come first, and end up with the longest words.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = [(x, [i]) for i, x in enumerate(p)]
    while len(groups) > 1:
        groups.sort()
        (x, zeros), (y, ones) = groups.pop(), groups.pop()
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        groups.append((x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "Joined groups are not put back in order: look for the two least probable anew each time.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = sorted((x, [i]) for i, x in enumerate(p))
    while len(groups) > 1:
        (x, zeros), (y, ones), *groups = groups
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        groups.append((x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "A joined group is put back in front of all others, as if it were the least: sort again in each round.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = sorted((x, [i]) for i, x in enumerate(p))
    while len(groups) > 1:
        (x, zeros), (y, ones), *groups = groups
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        groups.insert(0, (x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "Only the first outcome of a group gets its digit: all of them need it.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = [(x, [i]) for i, x in enumerate(p)]
    while len(groups) > 1:
        groups.sort()
        (x, zeros), (y, ones), *groups = groups
        words[zeros[0]] = "0" + words[zeros[0]]
        words[ones[0]] = "1" + words[ones[0]]
        groups.append((x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "A joined group's probability is the sum of both, not the larger one.", "x + y, zeros", "max(x, y), zeros"
)
huffman_code.mistake(
    "A single outcome gets an empty word, which cannot be sent: it is to be 0.",
    """
    require_distribution(p)
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
    """,
)
huffman_code.mistake("Nothing refuses numbers that are no distribution.", "require_distribution(p)", "pass")
huffman_code.hint("Do the lesson's example on paper again, and write down what you keep from one round to the next.")
huffman_code.hint("Keep a list of groups, each a pair of a probability and a list of outcomes: `(0.2, [1])`.")
huffman_code.hint(
    "In each round: sort, take the two first groups off, lengthen the words of their outcomes, append the joined group."
)
huffman_code.hint('`words[i] = "0" + words[i]` puts a digit in front. `zeros + ones` joins two lists of outcomes.')
