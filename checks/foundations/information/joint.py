"""What must hold of ``marginals`` and ``mutual_information``. Oracles: SciPy, NumPy."""

import math

import numpy as np
from scipy.stats import entropy as scipy_entropy

from checks.foundations.information.shared import PLAIN, shares
from checks.language import Piece


def tables(rng):
    yield dict(table=[[1.0]])
    yield dict(table=[[0.5, 0], [0, 0.5]])
    yield dict(table=[[0.5, 0.25, 0], [0.125, 0, 0.125]])
    yield dict(table=[[0.25, 0.5, 0.25]])
    yield dict(table=[[0.25], [0.75]])
    for m, n in ((2, 3), (3, 2), (4, 3)):
        yield dict(table=np.reshape(shares(rng, m * n), (m, n)).tolist())


RAGGED = [
    dict(table=[[0.5, 0.25], [0.25]]),
    dict(table=[[0.25], [0.5, 0.25]]),
    dict(table=[[0.5, 0], [0.25, 0], [0.25]]),
    dict(table=[[0.25, 0.25], [0.25], [0.125, 0.125]]),
    dict(table=[[0.25, 0.25], [0.25], [0, 0.125, 0.125]]),
]

marginals = Piece("foundations.information:marginals", forbid=PLAIN)
marginals.asks(
    "marginals(table)",
    "the sums of the rows, then of the columns",
    cases=tables,
    answer=lambda table: (np.sum(table, axis=1).tolist(), np.sum(table, axis=0).tolist()),
)
marginals.asks(
    "marginals(table)",
    "a table of counts is added up in the same way",
    cases=[dict(table=[[3, 1]]), dict(table=[[3, 1, 0], [2, 0, 5]])],
    answer=lambda table: (np.sum(table, axis=1).tolist(), np.sum(table, axis=0).tolist()),
)
marginals.asks("marginals(table)", "rows of different lengths are refused", cases=RAGGED, raises="ValueError")
marginals.mistake(
    "Rows and columns have changed places: the sums of the rows come first.",
    "[sum(row) for row in table], [sum(column) for column in zip(*table)]",
    "[sum(column) for column in zip(*table)], [sum(row) for row in table]",
)
marginals.mistake(
    "zip cuts all rows down to the shortest without a word: compare their lengths first.",
    """
    return [sum(row) for row in table], [sum(column) for column in zip(*table)]
    """,
)
marginals.mistake(
    "You averaged; a marginal probability is a sum.",
    """
    for row in table:
        if len(row) != len(table[0]):
            raise ValueError(f"a row of {len(row)} entries among rows of {len(table[0])}")
    return [sum(row) / len(row) for row in table], [sum(column) / len(column) for column in zip(*table)]
    """,
)
marginals.mistake(
    "The sums are right, but they are to stand in two lists, not in two tuples.",
    "return [sum(row) for row in table], [sum(column) for column in zip(*table)]",
    "return tuple(sum(row) for row in table), tuple(sum(column) for column in zip(*table))",
)
marginals.mistake(
    "You divided by the total: the sums are wanted as they are, in a table of counts too.",
    "return [sum(row) for row in table], [sum(column) for column in zip(*table)]",
    "total = sum(map(sum, table))\n"
    "    return [sum(row) / total for row in table], [sum(column) / total for column in zip(*table)]",
)
marginals.mistake(
    "Only the last row's length is compared with the first one's: a row between them may differ too.",
    """
    if len(table[-1]) != len(table[0]):
        raise ValueError(f"a row of {len(table[-1])} entries among rows of {len(table[0])}")
    return [sum(row) for row in table], [sum(column) for column in zip(*table)]
    """,
)
marginals.mistake("The second list sums the rows again: the columns are wanted.", "zip(*table)", "table")
marginals.hint("First compare the lengths of the rows; then add up along the rows, and along the columns.")
marginals.hint("`zip(*table)` walks over the columns.")
marginals.hint("Two comprehensions with a comma between them make a tuple of two lists.")


def joint(table, base=2):
    """Mutual information as H(rows) + H(columns) - H(both), by SciPy."""
    p = np.array(table, float)
    h = [scipy_entropy(x, base=base) for x in (p.sum(axis=1), p.sum(axis=0), p.ravel())]
    return float(h[0] + h[1] - h[2])


def independent(rng):
    yield dict(rows=[0.5, 0.5], columns=[0.5, 0.25, 0.25])
    yield dict(rows=[1.0], columns=[0.25, 0.75])
    for m, n in ((2, 2), (3, 2)):
        yield dict(rows=shares(rng, m), columns=shares(rng, n))


mutual_information = Piece("foundations.information:mutual_information", forbid=PLAIN)
mutual_information.asks(
    "mutual_information(table)", "in bits, unless a base is given", cases=tables, answer=lambda table: joint(table)
)
mutual_information.asks(
    "mutual_information(table, base)",
    "to another base",
    cases=lambda rng: [
        dict(table=[[0.5, 0], [0, 0.5]], base=math.e),
        dict(table=np.reshape(shares(rng, 6), (3, 2)).tolist(), base=10),
    ],
    answer=joint,
)
mutual_information.asks(
    "table = [[r * c for c in columns] for r in rows]\nmutual_information(table)",
    "things that are independent tell nothing about each other",
    cases=independent,
    answer=lambda: 0.0,
)
mutual_information.asks(
    "mutual_information(table)",
    "entries that are no distribution together are refused",
    cases=[
        dict(table=[[3, 1], [1, 3]]),
        dict(table=[[0.5, 0.5], [0.5, 0.5]]),
        dict(table=[[0.75, -0.25], [0.25, 0.25]]),
    ],
    raises="ValueError",
)
mutual_information.asks(
    "mutual_information(table)", "rows of different lengths are refused", cases=RAGGED, raises="ValueError"
)
mutual_information.mistake(
    "The arguments of the divergence have changed places: the truth, the table, comes first.",
    "together, apart, base",
    "apart, together, base",
)
mutual_information.mistake("The base is not handed on.", "together, apart, base", "together, apart")
mutual_information.mistake(
    "This is the entropy of both together, not what they share.",
    "kl_divergence(together, apart, base)",
    "entropy(together, base)",
)
mutual_information.mistake(
    "The products stand in another order than the table's entries: row by row, and in a row column by column.",
    "for r in rows for c in columns",
    "for c in columns for r in rows",
)
mutual_information.mistake(
    "This is the cross-entropy of the table and the product: take off the table's entropy, as the divergence does.",
    "kl_divergence(together, apart, base)",
    "cross_entropy(together, apart, base)",
)
mutual_information.mistake(
    "This is what stays unknown of the columns, H(both) - H(rows); wanted is how much less than H(columns) that is.",
    "kl_divergence(together, apart, base)",
    "entropy(together, base) - entropy(rows, base)",
)
mutual_information.mistake(
    "You compared the two marginals with each other: compare the table with their products.",
    "kl_divergence(together, apart, base)",
    "kl_divergence(rows, columns, base)",
)
mutual_information.mistake(
    "You compared the table with an even spread: compare it with the products of its marginals.",
    "[r * c for r in rows for c in columns]",
    "[1 / len(together)] * len(together)",
)
mutual_information.mistake(
    "math.log refuses 0: an entry of 0 adds nothing, and is to be left out.",
    """
    rows, columns = marginals(table)
    require_distribution([x for row in table for x in row])
    return sum(
        x * math.log(x / (r * c), base) for row, r in zip(table, rows) for x, c in zip(row, columns)
    )
    """,
)
mutual_information.mistake(
    "One size is used for rows and columns: a table need not be square.",
    """
    rows, columns = marginals(table)
    size = range(len(table))
    together = [table[i][j] for i in size for j in size]
    apart = [rows[i] * columns[j] for i in size for j in size]
    return kl_divergence(together, apart, base)
    """,
)
mutual_information.hint("Your `marginals` and your `kl_divergence` do the work, and the refusing.")
mutual_information.hint("`kl_divergence` wants two plain lists: lay the rows of the table end to end.")
mutual_information.hint("The list of products must be in the same order: for each row's sum, each column's.")
