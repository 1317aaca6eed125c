"""Public data sets, each with its source, licence and citation.

>>> iris = load_iris()
>>> iris
<iris: 150 rows of 4 features; real: the copy bundled with scikit-learn (sklearn.datasets.load_iris)>

What is known of each set stands in ``datasets/registry.toml``. Files are looked for in the cache, then in the
directories that ``COURSE_DATA`` names, then on the web; if they cannot be had, a stand-in is generated, which says so.
Nothing large is imported before a set is loaded.
"""

from course_lib.datasets.bundled import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from course_lib.datasets.dataset import Dataset, Rows, Series, Splits, Text, Texts
from course_lib.datasets.entries import DataError, Entry, registry
from course_lib.datasets.files import fetch
from course_lib.datasets.images import load_cifar10, load_cifar100, load_fashion_mnist, load_mnist
from course_lib.datasets.series import load_series
from course_lib.datasets.texts import (
    load_imdb,
    load_names,
    load_python_source,
    load_shakespeare,
    load_translation,
    load_wikitext2,
)

__all__ = [
    "DataError",
    "Dataset",
    "Entry",
    "Rows",
    "Series",
    "Splits",
    "Text",
    "Texts",
    "fetch",
    "load_breast_cancer",
    "load_cifar10",
    "load_cifar100",
    "load_diabetes",
    "load_digits",
    "load_fashion_mnist",
    "load_imdb",
    "load_iris",
    "load_mnist",
    "load_names",
    "load_python_source",
    "load_series",
    "load_shakespeare",
    "load_translation",
    "load_wikitext2",
    "load_wine",
    "registry",
]
