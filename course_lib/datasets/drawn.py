"""Images drawn by a seeded generator: what an image set's loader hands over when the set itself cannot be had.

Each function returns images (uint8) and labels (int64) to learn from, then to test on: so many of each, read-only, as
they are kept for the next call.
"""

from __future__ import annotations

import functools

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

SHAPES = ("disc", "square", "triangle", "ring", "cross", "diamond", "bar", "frame", "half disc", "checkers")
_COLOURS = {
    **{"red": (215, 40, 40), "orange": (240, 140, 30), "yellow": (240, 220, 60), "green": (50, 160, 60)},
    **{"cyan": (60, 200, 210), "blue": (40, 70, 210), "purple": (130, 50, 170), "pink": (245, 150, 190)},
    **{"white": (245, 245, 245), "black": (15, 15, 15)},
}
COLOURED = tuple(f"{colour} {shape}" for shape in SHAPES for colour in _COLOURS)

_APART = 6  # every sixth of scikit-learn's digits is kept for the test images only

# Ten kinds of clothes on a grid of 14 x 14, in Fashion-MNIST's order: a digit is how light a spot is, of nine.
_SILHOUETTES = """
..............|.....7777.....|..............|.....5..5.....|.....7777.....|..............|.....6..6.....|..............|......77......|.......8888...
..66..66..66..|.....7777.....|.....7..7.....|.....5555.....|...777..777...|..............|...66.66.66...|..............|.....7..7.....|.......8888...
.666666666666.|.....7777.....|...77777777...|.....5555.....|..7777..7777..|..............|..6666.66666..|..............|....7....7....|.......8888...
66666666666666|.....7777.....|..7777777777..|....555555....|..7777..7777..|..............|..66666.6666..|..............|....7....7....|.......8888...
66666666666666|.....7..7.....|..7777777777..|....555555....|..7777..7777..|.............7|..66666.6666..|..............|...7......7...|.......8888...
.6.66666666.6.|.....7..7.....|.777777777777.|.....5555.....|.77777..77777.|..........7..7|.666666.66666.|..............|.888888888888.|.......8888...
...66666666...|.....7..7.....|.77.777777.77.|.....5555.....|.77.77..77.77.|.......7..7..7|.66.666.666.66|.......77.....|.888888888888.|......88888...
...66666666...|.....7..7.....|.77.777777.77.|....555555....|.77.77..77.77.|....7...7..777|.66.666.666.66|......7777..77|.888888888888.|.....888888...
...66666666...|.....7..7.....|.77.777777.77.|....555555....|.77.77..77.77.|..7..7...77777|.66.666.666.66|....7777777777|.888888888888.|...88888888...
...66666666...|.....7..7.....|.77.777777.77.|...55555555...|.77.77..77.77.|.7777777777777|.66.666.666.66|.7777777777777|.888888888888.|.8888888888...
...66666666...|.....7..7.....|.77.777777.77.|...55555555...|.77.77..77.77.|77777777777777|.66.666.666.66|77777777777777|.888888888888.|88888888888...
...66666666...|.....7..7.....|....777777....|...55555555...|....77..77....|77777777777777|....666.666...|77777777777777|.888888888888.|88888888888...
...66666666...|.....7..7.....|....777777....|..5555555555..|....77..77....|..............|....666.666...|33333333333333|.888888888888.|33333333333...
..............|.....7..7.....|..............|..5555555555..|....77..77....|..............|..............|..............|..............|..............
"""


@functools.cache
def digits(train: int, test: int, seed: int = 0) -> Arrays:
    """Handwritten digits, images (rows, 28, 28): scikit-learn's 1,797 of 8 x 8 pixels, enlarged, turned and stretched.

    The test images come from digits that no training image comes from.
    """
    from sklearn.datasets import load_digits

    rng, raw = np.random.default_rng(seed), load_digits()
    made = []
    apart = np.arange(len(raw.target)) % _APART == 0
    for rows, count in ((~apart, train), (apart, test)):
        originals, labels = raw.data[rows].astype(np.float32) / 16, raw.target[rows]
        chosen = rng.integers(0, len(labels), count)
        ink = _vary(originals.reshape(-1, 8, 8), chosen, 1.6, rng)
        made += [ink, labels[chosen].astype(np.int64)]
    return _kept(made)


@functools.cache
def clothes(train: int, test: int, seed: int = 0) -> Arrays:
    """Silhouettes of ten kinds of clothes, images (rows, 28, 28), in Fashion-MNIST's order."""
    rng = np.random.default_rng(seed)
    rows = [[[int(c) if c != "." else 0 for c in part] for part in row.split("|")] for row in _SILHOUETTES.split()]
    originals = np.array(rows, np.float32).transpose(1, 0, 2) / 9
    made = []
    for count in (train, test):
        labels = rng.permutation(np.arange(count) % 10)
        made += [_vary(originals, labels, 1.0, rng), labels.astype(np.int64)]
    return _kept(made)


def _kept(arrays: list[np.ndarray]) -> Arrays:
    for array in arrays:
        array.setflags(write=False)  # the next call hands them over again
    return tuple(arrays)


def _vary(originals: np.ndarray, chosen: np.ndarray, contrast: float, rng: np.random.Generator) -> np.ndarray:
    """For each index in ``chosen`` a 28 x 28 image of that original, each hundred turned and stretched alike."""
    images = np.empty((len(chosen), 28, 28), np.uint8)
    padded = np.pad(originals, ((0, 0), (1, 1), (1, 1)))
    flat, side = padded.reshape(len(padded), -1), padded.shape[1]
    for start in range(0, len(chosen), 100):
        part = flat[chosen[start : start + 100]]
        v, u = _places(side, rng)
        corner = v.astype(int) * side + u.astype(int)
        down, right = (v % 1).astype(np.float32), (u % 1).astype(np.float32)
        ink = part[:, corner] * (1 - down) * (1 - right) + part[:, corner + 1] * (1 - down) * right
        ink += part[:, corner + side] * down * (1 - right) + part[:, corner + side + 1] * down * right
        ink = np.clip(contrast * ink - 0.25 * (contrast - 1), 0, 1)
        ink *= rng.uniform(0.7, 0.95, (len(part), 1)).astype(np.float32)
        ink *= 1 + 0.04 * rng.standard_normal(ink.shape, np.float32)
        images[start : start + 100] = (255 * np.minimum(ink, 1)).reshape(-1, 28, 28)
    return images


def _places(side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """For each of an image's 784 pixels the row and column in a padded original, turned and stretched by chance."""
    angle, shear = rng.normal(0, 0.09, 2)
    scale = rng.uniform(19.5, 22.5, 2) / (side - 2)
    centre = 13.5 + rng.normal(0, 0.5, 2)
    y, x = np.mgrid[:28, :28].reshape(2, -1) - centre[:, None]
    cos, sin, middle = np.cos(angle), np.sin(angle), (side - 1) / 2
    v = (cos * y - sin * x) / scale[0]
    u = (sin * y + cos * x) / scale[1] + shear * v
    return np.clip(v + middle, 0, side - 1.001), np.clip(u + middle, 0, side - 1.001)


@functools.cache
def scenes(train: int, test: int, coloured: bool = False, seed: int = 0) -> Arrays:
    """Scenes with one shape in front of a shaded background, images (rows, 3, 32, 32); labels index :data:`SHAPES`.

    If ``coloured``, the shape's colour counts too, and labels index :data:`COLOURED`.
    """
    rng = np.random.default_rng(seed)
    palette = np.array(list(_COLOURS.values()), np.float32)
    made = []
    for count in (train, test):
        shapes = rng.permutation(np.arange(count) % 100)
        shapes, colours = shapes // 10, shapes % 10
        images = np.empty((count, 3, 32, 32), np.uint8)
        for start in range(0, count, 2000):
            part = slice(start, start + 2000)
            images[part] = _paint(shapes[part], palette[colours[part]], rng)
        made += [images, (10 * shapes + colours if coloured else shapes).astype(np.int64)]
    return _kept(made)


def _paint(shapes: np.ndarray, colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One scene for each shape (n,) and colour (n, 3): (n, 3, 32, 32)."""
    n, span = len(shapes), np.arange(32, dtype=np.float32)

    def column(low: float, high: float) -> np.ndarray:
        return rng.uniform(low, high, (n, 1, 1)).astype(np.float32)

    angle, size = column(-0.4, 0.4), column(7, 11)
    y, x = span[:, None] - column(12, 19), span - column(12, 19)
    u, v = (np.cos(angle) * x + np.sin(angle) * y) / size, (np.cos(angle) * y - np.sin(angle) * x) / size
    images = rng.uniform(40, 215, (n, 3, 1, 1)).astype(np.float32) + np.zeros((n, 3, 32, 32), np.float32)
    images += (column(-2.5, 2.5) * (span[:, None] - 16) + column(-2.5, 2.5) * (span - 16))[:, None]
    mask = np.empty((n, 32, 32), bool)
    for kind in range(len(SHAPES)):
        rows = shapes == kind
        mask[rows] = _inside(kind, u[rows], v[rows])
    shade = 1 - 0.2 * np.clip(u + v, -1, 1)
    images = np.where(mask[:, None], colours[:, :, None, None] * shade[:, None], images)
    images += 10 * rng.standard_normal((n, 1, 32, 32), np.float32)
    return np.clip(images, 0, 255).astype(np.uint8)


def _inside(kind: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Where the shape is, in coordinates in which it goes from -1 to 1."""
    a, b, r = np.abs(u), np.abs(v), np.hypot(u, v)
    square = np.maximum(a, b) < 0.85
    match SHAPES[kind]:
        case "disc":
            return r < 1
        case "square":
            return square
        case "triangle":
            return (v < 0.8) & (a < 0.55 * (v + 1))
        case "ring":
            return (r < 1) & (r > 0.6)
        case "cross":
            return (np.minimum(a, b) < 0.3) & (np.maximum(a, b) < 1)
        case "diamond":
            return a + b < 1
        case "bar":
            return (a < 1) & (b < 0.35)
        case "frame":
            return square & (np.maximum(a, b) > 0.5)
        case "half disc":
            return (r < 1) & (v < 0)
        case _:
            return square & ((np.floor(2.4 * u) + np.floor(2.4 * v)) % 2 == 0)
