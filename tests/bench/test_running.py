"""The machinery of the measurements: processes that answer, bars, kept results. No timing is judged here."""

import json

import pytest

from bench import keep, limits, roofline
from bench.bars import Judged, judge
from bench.compare import compare
from bench.frameworks import FRAMEWORKS
from bench.run import disagreements, fraction_of
from bench.turns import Measured, Runner, measure
from bench.work import catalogue, small_catalogue, traffic


def test_frameworks_take_turns():
    small = small_catalogue()
    runners = [Runner(FRAMEWORKS[name], 1, []) for name in ("ours", "numpy")]
    try:
        found = measure(small["small-mlp"], runners, rounds=2, seconds=0.001)
        assert [len(result.medians) for result in found.values()] == [2, 2]
        assert found["ours"].counted["kernels"] > 0 and found["ours"].digests
        assert min(found["ours"].times) > 0
        assert "numpy" not in measure(small["small-gpt"], runners, rounds=1, seconds=0.001)
        assert "KeyError" in runners[0].ask(prepare="no such work")["failed"]
        assert runners[0].ask(turn=0.001)["failed"]  # nothing is ready
    finally:
        for runner in runners:
            runner.stop()


def test_a_process_that_is_too_slow_is_given_up():
    runner = Runner(FRAMEWORKS["numpy"], 1, [], patience=0)
    assert "gave up" in runner.ask(prepare="mlp")["failed"]
    assert runner.process is None


def test_threads_are_limited_under_all_names(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    (tmp_path / "torch").mkdir()
    ours = FRAMEWORKS["ours"].surroundings(1, [str(tmp_path)])
    torch = FRAMEWORKS["torch"].surroundings(2, [str(tmp_path)])
    assert "PYTHONPATH" not in ours and torch["PYTHONPATH"] == str(tmp_path)
    assert (ours["COURSE_THREADS"], torch["OMP_NUM_THREADS"]) == ("1", "2")


def test_bars():
    seconds = {"ours": (1.0, 0.9), "numpy": (3.0, 2.0), "torch": (4.0, 1.8), "tinygrad": (9.0, 9.0)}
    found = judge("mlp512", 1, seconds, lambda limit, own: 0.8 / own)
    verdicts = {judged.bar: judged.verdict for judged in found}
    assert verdicts == {"PyTorch": "reached", "the best": "reached", "flops": "reached", "tinygrad": "reached"}
    assert {judged.bar: judged.median for judged in found}["the best"] == 3
    assert judge("mlp512", 2, {"ours": (1.0, 1.0)}, lambda limit, own: 0.5)[0].verdict == "BELOW"
    assert Judged("x", 2.0, 1.9, 2.1).verdict == "unclear"


def test_wrong_results_are_a_bar_missed(capsys):
    done = {name: Measured(digests=[[1.0, value]]) for name, value in (("ours", 0.5), ("jax", 0.5), ("torch", 0.6))}
    assert [judged.bar for judged in disagreements(done)] == ["results like those of PyTorch"]
    done["torch"].digests = [[1.0, float("nan")]]
    assert [judged.verdict for judged in disagreements(done)] == ["BELOW"]


def test_limits_cover_all_works(monkeypatch):
    monkeypatch.setattr(limits, "ROUNDS", 1)
    found = limits.limits(1, seconds=0)
    assert all(value > 1e6 for value in found.values())
    for work in catalogue().values():
        assert fraction_of(work, found, seconds=1.0) > 0
        assert work.is_network or work.kind == "product" or sum(traffic(work)) > 0


@pytest.fixture
def run():
    def result(seconds):
        ours = {"times": [seconds, seconds], "counted": {"kernels": 1, "bytes": 10**6, "flops": 10**6}}
        return {
            "date": "2026-01-01 10:00",
            "limits": {"1": {"flops": 1e11, "read 4000000": 5e10, "read 268435456": 2e10}},
            "works": {"1": {"mlp64": {"ours": ours, "jax": {"problem": "not there"}, "numpy": {"times": [2.0, 2.0]}}}},
        }

    return result


def test_results_are_kept_and_compared(run, tmp_path, monkeypatch):
    monkeypatch.setattr(keep, "FOLDER", tmp_path)
    path = keep.keep(run(1.0))
    assert json.loads(path.read_text()) == keep.kept("last") == keep.kept(path.name) == keep.kept(str(path))
    with pytest.raises(SystemExit, match="names 0 of the 1 runs"):
        keep.kept("1999")
    assert "SLOWER" in compare(run(1.0), run(1.2))[0]
    assert "faster" in compare(run(1.0), run(0.5))[0]
    assert compare(run(1.0), run(1.01))[0].split()[-1] == "1.98"


def test_picture(run, tmp_path, monkeypatch):
    monkeypatch.setattr(roofline, "FOLDER", tmp_path)
    assert "<svg" in roofline.draw(run(0.001)).read_text()
