"""The real sets, where ``COURSE_DATA`` has them: known facts about their content, and how fast they load."""

import dataclasses
import os
import time

import numpy as np
import pytest

from course_lib import datasets
from course_lib.datasets import files


def real(name):
    """Marks a test of a real set: it is skipped, and says why, where the set does not lie ready."""
    if not os.environ.get("COURSE_DATA"):
        return pytest.mark.skip(reason="COURSE_DATA is not set: it names a directory with copies of the real sets")
    absent = files.lies(datasets.registry()[name]) is None
    return pytest.mark.skipif(absent, reason=f"{name} is not in COURSE_DATA")


@real("mnist")
def test_mnist():
    begun = time.process_time()
    digits = datasets.load_mnist()
    assert time.process_time() - begun < 5
    assert digits.source == "real: MNIST as its authors published it, checked by its hash"
    assert digits.train.features.shape == (60000, 28, 28) and digits.test.features.shape == (10000, 28, 28)
    assert digits.train.target[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3] and digits.test.target[:4].tolist() == [
        7,
        2,
        1,
        0,
    ]
    assert np.bincount(digits.train.target).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert (
        abs(digits.train.features.mean() / 255 - 0.1307) < 1e-4
        and abs(digits.train.features.std() / 255 - 0.3081) < 1e-4
    )


@real("cifar10")
def test_cifar10():
    things = datasets.load_cifar10()
    assert things.source.startswith("real") and "byte" not in things.source
    assert things.train.features.shape == (50000, 3, 32, 32) and things.test.features.shape == (10000, 3, 32, 32)
    assert np.bincount(things.train.target).tolist() == [5000] * 10
    assert np.bincount(things.test.target).tolist() == [1000] * 10
    assert [things.target_names[i] for i in things.train.target[:3]] == ["frog", "truck", "truck"]
    means = things.train.features.mean(axis=(0, 2, 3)) / 255
    assert np.allclose(means, [0.4914, 0.4822, 0.4465], atol=1e-4), "red, green, blue"
    altered = [m for f in datasets.registry()["cifar10"].files for m in f.members if m.known]
    known = altered[0].known.values()
    if "recognised" in things.source:
        assert any(f"real, with {note}: " in things.source for note in known)
    begun = time.process_time()
    datasets.load_cifar10()
    assert time.process_time() - begun < 6, "the second time it lies unpacked in the cache"


@real("tiny-shakespeare")
def test_shakespeare():
    play = datasets.load_shakespeare()
    assert play.source.startswith("real") and len(play.text) == 1115394 and len(set(play.text)) == 65
    assert play.train.startswith("First Citizen:\nBefore we proceed any further, hear me speak.")
    assert (len(play.train), len(play.valid), len(play.test)) == (1003854, 55770, 55770)
    assert play.text.count("\n") == datasets.registry()["tiny-shakespeare"].rows and play.entropy is None


@real("names")
def test_names():
    names = datasets.load_names()
    assert names.source.startswith("real") and len(names) == datasets.registry()["names"].rows
    assert names[:3] == ["emma", "olivia", "ava"] and {len(name) for name in names} == set(range(2, 16))
    assert set("".join(names)) == set("abcdefghijklmnopqrstuvwxyz")


@real("fra-eng")
def test_sentence_pairs():
    pairs = datasets.load_translation()
    assert pairs.source.startswith("real") and pairs.source.endswith(f"; {len(pairs)} pairs")
    assert pairs[0] == ("Go.", "Va !") and len(pairs) > 100_000
    if "checked by its hash" in pairs.source:
        assert len(pairs) == datasets.registry()["fra-eng"].rows


FACTS = {  # first and last value, smallest, largest, and a mean from the literature or the file
    "airline-passengers": (112, 432, 104, 622, 280.2986),
    "daily-min-temperatures": (20.7, 13.0, 0.0, 26.3, 11.1778),
    "monthly-sunspots": (58.0, 33.4, 0.0, 253.8, 51.2652),
    "shampoo": (266.0, 646.9, 119.3, 682.0, 312.6),
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=real(name)) for name in FACTS])
def test_series(name):
    series = datasets.load_series(name)
    values = series.values
    assert series.source.startswith("real") and len(values) == len(series.dates) == datasets.registry()[name].rows
    assert (values[0], values[-1], values.min(), values.max()) == FACTS[name][:4]
    assert abs(values.mean() - FACTS[name][4]) < 1e-3


@real("mnist")
def test_a_flipped_bit_is_noticed(tmp_path, monkeypatch):
    """The registered hash is really that of the mirror's file, and nothing less will do."""
    entry = datasets.registry()["mnist"]
    labels = next(file for file in entry.files if file.name.startswith("t10k-labels"))
    raw = bytearray(next(place / folder / labels.name for place in files.places() for folder in (*entry.folders, ".")
                         if (place / folder / labels.name).is_file()).read_bytes())  # fmt: skip
    monkeypatch.setattr(files, "CACHE", tmp_path)
    monkeypatch.delenv("COURSE_DATA")
    (tmp_path / "mnist").mkdir()
    one = dataclasses.replace(entry, files=(labels,))
    (tmp_path / "mnist" / labels.name).write_bytes(raw)
    assert files.gather(one).certain
    raw[2000] ^= 1
    (tmp_path / "mnist" / labels.name).write_bytes(raw)
    with pytest.raises(datasets.DataError, match="is not t10k-labels-idx1-ubyte.gz as published"):
        files.gather(one)
