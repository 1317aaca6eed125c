"""What must hold of ``normalise_images``. Oracle: plain loops."""

import numpy as np

from checks.language import Piece


def pictures(rng):
    yield dict(images=np.array([[[0, 255], [51, 102]]], dtype=np.uint8), mean=0.0, std=255.0)
    yield dict(images=np.array([[[0, 255], [51, 102]]], dtype=np.uint8), mean=51, std=51)
    yield dict(images=np.array([[[7, 9, 8]], [[1, 2, 3]]], dtype=np.uint8), mean=np.float64(2.5), std=np.int64(4))
    for shape in ((1, 3, 2), (5, 2, 3), (3, 4, 4)):
        images = rng.integers(0, 256, size=shape).astype(np.uint8)
        yield dict(images=images, mean=float(rng.uniform(20, 200)), std=float(rng.uniform(10, 90)))


def image_rows(images, mean, std):
    rows = [[(int(p) - float(mean)) / float(std) for line in image for p in line] for image in images]
    return np.array(rows, dtype=np.float32)


normal = Piece("neural.training:normalise_images")
normal.asks(
    "normalise_images(images, mean, std)",
    "each image as a row, (pixel - mean) / std",
    cases=pictures,
    answer=image_rows,
    rtol=1e-4,
    atol=1e-5,
)
normal.asks(
    "[normalise_images(images), normalise_images(images, mean, std).dtype.name]",
    "without mean and std from 0 to 1; always float32",
    cases=pictures,
    answer=lambda images: [image_rows(images, 0, 255), "float32"],
    rtol=1e-5,
)
FLOATS = ".astype(np.float32)\n    return (rows - np.float32(mean)) / np.float32(std)"
normal.mistake(
    "Convert first: in uint8 0 - 51 is 205.", FLOATS, "\n    return ((rows - np.uint8(mean)) / std).astype('f4')"
)
normal.mistake(
    "Pixels still are uint8, so 0 - 51 is 205: make float32 of them.", FLOATS, "\n    return (rows - mean) / std"
)
normal.mistake("A row mixes several images: the first axis is to stay.", "(len(images), -1)", "(-1, len(images)).T")
normal.mistake("A NumPy float64 in the formula makes float64 of everything.", "np.float32(mean)", "mean")
normal.mistake("The columns follow one another; the lines are to.", "images.re", "images.transpose(0, 2, 1).re")
normal.mistake("You divided before taking the mean away.", "(rows - np.float32(mean)) /", "-np.float32(mean) + rows /")
normal.hint("`images.reshape(len(images), -1)`: the -1 stands for what is left.")
normal.hint("`.astype(np.float32)` converts an array. A NumPy float64 in the formula makes float64 of it again.")
