"""Sets of images, in the two parts that their authors have cut them into.

If a set cannot be had, images of the same shapes and dtypes are drawn instead (:mod:`course_lib.datasets.drawn`), a
line on stderr says so, and ``source`` begins with ``"stand-in"``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from course_lib.datasets import drawn, files
from course_lib.datasets.dataset import Dataset, Splits
from course_lib.datasets.entries import DataError, Entry, registry

_DIGITS = tuple("0123456789")
_CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
_THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def load_mnist() -> Splits:
    """MNIST: handwritten digits, 60,000 to learn from and 10,000 to test on.

    ``train.features`` is uint8, (60000, 28, 28), from 0 (paper) to 255 (ink); ``train.target`` holds ints from 0 to 9.
    ``test`` is the same with 10,000 rows. The stand-in are scikit-learn's digits of 8 x 8 pixels, enlarged and varied.

    Raises
    ------
    DataError: a file is there but wrong; it is named, with what to do.
    """
    return _idx_set("mnist", _DIGITS, drawn.digits, "scikit-learn's digits of 8 x 8 pixels, enlarged and varied")


def load_fashion_mnist() -> Splits:
    """Fashion-MNIST: pictures of clothes of ten kinds, 60,000 to learn from and 10,000 to test on.

    Shapes and dtypes are MNIST's: uint8 images (rows, 28, 28), from 0 (background) to 255, and ints from 0 to 9 that
    index ``target_names``. The stand-in are silhouettes of the same ten kinds.

    Raises
    ------
    DataError: a file is there but wrong; it is named, with what to do.
    """
    return _idx_set("fashion-mnist", _CLOTHES, drawn.clothes, "drawn silhouettes of clothes")


def load_cifar10() -> Splits:
    """CIFAR-10: colour photographs of ten kinds of things, 50,000 to learn from and 10,000 to test on.

    ``train.features`` is uint8, (50000, 3, 32, 32): channels first, as PyTorch and this course's convolutions have it,
    in the order red, green, blue; ``features[i].transpose(1, 2, 0)`` is what Matplotlib draws. ``train.target`` holds
    ints from 0 to 9. The stand-in are scenes with one of ten shapes in them, and ``target_names`` are the shapes'.

    Raises
    ------
    DataError: a file is there but wrong; it is named, with what to do.
    """
    entry = registry()["cifar10"]
    found = files.obtain(entry)
    if found is None:
        return _drawn(entry, drawn.scenes(*entry.splits.values()), drawn.SHAPES, "drawn scenes with a shape in each")
    parts = []
    for names in ([f"data_batch_{i}.bin" for i in range(1, 6)], ["test_batch.bin"]):
        raw = _records(b"".join(found.contents[name] for name in names), 1, (10,), f"{names[0]} in {found.path}")
        parts += [np.array(raw[:, 1:]).reshape(-1, 3, 32, 32), raw[:, 0].astype(np.int64)]
    return _splits(entry, parts, _THINGS, found.source(entry), found.path)


def load_cifar100(coarse: bool = False) -> Splits:
    """CIFAR-100: colour photographs of 100 kinds of things, 50,000 to learn from and 10,000 to test on.

    Shapes and dtypes are those of :func:`load_cifar10`; ``target`` holds ints from 0 to 99, or from 0 to 19, the group
    of five kinds, if ``coarse``. The stand-in are scenes with ten shapes in ten colours.

    Raises
    ------
    DataError: a file is there but wrong; it is named, with what to do.
    """
    entry = registry()["cifar100"]
    found = files.obtain(entry)
    if found is None:
        names, groups = drawn.COLOURED, np.arange(100) // 5
        x, y, x_test, y_test = drawn.scenes(*entry.splits.values(), coloured=True)
        if coarse:
            names = tuple(f"{names[5 * i]} to {names[5 * i + 4]}" for i in range(20))
            y, y_test = groups[y], groups[y_test]
        return _drawn(entry, (x, y, x_test, y_test), names, "drawn scenes with a coloured shape in each")
    parts = []
    for name in ("train.bin", "test.bin"):
        raw = _records(found.contents[name], 2, (20, 100), f"{name} in {found.path}")
        parts += [np.array(raw[:, 2:]).reshape(-1, 3, 32, 32), raw[:, 0 if coarse else 1].astype(np.int64)]
    names = tuple(found.contents[f"{'coarse' if coarse else 'fine'}_label_names.txt"].decode().split())
    if len(names) != (20 if coarse else 100):
        raise DataError(f"{found.path} has names of {len(names)} kinds: put a whole copy in its place")
    return _splits(entry, parts, names, found.source(entry), found.path)


def _idx_set(name: str, names: tuple[str, ...], draw, what: str) -> Splits:
    """A set of four files in MNIST's format, in the registry's order: images and labels, to learn from and to test."""
    entry = registry()[name]
    found = files.obtain(entry)
    if found is None:
        return _drawn(entry, draw(*entry.splits.values()), names, what)
    arrays = [_idx(found.contents[file.members[0].name], f"{file.name} in {found.path}") for file in entry.files]
    return _splits(entry, arrays, names, found.source(entry), found.path)


def _idx(raw: bytes, where: str) -> np.ndarray:
    """The array in an IDX file: two zero bytes, 8 for uint8, the number of axes, their lengths, the data."""
    axes = raw[3] if raw[:3] == b"\0\0\x08" else 0
    shape = tuple(int(n) for n in np.frombuffer(raw[4 : 4 + 4 * axes], ">u4")) if len(raw) >= 4 + 4 * axes else ()
    if not axes or len(shape) != axes or len(raw) != 4 + 4 * axes + math.prod(shape):
        raise DataError(f"{where} does not hold an IDX array of bytes: delete it, or put a whole copy in its place")
    data = np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)
    return data.copy() if axes > 1 else data.astype(np.int64)


def _records(raw: bytes, labels: int, kinds: tuple[int, ...], where: str) -> np.ndarray:
    """CIFAR's records, (rows, labels + 3072): label bytes, then 32 x 32 bytes of red, of green and of blue."""
    data = np.frombuffer(raw, np.uint8).reshape(-1, labels + 3072)
    if (data[:, :labels] >= kinds).any():
        raise DataError(f"{where} has labels that CIFAR does not have: delete it, or put a whole copy in its place")
    return data


def _drawn(entry: Entry, arrays, names: tuple[str, ...], what: str) -> Splits:
    """A stand-in; the arrays are kept for the next time, so they are handed over as copies."""
    return _splits(entry, [array.copy() for array in arrays], names, f"stand-in: {what} (seed 0)", Path())


def _splits(entry: Entry, arrays, names: tuple[str, ...], source: str, path: Path) -> Splits:
    parts = []
    for (split, rows), x, y in zip(entry.splits.items(), arrays[::2], arrays[1::2]):
        if not len(x) == len(y) == rows or (y >= len(names)).any():
            raise DataError(
                f"the {split} part in {path} has {len(x)} images and {len(y)} labels up to {y.max()}, not {rows}: "
                "delete it, or put a whole copy in its place"
            )
        parts.append(Dataset(entry.name, x, y, (), names, entry.unit, source, entry.licence, entry.citation))
    return Splits(entry.name, *parts)
