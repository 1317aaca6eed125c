"""What must hold of convolutions and pooling, forward and backward. Oracles: plain loops, unit steps."""

import numpy as np

from checks.language import Piece
from checks.neural.graph.shared import by_unit_steps, numbers

ROW = dict(x=np.array([1.0, 2.0, 0.0, 3.0, 3.0]).reshape(1, 5, 1), k=np.array([-1.0, 1.0]).reshape(1, 2, 1, 1))
SIZES = [
    ((3, 3, 1), (2, 2, 1, 1)),
    ((3, 4, 2), (1, 1, 2, 3)),
    ((4, 5, 2), (2, 3, 2, 3)),
    ((5, 4, 3), (3, 1, 3, 2)),
    ((3, 5, 1), (3, 3, 1, 2)),
    ((2, 3, 2), (2, 3, 2, 1)),
]


def slid(x, k):
    """The definition, window by window."""
    n, m, _, depth = k.shape
    result = np.zeros((x.shape[0] - n + 1, x.shape[1] - m + 1, depth))
    for i, j, d in np.ndindex(result.shape):
        result[i, j, d] = (x[i : i + n, j : j + m] * k[..., d]).sum()
    return result


PIXELS = [
    dict(x=np.array([[[1.0, 2.0], [3.0, 4.0]]]), k=np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 2, 2, 1)),
    dict(x=np.array([[[1.0, 2.0]]]), k=np.arange(1.0, 7.0).reshape(1, 1, 2, 3)),
]


def images_and_kernels(rng):
    yield from (ROW, *PIXELS)
    for x, k in SIZES:
        yield dict(x=numbers(rng, *x), k=numbers(rng, *k))


def with_gradients(rng):
    yield dict(gradient=np.array([2.0, 1.0, -1.0, 4.0]).reshape(1, 4, 1), **ROW)
    yield dict(gradient=np.ones((1, 1, 1)), x=np.full((1, 1, 1), 3.0), k=np.full((1, 1, 1, 1), 2.0))
    yield dict(gradient=np.array([[[2.0]]]), **PIXELS[0])
    yield dict(gradient=np.array([[[1.0, 0.0, 2.0]]]), **PIXELS[1])
    yield dict(gradient=np.ones((2, 2, 1)), x=np.arange(9.0).reshape(3, 3, 1), k=np.ones((2, 2, 1, 1)))
    for (height, width, c), k in SIZES:
        shape = (height - k[0] + 1, width - k[1] + 1, k[3])
        yield dict(gradient=numbers(rng, *shape), x=numbers(rng, height, width, c), k=numbers(rng, *k))


conv = Piece("neural.graph:conv2d_forward")
conv.asks("conv2d_forward(x, k)", "the kernel's answer in every window", cases=images_and_kernels, answer=slid)
conv.mistake("The kernel is turned by half a turn.", "rows @ k", "rows @ k[::-1, ::-1]")
conv.mistake("Rows and columns of the kernel have changed places.", "(2, 0, 1, 3)", "(2, 1, 0, 3)")
conv.mistake(
    "A window's numbers and a kernel's are in different orders: put the kernel's channels first, as in the windows.",
    "k.transpose(2, 0, 1, 3)",
    "k",
)
conv.mistake("Add up over all channels, not the first alone.", "rows @ k", "rows[..., : n * m] @ k[:, :, :1]")
conv.mistake("Output channel d has a kernel of its own, k[..., d].", "rows @ k", "rows @ (0 * k + k[..., :1])")
conv.hint("The sum runs over the three axes of a window and the same three of the kernel.")
conv.hint("Make every window a row of numbers and every kernel a column, in one order: the rest is a matrix product.")

conv_back = Piece("neural.graph:conv2d_backward")
conv_back.asks(
    "to_x, to_k = conv2d_backward(gradient, x, k)\n[to_x, to_k]",
    "the shares of the image and of the kernel",
    cases=with_gradients,
    answer=lambda gradient, x, k: by_unit_steps(slid, gradient, x, k),
)
WINDOWS = """
to_x, to_k = np.zeros(x.shape), np.zeros(k.shape)
for i, j in np.ndindex(gradient.shape[:2]):
    seen = np.s_[i : i + k.shape[0], j : j + k.shape[1]]
    to_x[seen] {} k @ gradient[i, j]
    to_k[:] {} x[seen][..., None] * gradient[i, j]
return to_x, to_k
"""
conv_back.mistake("Windows overlap: to a pixel, each adds its share, with +=.", WINDOWS.format("=", "+="))
conv_back.mistake("Every window adds to the share of the kernel: +=, not =.", WINDOWS.format("+=", "="))
conv_back.mistake("Windows overlap: a pixel gets a share from each that it lies in.", "to_x[seen] +=", "to_x[seen] =")
conv_back.mistake("A reshape doesn't swap axes as .T does.", "k[a, b].T", "k[a, b].reshape(k.shape[:1:-1])")
conv_back.mistake(
    "What went out through k[a, b] comes back through it: don't turn the kernel.", "[a, b].T", "[-1 - a, -1 - b].T"
)
conv_back.mistake("The kernel's share is turned by half a turn.", "to_k[a, b]", "to_k[-1 - a, -1 - b]")
conv_back.mistake("To the image, hand on kernels times gradients.", "gradient @", "np.ones_like(gradient) @")
conv_back.mistake("To the kernel, weigh windows by gradients.", "x[seen], gradient", "x[seen], np.ones_like(gradient)")
conv_back.hint("Take forward's sum, and ask of every product in it: which entry of the result did it go into?")
conv_back.hint("For each window (i, j): to_x in that window grows by kernels times gradient[i, j], and so does to_k.")
conv_back.hint("Faster: loop over a and b alone. k[a, b] meets all pixels x[a : a + height, b : b + width].")


def to_be_pooled(rng):
    yield dict(x=np.array([[1.0, 5.0], [4.0, 2.0]])[:, :, None])
    yield dict(x=np.full((2, 4, 1), 3.0))
    yield dict(x=np.array([[-1.0, -5.0, 9.0], [-4.0, -2.0, 9.0], [9.0, 9.0, 9.0]])[:, :, None])
    for shape in ((2, 6, 1), (6, 4, 2), (5, 4, 3), (4, 7, 2), (3, 3, 5)):
        yield dict(x=numbers(rng, *shape))


def pooled(x):
    result = np.zeros((x.shape[0] // 2, x.shape[1] // 2, x.shape[2]))
    for i, j, c in np.ndindex(result.shape):
        result[i, j, c] = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c].max()
    return result


pool = Piece("neural.graph:maxpool2d_forward")
pool.asks(
    "maxpool2d_forward(x)", "the largest number of each 2 by 2 block, by channel", cases=to_be_pooled, answer=pooled
)
pool.mistake("This is the mean of a block.", "blocks.max(", "blocks.mean(")
pool.mistake(
    "These are other groups of four than the blocks: reshape to (rows, 2, columns, 2, channels).",
    """
    height, width, channels = x.shape[0] // 2, x.shape[1] // 2, x.shape[2]
    return x[: 2 * height, : 2 * width].reshape(height, width, 4, channels).max(axis=2)
    """,
)
pool.mistake(
    "Your windows overlap: the next block begins two pixels further on.",
    """
    pairs = np.maximum(x[:-1], x[1:])
    return np.maximum(pairs[:, :-1], pairs[:, 1:])[: x.shape[0] // 2, : x.shape[1] // 2]
    """,
)
pool.mistake("An odd row or column at the end belongs to no block: leave it out.", "x[: 2 * height, : 2 * width]", "x")
pool.mistake("Each channel is pooled by itself.", "max(axis=(1, 3))", "max(axis=(1, 3, 4))[..., None] + 0 * x[0, 0]")
pool.hint("`x[::2]` takes every second row. The largest of four arrays is what is wanted, if they have equal shapes.")
pool.hint("Or reshape to (rows of blocks, 2, columns of blocks, 2, channels), and let max make two axes vanish.")


def pooled_with_gradients(rng):
    yield dict(gradient=np.full((1, 1, 1), 7.0), x=np.array([[1.0, 5.0], [5.0, 2.0]])[:, :, None])
    yield dict(gradient=np.full((1, 1, 1), 7.0), x=np.array([[1.0, 2.0], [5.0, 4.0]])[:, :, None])
    yield dict(gradient=np.array([[3.0, -2.0]])[:, :, None], x=np.zeros((2, 4, 1)))
    yield dict(gradient=np.full((1, 1, 1), 7.0), x=np.arange(9.0).reshape(3, 3, 1))
    for shape in ((2, 6, 1), (6, 4, 2), (5, 4, 3), (4, 7, 2), (3, 3, 5)):
        gradient = numbers(rng, shape[0] // 2, shape[1] // 2, shape[2])
        yield dict(gradient=gradient, x=numbers(rng, *shape))
        yield dict(gradient=gradient, x=rng.integers(-2, 1, shape).astype(float))


def first_of_the_largest(gradient, x):
    to_x = np.zeros(x.shape)
    for i, j, c in np.ndindex(gradient.shape):
        block = [(2 * i + a, 2 * j + b, c) for a in (0, 1) for b in (0, 1)]
        to_x[max(block, key=lambda place: x[place])] = gradient[i, j, c]  # max returns the first of equals
    return to_x


pool_back = Piece("neural.graph:maxpool2d_backward")
pool_back.asks(
    "len(maxpool2d_backward(gradient, x))",
    "how many shares the tuple holds: one, for the one input",
    cases=pooled_with_gradients,
    answer=lambda: 1,
)
pool_back.asks(
    "maxpool2d_backward(gradient, x)[0]",
    "the gradient of each block at its first largest number, 0 elsewhere",
    cases=pooled_with_gradients,
    answer=first_of_the_largest,
)
pool_back.mistake(
    "If several numbers of a block are equally large, only the first of them gets the gradient.",
    """
    to_x = np.zeros(x.shape)
    for i, j, c in np.ndindex(gradient.shape):
        block = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        to_x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c] = gradient[i, j, c] * (block == block.max())
    return (to_x,)
    """,
)
pool_back.mistake(
    "Of equals the first is meant, not the last.", ".argmax(axis=3)", "[..., ::-1].argmax(axis=3) * -1 + 3"
)
pool_back.mistake(
    "Row and column have changed places inside the block.",
    "i + winner // 2, 2 * j + winner %",
    "i + winner % 2, 2 * j + winner //",
)
pool_back.mistake(
    "Of equals, the upper right comes before the lower left: reading order goes along the rows.",
    ".argmax(axis=3)",
    "[..., [0, 2, 1, 3]].argmax(axis=3)\n    winner = np.array([0, 2, 1, 3])[winner]",
)
pool_back.mistake(
    "An odd row of x has a share, too: 0.", "np.zeros(x.shape)", "np.zeros((2 * height, 2 * width, channels))"
)
pool_back.mistake(
    "Only the largest of four gets the gradient, not all.",
    "to_x[2 * i + winner // 2, 2 * j + winner % 2, c] = gradient",
    "to_x[: 2 * height, : 2 * width] = gradient.repeat(2, axis=0).repeat(2, axis=1)",
)
pool_back.mistake("The largest number gets the gradient of its block, not 1.", "c] = gradient", "c] = 1.0")
pool_back.hint("Which of the four is the largest? `argmax` says where, and of equals it names the first.")
pool_back.hint("Put the four numbers of every block side by side on a last axis, and take the argmax over that.")
pool_back.hint("Numbered 0 to 3 in reading order, `winner // 2` is the row in the block, `winner % 2` the column.")
