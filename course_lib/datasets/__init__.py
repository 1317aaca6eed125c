"""Public data sets, each with its source, licence and citation.

>>> iris = load_iris()
>>> iris
<iris: 150 rows of 4 features; real: the copy bundled with scikit-learn (sklearn.datasets.load_iris)>

What is known of each set stands in ``datasets/registry.toml``. The sets here are bundled with scikit-learn, so they are
there without a network. scikit-learn is imported when a set is loaded, not before.
"""

from course_lib.datasets.bundled import load_diabetes, load_iris
from course_lib.datasets.dataset import Dataset
from course_lib.datasets.entries import Entry, registry

__all__ = ["Dataset", "Entry", "load_diabetes", "load_iris", "registry"]
