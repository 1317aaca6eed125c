"""The data sets: the real rows, in raw units, with their source and licence; none of it at import."""

import subprocess
import sys

import numpy as np
import pytest

from course_lib import datasets
from course_lib.datasets import entries
from workshop.paths import ROOT

LOADERS = {
    "iris": datasets.load_iris,
    "diabetes": datasets.load_diabetes,
    "wine": datasets.load_wine,
    "breast-cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
}


def test_the_bundled_sets_have_loaders_and_no_files():
    assert {name for name, entry in datasets.registry().items() if not entry.files} == {*LOADERS, "python-source"}
    assert entries.FILE == ROOT / "datasets" / "registry.toml"


def test_the_readme_lists_every_set():
    text = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
    for name, entry in datasets.registry().items():
        rows = f"{entry.rows:,}" if entry.rows else "varies"
        assert f"| `{name}` | {rows} |" in text, name
        size = sum(file.bytes for file in entry.files)
        assert not size or entry.any_of or f" {size / 1e6:.1f} MB |" in text or f" {size / 1e3:.1f} kB |" in text, name


def test_the_readme_names_every_loader_and_every_field():
    text = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
    for name in datasets.__all__:
        if name.startswith("load_") or name == "fetch":
            assert f"{name}(" in text, name
    shown = set(entries.Entry.__dataclass_fields__) - {"name"} | {"mirrors", "name", "bytes", "urls", "unpinned"}
    for field in (shown | {"sha256", "sha1", "md5", "members", "count", "known"}) - {"files"}:
        assert f"`{field}`" in text, field


@pytest.mark.parametrize("name", LOADERS)
def test_a_set_agrees_with_its_entry(name):
    entry, data = datasets.registry()[name], LOADERS[name]()
    assert data.name == name
    assert data.features.shape == (entry.rows, len(data.feature_names))
    assert data.target.shape == (entry.rows,)
    assert data.features.dtype == np.float64 and np.isfinite(data.features).all()
    assert (data.source, data.licence, data.citation, data.unit) == (
        entry.source,
        entry.licence,
        entry.citation,
        entry.unit,
    )
    assert data.source.startswith("real") and len(data.licence) > 5 and len(data.citation) > 40
    assert bool(data.unit) != bool(data.target_names), "the target is a quantity or a class"


@pytest.mark.parametrize("name", LOADERS)
def test_every_load_is_a_fresh_copy(name):
    first, second = LOADERS[name](), LOADERS[name]()
    first.features[:] = 0
    first.target[:] = 0
    assert second.features.any() and second.target.any()
    assert LOADERS[name]().features.any()


def test_iris_is_fishers():
    iris = datasets.load_iris()
    assert iris.target_names == ("setosa", "versicolor", "virginica")
    assert iris.feature_names == ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
    assert np.bincount(iris.target).tolist() == [50, 50, 50]
    # the two flowers in which the UCI copy differs, as Fisher's paper has them
    assert iris.features[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert iris.features[37].tolist() == [4.9, 3.6, 1.4, 0.1]
    # the means of Fisher's table
    assert np.allclose(iris.features[iris.target == 0].mean(axis=0), [5.006, 3.428, 1.462, 0.246])
    assert np.allclose(iris.features[iris.target == 2].mean(axis=0), [6.588, 2.974, 5.552, 2.026])


def test_diabetes_is_raw():
    diabetes = datasets.load_diabetes()
    assert diabetes.feature_names == ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
    # the first row of the table that the authors of the paper put online
    assert diabetes.features[0].tolist() == [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87]
    assert diabetes.target[0] == 151
    assert set(diabetes.features[:, 1]) == {1, 2}
    assert (diabetes.target.min(), diabetes.target.max()) == (25, 346)


def test_wine_is_the_table_of_the_uci_repository():
    wine = datasets.load_wine()
    assert np.bincount(wine.target).tolist() == [59, 71, 48]
    # the first row of wine.data there
    first = [14.23, 1.71, 2.43, 15.6, 127, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065]
    assert wine.features[0].tolist() == first
    assert (wine.features[:, 12].min(), wine.features[:, 12].max()) == (278, 1680)


def test_a_malignant_tumour_is_class_zero():
    cancer = datasets.load_breast_cancer()
    assert cancer.target_names == ("malignant", "benign")
    assert np.bincount(cancer.target).tolist() == [212, 357]
    # the first row of wdbc.data: 842302, M, 17.99, 10.38, 122.8, 1001, ...
    assert cancer.target[0] == 0 and cancer.features[0, :4].tolist() == [17.99, 10.38, 122.8, 1001]


def test_digits_are_images_when_reshaped():
    digits = datasets.load_digits()
    assert (digits.features.min(), digits.features.max()) == (0, 16)
    assert np.bincount(digits.target).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert digits.target_names == tuple("0123456789")
    zero = digits.features.reshape(-1, 8, 8)[0]
    assert digits.target[0] == 0 and zero[3:5, 3:5].sum() == 0 < zero[3:5, 2].sum(), "a hole with ink around it"


def test_a_set_prints_in_one_line():
    text = repr(datasets.load_diabetes())
    assert "442" in text and "10" in text and "real" in text and "\n" not in text


@pytest.mark.parametrize("module", ["course_lib", "course_lib.foundations", "course_lib.datasets"])
def test_importing_the_library_imports_nothing_large(module):
    large = {"sklearn", "pooch", "requests", "urllib3", "tqdm", "scipy", "pandas", "matplotlib"}
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module}; print({large} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
