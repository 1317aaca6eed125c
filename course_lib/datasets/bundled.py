"""The sets that come with scikit-learn: always there, with or without a network."""

from __future__ import annotations

import numpy as np

from course_lib.datasets.dataset import Dataset
from course_lib.datasets.entries import registry


def load_iris() -> Dataset:
    """Fisher's irises: four lengths in centimetres of 150 flowers, 50 of each of three species.

    ``target`` is 0, 1 or 2, an index into ``target_names``; the rows are sorted by it.
    """
    from sklearn import datasets

    raw = datasets.load_iris()
    return _dataset("iris", raw.data, raw.target, raw.feature_names, raw.target_names)


def load_diabetes() -> Dataset:
    """Ten measurements of 442 people with diabetes, and how far the disease had gone a year later.

    The features are as they were measured, each in its own unit: age in years, sex (1 or 2), body mass index, mean
    blood pressure and six blood values. ``target`` is the study's measure of progression, from 25 to 346.
    """
    from sklearn import datasets

    raw = datasets.load_diabetes(scaled=False)
    return _dataset("diabetes", raw.data, raw.target, raw.feature_names, ())


def load_wine() -> Dataset:
    """Thirteen measurements of 178 wines of one region, made by three growers.

    The features are of very different size: proline goes from 278 to 1680, hue from 0.48 to 1.71. ``target`` is 0, 1 or
    2, the grower; there are 59, 71 and 48 wines of each, and the rows are sorted by it.
    """
    from sklearn import datasets

    raw = datasets.load_wine()
    return _dataset("wine", raw.data, raw.target, raw.feature_names, raw.target_names)


def load_breast_cancer() -> Dataset:
    """Thirty measurements of the cell nuclei in 569 breast tumours: mean, standard error and worst of ten.

    ``target`` is 0 for a malignant tumour (212 rows) and 1 for a benign one (357 rows), as scikit-learn has it: the
    dangerous case is 0.
    """
    from sklearn import datasets

    raw = datasets.load_breast_cancer()
    return _dataset("breast-cancer", raw.data, raw.target, raw.feature_names, raw.target_names)


def load_digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels, each pixel a float from 0 (paper) to 16 (ink).

    ``features`` has shape (1797, 64), row by row of the image: ``features.reshape(-1, 8, 8)`` are the images.
    ``target`` is the digit, from 0 to 9.
    """
    from sklearn import datasets

    raw = datasets.load_digits()
    return _dataset("digits", raw.data, raw.target, raw.feature_names, raw.target_names)


def _dataset(name: str, features, target, feature_names, target_names) -> Dataset:
    entry = registry()[name]
    return Dataset(
        name=name,
        features=np.array(features, dtype=float),
        target=np.array(target),
        feature_names=tuple(str(n) for n in feature_names),
        target_names=tuple(str(n) for n in target_names),
        unit=entry.unit,
        source=entry.source,
        licence=entry.licence,
        citation=entry.citation,
    )
