"""What must hold of the pieces of ``foundations.matrix``. Oracle: NumPy."""

import numpy as np

from checks.language import Piece

PLAIN = {"numpy": "every multiplication is to be in sight"}
SMALL = dict(a=[[1, 2, 3], [4, 5, 6]], b=[[10, 0, -1], [2, 7, 5]])


def numbers(rng, *shape):
    """Unsymmetric numbers with two decimals, as nested lists."""
    return rng.uniform(-9, 9, size=shape).round(2).tolist()


def vectors(rng):
    yield dict(v=[3, 4])
    yield dict(v=[])
    yield dict(v=[-2])
    yield dict(v=[1, -2, 2])
    for n in (2, 5, 8):
        yield dict(v=numbers(rng, n))


def vector_pairs(rng):
    yield dict(u=[1, 2, 3], v=[4, 5, 6])
    yield dict(u=[], v=[])
    yield dict(u=[2], v=[2])
    yield dict(u=[1, 0], v=[0, 1])
    yield dict(u=[2, 2, 5], v=[3, 4, 3])
    for n in (2, 3, 7):
        yield dict(u=numbers(rng, n), v=numbers(rng, n))


def unequal(rng):
    yield dict(u=[1, 2], v=[3, 4, 5])
    yield dict(u=[1, 2, 3, 4, 5], v=[3, 4])
    yield dict(u=[], v=[1])
    yield dict(u=[1], v=[])


def matrices(rng):
    yield dict(a=[[7]])
    yield dict(a=[[1, 2, 3], [4, 5, 6]])
    yield dict(a=[[1, 2], [1, 2], [1, 2], [2, 2]])
    for shape in ((1, 4), (3, 1), (3, 2), (2, 5)):
        yield dict(a=numbers(rng, *shape))


def same_shapes(rng):
    yield dict(a=[[1]], b=[[2]])
    yield SMALL
    yield dict(a=[[1, 1], [1, 1], [0, 1]], b=[[1, 2], [3, 4], [1, 2]])
    for shape in ((1, 3), (3, 1), (2, 4), (3, 2)):
        yield dict(a=numbers(rng, *shape), b=numbers(rng, *shape))


def other_shapes(rng):
    yield dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2], [3, 4]])
    yield dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2, 3]])
    yield dict(a=[[1, 2]], b=[[1], [2]])
    yield dict(a=[[1, 2], [3, 4]], b=[[5]])
    yield dict(a=[[5]], b=[[1, 2], [3, 4]])


# ------------------------------------------------------------------ vectors

dot = Piece("foundations.matrix:dot", forbid=PLAIN)
dot.asks(
    "dot(u, v)",
    "the products of matching entries, added up",
    cases=vector_pairs,
    answer=lambda u, v: np.dot(u, v).item(),
)
dot.asks(
    "dot(u, v)",
    "vectors of different lengths are refused",
    cases=unequal,
    raises="ShapeError",
)
dot.asks(
    "dot(u, v)",
    "the message of the refusal has both lengths in it",
    cases=[dict(u=[1, 2], v=[3, 4, 5]), dict(u=[1, 2, 3], v=[4, 5])],
    raises="ShapeError",
    mentions=("2", "3"),
)
dot.mistake("You added matching entries; they are to be multiplied, and only the products added.", "a * b", "a + b")
dot.mistake("The last entries are left out: the loop stops one early.", "zip(u, v)", "zip(u[:-1], v[:-1])")
dot.mistake(
    "Python's zip stops at the shorter vector without a word: compare the lengths first.",
    "return sum(a * b for a, b in zip(u, v))",
)
dot.mistake(
    "`return` stands inside the loop, so it ends in the first round.",
    """
    if len(u) != len(v):
        raise ShapeError(f"lengths {len(u)} and {len(v)}")
    for a, b in zip(u, v):
        return a * b
    return 0
    """,
)
dot.mistake(
    "The total is overwritten in each round: add to it with +=.",
    """
    if len(u) != len(v):
        raise ShapeError(f"lengths {len(u)} and {len(v)}")
    total = 0
    for a, b in zip(u, v):
        total = a * b
    return total
    """,
)
dot.mistake(
    "list.index finds the first entry that is equal, so repeated entries go wrong: walk by position.",
    """
    if len(u) != len(v):
        raise ShapeError(f"lengths {len(u)} and {len(v)}")
    return sum(a * v[u.index(a)] for a in u)
    """,
)
dot.hint("Walk over both vectors at once: `for a, b in zip(u, v)`.")
dot.hint("Begin with the test `if len(u) != len(v): raise ShapeError(...)` and put both lengths in the message.")

norm = Piece(
    "foundations.matrix:norm", forbid={**PLAIN, "math.hypot": "it is the answer", "math.dist": "it is the answer"}
)
norm.asks("norm(v)", "the length of a vector", cases=vectors, answer=lambda v: float(np.linalg.norm(v)))
norm.mistake("This is the squared length: take its square root.", "math.sqrt(dot(v, v))", "float(dot(v, v))")
norm.mistake(
    "You added absolute values (the 1-norm); the length squares the entries first.", "return float(sum(map(abs, v)))"
)
norm.mistake("You added the entries before squaring, so opposite signs cancel.", "return abs(float(sum(v)))")
norm.mistake(
    "You averaged the squares; a length adds them.", "math.sqrt(dot(v, v))", "math.sqrt(dot(v, v) / max(len(v), 1))"
)
norm.hint("What is dot(v, v)?")


def directions(rng):
    yield dict(u=[1, 0], v=[0, 2])
    yield dict(u=[1, 0], v=[1, 1])
    yield dict(u=[1, 0], v=[-3, 0])
    yield dict(u=[3], v=[5])
    yield dict(u=[-1, 1], v=[-1, -1])
    yield dict(u=[1e-9, 0], v=[1, 1])
    for n in (2, 3, 6):
        yield dict(u=numbers(rng, n), v=numbers(rng, n))


def rounded(rng):
    yield dict(u=[0.3, 0.5], v=[0.3, 0.5])
    yield dict(u=[0.3, 0.5], v=[-0.3, -0.5])
    for n in (2, 3, 5, 9, 11):
        u = numbers(rng, n)
        yield dict(u=u, v=[3.3 * x for x in u])
        yield dict(u=u, v=[-0.7 * x for x in u])


def radians(u, v):
    u, v = np.array(u, float), np.array(v, float)
    u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
    return float(2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


angle = Piece("foundations.matrix:angle", forbid=PLAIN)
angle.asks("angle(u, v)", "the angle between two vectors, in radians", cases=directions, answer=radians)
angle.asks(
    "angle(u, v)",
    "vectors along one line: the cosine may round to just outside [-1, 1]",
    cases=rounded,
    answer=radians,
    atol=1e-6,
)
angle.asks(
    "angle(u, v)",
    "a vector of norm 0 has no direction",
    cases=[dict(u=[0, 0], v=[1, 2]), dict(u=[1, 2], v=[0.0, 0.0])],
    raises="ValueError",
)
angle.asks("angle(u, v)", "vectors of different lengths are refused", cases=unequal, raises="ShapeError")
angle.mistake("The result is in degrees; radians are wanted.", "return math.acos(", "return 180 / math.pi * math.acos(")
angle.mistake(
    "You return the cosine: math.acos turns it into the angle.",
    "math.acos(max(-1.0, min(1.0, product / lengths)))",
    "max(-1.0, min(1.0, product / lengths))",
)
angle.mistake(
    "Rounding can make the cosine 1.0000000000000002, and math.acos refuses that: clamp it to [-1, 1].",
    "max(-1.0, min(1.0, product / lengths))",
    "product / lengths",
)
angle.mistake("The dot product has to be divided by both norms.", "norm(u) * norm(v)", "norm(u) * norm(u)")
angle.mistake(
    "The clamp cuts at 0, so that obtuse angles become right angles: cosines go down to -1.", "max(-1.0,", "max(0.0,"
)
angle.mistake(
    "min and max have changed places, so every cosine comes out as 1 or -1.",
    "max(-1.0, min(1.0, product / lengths))",
    "min(-1.0, max(1.0, product / lengths))",
)
angle.mistake(
    "Division and multiplication go from left to right: a / b * c is not a / (b * c).",
    """
    product = dot(u, v)
    if norm(u) * norm(v) == 0:
        raise ValueError("the angle to a vector of norm 0 is not defined")
    return math.acos(max(-1.0, min(1.0, product / norm(u) * norm(v))))
    """,
)
angle.hint("Solve dot(u, v) = norm(u) * norm(v) * cos(angle) for the cosine.")
angle.hint("`max(-1.0, min(1.0, x))` clamps x to [-1, 1].")

# ------------------------------------------------------------------ a matrix's parts


def untouched(piece, code, cases):
    """A question of any method: the matrices it works on are the same afterwards."""
    names = "A, B = Matrix(a), Matrix(b)" if "B" in code else "A = Matrix(a)"
    after = "[A.data, B.data]" if "B" in code else "A.data"
    piece.asks(
        f"{names}\n{code}\n{after}",
        "the matrix itself stays as it was",
        cases=cases,
        answer=lambda a, b=None, **_: [a, b] if b is not None else a,
    )


shape = Piece("foundations.matrix:Matrix.shape", forbid=PLAIN)
shape.asks("Matrix(a).shape", "rows, then columns", cases=matrices, answer=lambda a: np.shape(a))
shape.mistake(
    "Columns come second: rows first.", "len(self.data), len(self.data[0])", "len(self.data[0]), len(self.data)"
)
shape.mistake("The second number is how many columns there are, not rows again.", "len(self.data[0])", "len(self.data)")
shape.mistake(
    "The second number counts all entries: the length of one row is wanted.",
    "len(self.data[0])",
    "sum(map(len, self.data))",
)
shape.hint("self.data is a list of rows: how long is it, and how long is its first row?")


def indexed(rng):
    yield dict(a=[[1, 2, 3], [4, 5, 6]], i=0, j=2)
    yield dict(a=[[1, 2, 3], [4, 5, 6]], i=0, j=0)
    yield dict(a=[[1, 2, 3], [4, 5, 6]], i=-1, j=-3)
    for m, n in ((3, 4), (4, 2)):
        yield dict(a=numbers(rng, m, n), i=int(rng.integers(m)), j=int(rng.integers(n)))


getitem = Piece("foundations.matrix:Matrix.__getitem__", forbid=PLAIN)
getitem.asks("Matrix(a)[i, j]", "the entry in row i, column j", cases=indexed, answer=lambda a, i, j: a[i][j])
getitem.asks("Matrix(a)[i]", "row i, as a list", cases=indexed, answer=lambda a, i: a[i])
getitem.asks(
    """
    A = Matrix(a)
    row = A[0]
    row[0] = 99
    A.data
    """,
    "a row is a new list: changing it leaves the matrix alone",
    cases=[dict(a=[[1, 2], [3, 4]])],
    answer=lambda a: a,
)
getitem.asks(
    "Matrix(a)[i, j]",
    "an index outside is an IndexError",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], i=i, j=j) for i, j in ((2, 0), (0, 3), (0, -4), (-3, 0))],
    raises="IndexError",
)
getitem.asks(
    "Matrix(a)[i]",
    "a row outside is an IndexError",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], i=2), dict(a=[[1, 2, 3], [4, 5, 6]], i=-3)],
    raises="IndexError",
)
getitem.mistake("Row and column have changed places.", "i, j = index", "j, i = index")
getitem.mistake(
    "The row is the matrix's own list: whoever changes it changes the matrix.",
    "list(self.data[index])",
    "self.data[index]",
)
getitem.mistake(
    "A[i] came out as column i: it is row i.", "list(self.data[index])", "[row[index % len(row)] for row in self.data]"
)
getitem.mistake(
    "A tuple index was taken as a row number: test isinstance(index, tuple).", "return list(self.data[index])"
)
getitem.hint("`A[1, 2]` calls `A.__getitem__((1, 2))`: the index is a tuple. `A[1]` hands over a plain 1.")
getitem.hint("`list(row)` copies a row.")

# ------------------------------------------------------------------ arithmetic


def elementwise(piece, code, operation):
    """The questions of an operation on two matrices of one shape."""
    piece.asks(
        code, "entry by entry", cases=same_shapes, answer=lambda a, b: operation(np.array(a), np.array(b)).tolist()
    )
    piece.asks(
        code,
        "shapes that differ are refused, and both are named",
        cases=other_shapes,
        raises="ShapeError",
    )
    piece.asks(
        code,
        "the message of the refusal has both shapes in it",
        cases=[dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2], [3, 4]])],
        raises="ShapeError",
        mentions=("(2, 3)", "(2, 2)"),
    )
    piece.asks(
        f"A, B = Matrix(a), Matrix(b)\nC = {code.replace('Matrix(a)', 'A').replace('Matrix(b)', 'B')[:-5]}\n"
        "C.data[0][0] = 99\n[A.data, B.data]",
        "the operands stay as they were",
        cases=[SMALL],
        answer=lambda a, b: [a, b],
    )


add = Piece("foundations.matrix:Matrix.__add__", forbid=PLAIN)
elementwise(add, "(Matrix(a) + Matrix(b)).data", np.add)
add.mistake(
    "Added to lists, + glues them together: add the numbers one by one.",
    """
    if self.shape != other.shape:
        raise ShapeError(f"cannot add shapes {self.shape} and {other.shape}")
    return Matrix([r + s for r, s in zip(self.data, other.data)])
    """,
)
add.mistake(
    "Nothing compares the shapes: zip cuts the longer one off in silence.",
    """
    return Matrix([[a + b for a, b in zip(r, s)] for r, s in zip(self.data, other.data)])
    """,
)
add.mistake(
    "You changed self instead of making a new matrix.",
    """
    if self.shape != other.shape:
        raise ShapeError(f"cannot add shapes {self.shape} and {other.shape}")
    for i, row in enumerate(other.data):
        for j, x in enumerate(row):
            self.data[i][j] += x
    return self
    """,
)
add.mistake(
    "You compared the numbers of rows only: the columns must agree too.",
    "self.shape != other.shape",
    "self.shape[0] != other.shape[0]",
)
add.hint("zip over the rows of both, and inside over the entries of both.")

sub = Piece("foundations.matrix:Matrix.__sub__", forbid=PLAIN)
elementwise(sub, "(Matrix(a) - Matrix(b)).data", np.subtract)
sub.mistake("The operands have changed places: A - B takes B away from A.", "a - b", "b - a")
sub.mistake("This adds.", "a - b", "a + b")
sub.mistake(
    "You compared the numbers of columns only: the rows must agree too.",
    "self.shape != other.shape",
    "self.shape[1] != other.shape[1]",
)
sub.hint("The same as the sum, with one character changed; the message too.")


def scalings(rng):
    yield dict(a=[[7]], factor=1)
    yield dict(a=[[1, 2, 3], [4, 5, 6]], factor=2)
    yield dict(a=[[1, -2], [0, 4]], factor=0)
    for shape in ((3, 2), (1, 4)):
        yield dict(a=numbers(rng, *shape), factor=round(float(rng.uniform(-3, 3)), 2))


mul = Piece("foundations.matrix:Matrix.__mul__", forbid=PLAIN)
mul.asks(
    "(Matrix(a) * factor).data",
    "every entry times the number",
    cases=scalings,
    answer=lambda a, factor: (np.array(a) * factor).tolist(),
)
mul.asks(
    "(factor * Matrix(a)).data",
    "the same with the number on the left",
    cases=scalings,
    answer=lambda a, factor: (np.array(a) * factor).tolist(),
)
mul.asks(
    "A = Matrix(a)\nB, C = A * 3, A * 1\nC.data[0][0] = 99\n[A.data, B is A]",
    "the matrix stays as it was",
    cases=[dict(a=[[1, 2], [3, 4]])],
    answer=lambda a: [a, False],
)
mul.asks("Matrix(a) * Matrix(b)", "a matrix is not a number", cases=[SMALL, dict(a=[[1]], b=[[1]])], raises="TypeError")
mul.mistake(
    "A list times 2 is that list twice over: multiply the numbers inside.",
    """
    if isinstance(factor, Matrix):
        raise TypeError("A * B is not defined for two matrices; their product is A @ B")
    return Matrix([row * factor for row in self.data])
    """,
)
mul.mistake("You added the factor to every entry.", "a * factor", "a + factor")
mul.mistake(
    "You changed self instead of making a new matrix.",
    """
    if isinstance(factor, Matrix):
        raise TypeError("A * B is not defined for two matrices; their product is A @ B")
    self.data = [[a * factor for a in row] for row in self.data]
    return self
    """,
)
mul.mistake(
    "Entry-by-entry products of two matrices are not what * means here: raise TypeError.",
    """
    if isinstance(factor, Matrix):
        return Matrix([[a * b for a, b in zip(r, s)] for r, s in zip(self.data, factor.data)])
    return Matrix([[a * factor for a in row] for row in self.data])
    """,
)
mul.hint("A list inside a list: one comprehension for the rows, one for the entries of a row.")
mul.hint("`isinstance(factor, Matrix)` tells the case to refuse.")

transpose = Piece("foundations.matrix:Matrix.transpose", forbid=PLAIN)
transpose.asks(
    "Matrix(a).transpose().data", "columns become rows", cases=matrices, answer=lambda a: np.transpose(a).tolist()
)
transpose.asks(
    "A = Matrix(a)\nB = A.transpose()\nB.data[0][0] = 99\nA.data",
    "the matrix stays as it was",
    cases=[dict(a=[[1, 2], [3, 4]]), dict(a=[[5]])],
    answer=lambda a: a,
)
transpose.mistake(
    "The rows come out in reverse order: a transpose mirrors on the diagonal.",
    """
    return Matrix(self.data[::-1])
    """,
)
transpose.mistake(
    "Each row is reversed: a transpose mirrors on the diagonal.",
    """
    return Matrix([row[::-1] for row in self.data])
    """,
)
transpose.mistake(
    "You filled the new shape in reading order; the entries have to change places too.",
    """
    rows, columns = self.shape
    flat = [x for row in self.data for x in row]
    return Matrix([flat[j * rows : (j + 1) * rows] for j in range(columns)])
    """,
)
transpose.mistake(
    "This mirrors on the other diagonal: the first column becomes the first row, read from the top.",
    """
    rows, columns = self.shape
    return Matrix([[self.data[i][j] for i in reversed(range(rows))] for j in reversed(range(columns))])
    """,
)
transpose.mistake(
    "`[[0] * m] * n` holds one row n times over, so every row shows what was written last.",
    """
    rows, columns = self.shape
    result = [[0] * rows] * columns
    for i in range(rows):
        for j in range(columns):
            result[j][i] = self.data[i][j]
    return Matrix([list(row) for row in result])
    """,
)
transpose.hint("Row j of the result is column j of self: `[self.data[i][j] for i in range(rows)]`.")

# ------------------------------------------------------------------ products


def applied(rng):
    yield dict(a=[[1, 2], [3, 4]], v=[10, 1])
    yield dict(a=[[5]], v=[3])
    yield dict(a=[[1, 0], [0, 1]], v=[10, 1])
    yield dict(a=[[1, 1], [1, 1], [2, 1]], v=[3, 5])
    for m, n in ((2, 3), (3, 2), (1, 4), (4, 1)):
        yield dict(a=numbers(rng, m, n), v=numbers(rng, n))


apply = Piece("foundations.matrix:Matrix.apply", forbid=PLAIN)
apply.asks(
    "Matrix(a).apply(v)",
    "each row dotted with the vector",
    cases=applied,
    answer=lambda a, v: (np.array(a) @ np.array(v)).tolist(),
)
apply.asks(
    "Matrix(a).apply(v)",
    "a vector of another length than the rows is refused",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], v=v) for v in ([1, 2], [1, 2, 3, 4], [1], [])],
    raises="ShapeError",
)
untouched(apply, "A.apply(v)", [dict(a=[[1, 2], [3, 4]], v=[10, 1])])
apply.mistake(
    "You dotted the columns with the vector: take the rows.",
    "return [dot(column, v) for column in self.transpose().data]",
)
apply.mistake(
    "You multiplied entries without adding them up along the row.",
    """
    if len(v) != self.shape[1]:
        raise ShapeError("the sizes do not fit")
    return [row[i % len(v)] * v[i % len(v)] for i, row in enumerate(self.data)]
    """,
)
apply.mistake(
    "Only the first row is used for every entry.",
    "dot(row, v) for row in self.data",
    "dot(self.data[0], v) for row in self.data",
)
apply.hint("A comprehension over the rows, with your `dot`.")
apply.hint("`dot` refuses vectors of different lengths too: with it, is a test of your own still needed?")


def products(rng):
    yield dict(a=[[1, 2], [3, 4]], b=[[0, 1], [1, 0]])
    yield dict(a=[[3]], b=[[5]])
    yield dict(a=[[1, 2], [3, 4]], b=[[5, 6], [7, 9]])
    yield dict(a=[[1, 1], [1, 1], [3, 1]], b=[[1, 2], [1, 3]])
    yield dict(a=[[1, 0], [0, 1]], b=[[2, 0], [0, 2]])
    for m, k, n in ((2, 3, 4), (1, 3, 1), (3, 1, 2), (4, 2, 3)):
        yield dict(a=numbers(rng, m, k), b=numbers(rng, k, n))


def numpy_product(a, b):
    return (np.array(a) @ np.array(b)).tolist()


matmul = Piece("foundations.matrix:Matrix.__matmul__", forbid=PLAIN)
matmul.asks(
    "(Matrix(a) @ Matrix(b)).data", "row i of A dotted with column j of B", cases=products, answer=numpy_product
)
matmul.asks("Matrix(a).multiply(Matrix(b)).data", "multiply is the same product", cases=products, answer=numpy_product)
matmul.asks(
    "Matrix(a) @ Matrix(b)",
    "inner sizes that differ are refused, and both shapes are named",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2], [3, 4]])],
    raises="ShapeError",
    mentions=("(2, 3)", "(2, 2)"),
)
matmul.asks(
    "Matrix(a) @ Matrix(b)",
    "inner sizes that differ are refused, whichever is larger",
    cases=[
        dict(a=[[1, 2], [3, 4]], b=[[1, 2], [3, 4], [5, 6]]),
        dict(a=[[1], [2]], b=[[1], [2]]),
        dict(a=[[2]], b=[[1, 2], [3, 4]]),
        dict(a=[[1, 2], [3, 4]], b=[[2]]),
    ],
    raises="ShapeError",
)
untouched(
    matmul,
    "C = A @ B\nC.data[0][0] = 99",
    [dict(a=[[1, 2], [3, 4]], b=[[5, 6], [7, 9]]), dict(a=[[1, 0], [0, 1]], b=[[5, 6], [7, 9]])],
)
matmul.mistake(
    "Entry by entry is not the matrix product: each entry is a row dotted with a column.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    return Matrix([[a * b for a, b in zip(r, s)] for r, s in zip(self.data, other.data)])
    """,
)
matmul.mistake(
    "You dotted rows with rows: the second matrix gives its columns.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    return Matrix([[sum(a * b for a, b in zip(row, column)) for column in other.data] for row in self.data])
    """,
)
matmul.mistake(
    "You dotted rows with rows: the second matrix gives its columns.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    return Matrix([[dot(row, column) for column in other.data] for row in self.data])
    """,
)
matmul.mistake(
    "This is B @ A: the order matters.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    rows = self.transpose().data
    return Matrix([[sum(a * b for a, b in zip(row, column)) for column in rows] for row in other.data])
    """,
)
matmul.mistake(
    "The result is transposed: entry (i, j) belongs in row i.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    columns = other.transpose().data
    return Matrix([[dot(row, column) for row in self.data] for column in columns])
    """,
)
matmul.mistake(
    "You asked for equal shapes; only the inner sizes have to agree.",
    "self.shape[1] != other.shape[0]",
    "self.shape != other.shape",
)
matmul.hint("`other.transpose().data` is the list of other's columns.")
matmul.hint("Two comprehensions, one inside the other: for each row of self, for each column of other, one dot.")

identity = Piece("foundations.matrix:Matrix.identity", forbid=PLAIN)
identity.asks(
    "Matrix.identity(n).data",
    "1 on the diagonal, 0 elsewhere",
    cases=[dict(n=1), dict(n=2), dict(n=5), dict(n=8)],
    answer=lambda n: np.eye(n, dtype=int).tolist(),
)
identity.asks(
    "class Square(Matrix):\n    pass\ntype(Square.identity(n)).__name__",
    "it is made of cls, so that a subclass makes its own kind",
    cases=[dict(n=2)],
    answer=lambda n: "Square",
)
identity.asks("Matrix.identity(n)", "a size below 1 is refused", cases=[dict(n=0), dict(n=-2)], raises="ShapeError")
identity.mistake("Every entry is 1: only where row and column agree.", "1 if i == j else 0", "1")
identity.mistake("The ones run down the other diagonal.", "i == j", "i + j == n - 1")
identity.mistake("The ones go on below the diagonal.", "i == j", "i >= j")
identity.mistake(
    "The class method has cls for a reason: with Matrix written out, a subclass gets a plain Matrix.",
    "return cls(",
    "return Matrix(",
)
identity.hint("`[[... for j in range(n)] for i in range(n)]`, with a conditional expression inside.")

trace = Piece("foundations.matrix:Matrix.trace", forbid=PLAIN)


def squares(rng):
    yield dict(a=[[7]])
    yield dict(a=[[1, 2], [4, 8]])
    yield dict(a=[[1, 2, 3], [0, 0, 0], [5, 1, -1]])
    yield dict(a=[[1, 5, 4], [1, 5, 4], [1, 5, 4]])
    for n in (3, 5):
        yield dict(a=numbers(rng, n, n))


trace.asks("Matrix(a).trace()", "the sum of the diagonal", cases=squares, answer=lambda a: np.trace(a).item())
trace.asks(
    "Matrix(a).trace()",
    "a matrix that is not square is refused, and its shape is named",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]])],
    raises="ShapeError",
    mentions=("(2, 3)",),
)
trace.asks(
    "Matrix(a).trace()", "more rows than columns are refused too", cases=[dict(a=[[1], [2]])], raises="ShapeError"
)
untouched(trace, "A.trace()", [dict(a=[[1, 2], [4, 8]])])
trace.mistake(
    "You added all entries: only those on the diagonal.",
    "sum(self.data[i][i] for i in range(rows))",
    "sum(map(sum, self.data))",
)
trace.mistake("This runs down the other diagonal.", "self.data[i][i]", "self.data[i][rows - 1 - i]")
trace.mistake("You multiplied the diagonal: a trace adds.", "sum(self.data[i][i]", "math.prod(self.data[i][i]")
trace.mistake(
    "Only matrices with more columns than rows are refused: compare with !=.", "rows != columns", "rows < columns"
)
trace.hint("The diagonal is self.data[0][0], self.data[1][1], …")
