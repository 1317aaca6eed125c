"""What must hold of ``ResidualBlock.backward``. Oracle: complex steps."""

import numpy as np

from checks.language import Piece
from checks.neural.layers.shared import array, slopes


def blocks(rng):
    one = [np.array([[1.0]]), np.zeros(1), np.array([[3.0]]), np.zeros(1)]
    yield dict(values=one, x=np.array([[2.0]]), dy=np.array([[10.0]]))
    yield dict(values=[*one[:2], np.zeros((1, 1)), one[3]], x=np.array([[2.0]]), dy=np.array([[10.0]]))
    for n, n_in, n_out in ((2, 3, 3), (3, 2, 4), (4, 3, 1)):
        shapes = [(n_in, n_out), (n_out,), (n_out, n_out), (n_out,)] + [(n_in, n_out), (n_out,)] * (n_in != n_out)
        yield dict(values=[array(rng, *s) for s in shapes], x=rng.normal(size=(n, n_in)), dy=array(rng, n, n_out))


def block_output(x, W, b, V, c, *skip):
    inner = x @ W + b
    branch = inner * (inner.real > 0) @ V + c
    return branch + (x @ skip[0] + skip[1] if skip else x)


BLOCK = """
    block = ResidualBlock(x.shape[1], dy.shape[1])
    for array, value in zip(block.params, values):
        array[...] = value
    block(x)
"""
residual = Piece("neural.layers:ResidualBlock.backward")
residual.asks(
    BLOCK + "    block.backward(dy)",
    "the slopes for the input",
    cases=blocks,
    answer=lambda values, x, dy: slopes(block_output, [x, *values], dy)[0],
)
residual.asks(
    BLOCK + "    block.backward(dy)\n    [*block.grads, dy]",
    "the slopes for the parameters of branch and skip; dy is as it was",
    cases=blocks,
    answer=lambda values, x, dy: [*slopes(block_output, [x, *values], dy)[1:], dy],
)
SKIP = "(self.skip.backward(dy) if self.skip else dy)"
residual.mistake(
    "The skip's slopes are missing: x reaches the output on two ways, and the slopes of both add up.",
    f"return through + {SKIP}",
    "if self.skip:\n        self.skip.backward(dy)\n    return through",
)
residual.mistake("With a skip that is a layer, dy has to go back through that layer.", SKIP, "dy")
shortcut = "(dy @ self.skip.weight.T if self.skip else dy)"
residual.mistake("The skip's own grads are not set: call its backward.", SKIP, shortcut)
residual.mistake("self.skip is None where the sizes are equal: dy itself is added.", SKIP, "self.skip.backward(dy)")
residual.mistake("Branch and skip both get dy, not one what the other returned.", SKIP, SKIP.replace("dy", "through"))
one_line = f"return self.branch.backward(dy) + {SKIP[1:-1]}"
residual.mistake("Python reads `(a + b) if c else d`: put parentheses around the choice.", one_line)
residual.hint("In a sum, every part gets the slopes of the sum.")
residual.hint("x is used twice, by branch and by skip: what comes back from both is added.")
