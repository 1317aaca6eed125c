"""The judge's process: isolation, limits, honest transport."""

import os
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import diagnose, language, plain, verdict
from checks.compare import difference
from checks.language import Mistake, Question
from checks.verdict import Verdict
from tests.conftest import answer
from workshop import judging
from workshop.judging import judge

M = "foundations.matrix:"
HEAD = '@build("foundations.matrix")\n'


def norm(body: str) -> Verdict:
    return judge(M + "norm", f"{HEAD}def norm(v):\n    {body}\n")


def test_endless_crashing_and_greedy_pieces_end_soon_and_hurt_nobody():
    begun = time.monotonic()
    language.load(M + "norm").seconds = 0.5
    try:
        assert norm("sum(range(10**13))").failure.got == "no answer: it ran out of time"
        assert (
            "ran out of time"
            in norm(
                "\n    while True:\n        try:\n            pass\n        except BaseException:\n            pass"
            ).failure.got
        )
    finally:
        language.load(M + "norm").seconds = 5.0
    assert "process died" in norm("import signal\n    signal.raise_signal(9)").failure.got
    assert "MemoryError" in norm("return len([0] * 10**10)").failure.got
    assert "RecursionError" in norm("return norm(v)").failure.got
    assert "SystemExit" in norm("raise SystemExit").failure.got
    assert time.monotonic() - begun < 20
    assert judge(M + "norm", answer(M + "norm")).passed


def test_what_a_piece_does_to_its_process_does_not_last():
    assert not norm("math.sqrt = lambda x: 5.0\n    return 5.0").passed
    assert judge(M + "norm", answer(M + "norm")).passed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return open('x')", "open"),
        ("import subprocess\n    return subprocess.run(['true'])", "subprocess"),
        ("import os\n    return os.fork()", "os"),
        ("return eval('5.0')", "eval"),
        ("return norm.__globals__", "__globals__"),
        ("return np.linalg.norm(v)", "np"),
    ],
)
def test_ways_around_are_refused_by_name(body, said):
    verdict = norm(body)
    assert verdict.outcome == "refused" and said in verdict.reason


def test_files_are_closed_to_a_piece_that_hides_its_name():
    verdict = norm("import pathlib\n    return float(len(pathlib.Path('/etc/hostname').with_name('x').write_text('')))")
    assert "may not open files" in verdict.failure.got
    import course_lib.foundations.matrix as lib

    verdict = norm(f"import pathlib\n    return float(len(pathlib.Path({lib.__file__!r}).read_text()))")
    assert "may not open files" in verdict.failure.got


def test_locals_may_have_any_name():
    assert norm("input = compile = v\n    return math.sqrt(sum(sys * sys for sys in input))").passed


def test_prints_come_back_and_input_is_refused():
    verdict = norm("print('looking at', v)\n    return 0.0")
    assert "looking at" in verdict.failure.printed
    assert judge(M + "norm", f"{HEAD}def norm(v):\n    return float(input())").outcome == "refused"


def test_a_changed_input_is_noticed():
    verdict = norm("r = math.sqrt(dot(v, v))\n    v.append(0)\n    return r")
    assert "changed its input v" in verdict.failure.difference


def test_the_error_of_a_piece_names_its_line():
    verdict = norm("w = v\n    return w[99]")
    assert verdict.failure.where == "line 4: return w[99]" and "IndexError" in verdict.failure.got


def test_objects_that_equal_everything_equal_nothing():
    code = (
        "class Same:\n    def __eq__(self, other):\n        return True\n" + HEAD + "def norm(v):\n    return Same()\n"
    )
    verdict = judge(M + "norm", code)
    assert not verdict.passed and "a Same object" in verdict.failure.difference


def test_several_judges_at_once():
    from concurrent.futures import ThreadPoolExecutor

    text = answer(M + "dot")
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(lambda _: judge(M + "dot", text).passed, range(12)))
    assert all(verdicts)


def test_a_judge_that_was_killed_starts_again():
    judging.server.start()
    os.kill(judging.server.process.pid, 9)
    judging.server.process.wait()
    assert judge(M + "dot", answer(M + "dot")).passed


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.complex_numbers()
)
data = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(data)
def test_plain_data_comes_back_as_it_was(value):
    back = plain.decode(plain.loads(plain.dumps(plain.encode(value))))
    assert repr(back) == repr(value) and difference(value, back, 0, 0) is None


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "<f4", ">f8", "c16", "<U3"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)])
def test_arrays_come_back_as_they_were(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    back = plain.decode(plain.loads(plain.dumps(plain.encode(array))))
    assert back.dtype == array.dtype and back.shape == array.shape and (back == array).all()


@pytest.mark.parametrize(
    "text",
    ['["list"', '["nonsense", 1]', '{"a": 1}', '["array", "O", [1], ""]', '["array", "<f8", [9], ""]', "[" * 5000],
)
def test_hostile_data_is_refused(text):
    with pytest.raises(plain.NotPlain):
        plain.decode(plain.loads(text.encode()))


def test_words_in_arrays_are_compared():
    words = np.array(["ab", "c"])
    back = plain.decode(plain.encode(words))
    assert difference(words, back) is None and difference("ab", plain.decode(plain.encode(words[0]))) is None
    assert difference(words, np.array(["ab", "d"])) == "[1] is 'd' instead of 'c'"
    assert "dtype" in difference(words, np.array([1, 2])) and "dtype" in difference(np.array([1, 2]), words)


def test_objects_functions_and_subclasses_are_opaque():
    class Number(float):
        pass

    for value in (object(), Number(1), len, np.array([object()]), [Number(2)]):
        back = plain.decode(plain.encode(value))
        assert isinstance(back[0] if isinstance(back, list) else back, plain.Opaque)
    with pytest.raises(plain.NotPlain):
        plain.encode([0] * (plain.MAX_NODES + 1))


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.001, False),
        (11, 11.0, True),
        (True, 1, False),
        (1, True, False),
        (float("nan"), float("nan"), True),
        (float("inf"), 1e308, False),
        (0.0, -0.0, True),
        ([1, 2], (1, 2), False),
        ([1, [2, 3]], [1, [2, 3.5]], False),
        ("a", "a", True),
        (None, 0, False),
        (np.eye(2), np.eye(2), True),
        (np.eye(2), np.eye(2).tolist(), False),
        (np.zeros(3), np.zeros((3, 1)), False),
        (np.array([True]), np.array([1]), False),
        ({"a": 1.0}, {"a": 1.0}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        (1 + 1j, 1 - 1j, False),
        (10**400, 10**400, True),
        (10**400, 1.5, False),
        ([np.eye(2), np.zeros(3)], [np.eye(2), np.zeros(3)], True),
        ([np.eye(2), np.zeros(3)], [np.eye(2), np.ones(3)], False),
    ],
)
def test_comparison(expected, got, same):
    assert (difference(expected, got) is None) == same


def named(mine: dict, theirs: dict) -> bool:
    """Whether a known mistake that answers ``theirs`` is said to explain an answer ``mine``."""
    question = Question("f()", "one", [{}], answer=lambda: 1)
    spec = SimpleNamespace(name="a:f", questions=[question], mistakes=[Mistake("known", "")])
    return verdict.weigh(spec, [mine], mistaken=lambda index, only=None: [theirs]).failure.mistake == "known"


def test_an_error_is_a_known_mistakes_only_if_its_message_is_alike():
    mine = {"error": ["TypeError"], "message": "'int' object is not iterable", "after": {}}
    assert named(mine, mine)
    assert named(mine, mine | {"message": "'float' object is not iterable"})
    assert not named(mine, mine | {"message": "unsupported operand type(s) for +: 'NoneType' and 'str'"})
    assert not named(mine, mine | {"error": ["ValueError"]})


def test_a_guess_speaks_of_the_answer_that_is_shown():
    question = Question("f(x)", "x", [{}], answer=lambda: 1)
    shown = verdict.Failure(got=np.array([-1.0, -2.0]))
    finite, nan = (np.array([1.0, 2.0]), np.array([-1.0, -2.0])), (np.array([1.0]), np.array([np.nan]))
    assert diagnose.guess(question, shown, [finite, nan]) == "Every sign is turned around."
    assert "not finite" in diagnose.guess(question, shown, [nan, finite])
