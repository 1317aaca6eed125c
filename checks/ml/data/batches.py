"""What must hold of ``minibatches``. Oracle: what must hold of any split."""

import numpy as np

from checks.language import Piece
from checks.ml.data.shared import KINDS, SCRATCH, SONGS, UNEQUAL, draws, labelled, seed_of, wrong_parts


def batch_sizes(rng):
    for case, size in zip(labelled(rng), (1, 4, 2, 3, 20, 20)):
        yield case | dict(batch_size=size)
    yield dict(X=SONGS, y=np.eye(2)[KINDS], batch_size=1, seed=seed_of(rng))


def wrong_batches(got, X, y, batch_size):
    if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in got):
        return "each batch is to be a pair (X_batch, y_batch)"
    sizes = [len(pair[0]) for pair in got]
    full, rest = divmod(len(X), batch_size)
    if sizes != [batch_size] * full + [rest] * (rest > 0):
        return f"the batches have {sizes} rows"
    return wrong_parts(got, X, y)


batches = Piece("ml.data:minibatches", forbid=SCRATCH)
batches.asks(
    "list(minibatches(X, y, batch_size, rng=np.random.default_rng(seed)))",
    "batches of batch_size rows (the last may be smaller) that have each row once",
    cases=batch_sizes,
    accept=wrong_batches,
)
ONE_BY_ONE = "tuple(int(i) for _, part in minibatches(X, y, 2, rng=rng) for i in part)"
draws(batches, ONE_BY_ONE, 24, np.arange(4), np.arange(60))
batches.asks(
    "next(minibatches(X, y, batch_size, rng=np.random.default_rng(0)))",
    "batches without rows are refused, and so are X and y of different lengths",
    cases=[dict(X=SONGS, y=KINDS, batch_size=size) for size in (0, -2)] + [dict(c, batch_size=8) for c in UNEQUAL],
    raises="ValueError",
)
batches.asks(
    """
    refused = minibatches(X, y, 0, rng=np.random.default_rng(0))
    batches = minibatches(X, y, 4, rng=np.random.default_rng(0))
    [len(next(batches)[1]), [len(part) for _, part in batches]]
    """,
    "one batch at a time, and nothing is done (or refused) before the first one is asked for",
    cases=[dict(X=SONGS, y=KINDS)],
    answer=lambda X, y: [4, [2]],
)
LOOP = "for first in range(0, len(X), batch_size):\n        rows = order[first : first + batch_size]"
batches.mistake("return ends the function with the first batch; yield hands it out and goes on.", "yield", "return")
batches.mistake(
    "All batches are made in the call; with yield, each is made when it is asked for.",
    f"{LOOP}\n        yield X[rows], y[rows]",
    "parts = np.split(order, range(batch_size, len(X), batch_size))\n    return [(X[rows], y[rows]) for rows in parts]",
)
batches.mistake("The rows come in the table's order: shuffle first.", "rng.permutation(len(X))", "np.arange(len(X))")
batches.mistake(
    "The rows left over at the end never come.", "(0, len(X), batch_size)", "(0, len(X) - batch_size + 1, batch_size)"
)
batches.mistake("The rows are shuffled and the labels are not.", "y[rows]", "y[first : first + batch_size]")
batches.mistake(
    "batch_size counts the rows of a batch, not the batches.",
    LOOP,
    "for rows in np.array_split(order, batch_size):",
)
batches.hint("Shuffle the row numbers once. Then walk over them in steps of batch_size: `range(0, n, batch_size)`.")
batches.hint("Inside the loop, `yield` a pair: it hands the batch out, and the loop goes on when the next is wanted.")
batches.hint("A slice that runs past the end is simply shorter, so the last batch takes care of itself.")
