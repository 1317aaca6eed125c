"""The works of the benchmarks: PyTorch comes to our results in each of its ways that needs no compiler."""

# ruff: noqa: E402
import pytest

pytest.importorskip("torch")

import numpy as np

from bench.frameworks import ours
from bench.frameworks import torch as peer
from bench.work import small_catalogue

SMALL = small_catalogue()


@pytest.mark.parametrize("variant", ["eager", "tuned"])
@pytest.mark.parametrize("name", SMALL)
def test_works(name, variant):
    theirs = peer.prepare(SMALL[name], 1, variant)
    if theirs is None:
        pytest.skip("one way suffices")
    mine = ours.prepare(SMALL[name], 1)
    for _ in range(3):
        for one, other in zip(ours.arrays(mine()), peer.arrays(theirs()), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
