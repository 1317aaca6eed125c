"""Swapping pieces in a loaded library: identity is kept, and every swap can be undone."""

import traceback

import pytest

from course_lib.foundations import matrix
from course_lib.foundations.matrix import Matrix, dot
from workshop import live
from workshop.source import PieceError, read_plank, reference_text

M = "foundations.matrix:"


def put(name: str, text: str | None, filename: str = "<test>") -> None:
    """Put a version of a piece in place, or (None) the reference."""
    live.put(M + name, [] if text is None else [read_plank(M + name, text, filename)])


@pytest.fixture(autouse=True)
def reference_afterwards():
    yield
    for name in ("dot", "norm", "Matrix.shape", "Matrix.__mul__", "Matrix.identity", "Matrix"):
        put(name, None)
    assert dot([1, 2], [3, 4]) == 11 and Matrix([[1, 2]]).shape == (1, 2) and (2 * Matrix([[1]])).data == [[2]]


def test_a_function_keeps_its_identity_wherever_it_is_held():
    before = [dot]
    put("dot", "def dot(u, v):\n    return 7")
    assert before[0] is dot is matrix.dot and dot([1], [1]) == 7 and matrix.norm([1]) == 7**0.5
    put("dot", None)
    assert dot([1, 2], [3, 4]) == 11 and "Dot product" in dot.__doc__


def test_helpers_and_closures_serve_and_go_again():
    put("norm", "scale = 3\ndef longer(x):\n    return scale * x\ndef norm(v):\n    return longer(len(v))")
    assert matrix.norm([1, 1]) == 6 and not hasattr(matrix, "longer") and not hasattr(matrix, "scale")
    put("norm", None)
    assert matrix.norm([3, 4]) == 5.0


def test_properties_class_methods_and_aliases_follow():
    A = Matrix([[1, 2]])
    put("Matrix.shape", "@property\ndef shape(self):\n    return 'mine'")
    assert A.shape == "mine"
    put("Matrix.__mul__", "def __mul__(self, factor):\n    return super().__repr__() and 'product'")
    assert A * 2 == "product" == 2 * A
    put("Matrix.identity", "@classmethod\ndef identity(cls, n):\n    return cls, n")
    assert Matrix.identity(4) == (Matrix, 4)


def test_a_whole_class_is_swapped_inside_the_one_that_is_loaded():
    class Square(Matrix):
        pass

    old, square = Matrix([[1, 2]]), Square([[3]])
    text = reference_text(M + "Matrix").replace('f"Matrix({self.data})"', '"my own"')
    put("Matrix", text + "\n    def extra(self):\n        return self.__class__.__name__\n")
    assert repr(old) == repr(square) == "my own" and square.extra() == "Square" and matrix.Matrix is Matrix
    put("Matrix", None)
    assert repr(old) == "Matrix([[1, 2]])" and not hasattr(old, "extra")


def test_tracebacks_name_the_learners_own_file():
    put("dot", "# one line more\ndef dot(u, v):\n    return u[99]", "/tmp/mine/dot.py")
    with pytest.raises(IndexError) as caught:
        dot([1], [2])
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno) == ("/tmp/mine/dot.py", 3)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("dot", "def dot(u):\n    return 0", r"takes \(u, v\); yours takes \(u\)"),
        ("dot", "def dot(u, v):\n    yield 0", "returns, and does not yield"),
        ("dot", "class dot:\n    pass", "plain function or method; yours is a class"),
        ("Matrix.shape", "def shape(self):\n    return 0", "to be a property"),
        ("Matrix.identity", "def identity(n):\n    return 0", "to be a class method"),
        ("Matrix", "class Matrix(list):\n    pass", "bases object"),
        ("dot", "async def dot(u, v):\n    return 0", "no plain top-level definition"),
        ("dot", "dot = lambda u, v: 0", "no plain top-level definition"),
    ],
)
def test_another_kind_of_thing_is_refused_and_changes_nothing(name, text, said):
    with pytest.raises(PieceError, match=said):
        put(name, text)
    assert dot([1, 2], [3, 4]) == 11 and Matrix([[1, 2]]).shape == (1, 2)
