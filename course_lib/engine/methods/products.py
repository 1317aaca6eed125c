"""Matrix products and their relatives: multiply what belongs together, add up what is to go.

None of them is a primitive. A matrix product is (m, k) and (k, n), both stretched to (m, n, k), multiplied, and added
up along the last axis; the stretched product is never stored once loops are made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..dtype import dtypes
from ..strides import ShapeError, broadcast_shapes
from ..uop import UOp
from .axes import axes_of, numpy_names
from .einsum import add_products, einsum
from .operands import Operands

if TYPE_CHECKING:
    import numpy as np

    from ..tensor import Tensor


def swapped(x: UOp) -> UOp:
    """A matrix with its rows as columns; of more axes the last two."""
    order = list(range(len(x.shape)))
    return x.permute((*order[:-2], order[-1], order[-2]))


class Products(Operands):
    """Both operands need the same dtype, as in PyTorch."""

    __slots__ = ()

    def _factor(self, other: Tensor | np.ndarray, what: str) -> Tensor:
        """The other operand as a tensor of this one's dtype and device.

        Raises
        ------
        TypeError: if the dtypes differ or are bool.
        ValueError: if the devices differ.
        """
        other = other if isinstance(other, Operands) else type(self)(other, device=self.device)
        if other.dtype is not self.dtype:
            raise TypeError(f"{what} of {self.dtype.name} and {other.dtype.name}: cast one to the other's dtype")
        if self.dtype is dtypes.bool:
            raise TypeError(f"{what} needs numbers, not bools: cast both with .float()")
        return other if other.device == self.device else self._on_one_device(other)[1]

    def matmul(self, other: Tensor | np.ndarray) -> Tensor:
        """The matrix product, as ``@`` has it.

        Shapes: (m, k) with (k, n) gives (m, n). A vector (k,) on the left counts as a row, on the right as a column,
        whose axis is dropped again; two vectors give one number. Axes before the last two are broadcast.

        Raises
        ------
        ShapeError: if the inner sizes disagree, the leading axes do not broadcast, or a tensor has no axes.
        TypeError: if the dtypes differ or are bool.
        """
        other = self._factor(other, "matmul")
        a, b = self.uop, other.uop
        if not a.shape or not b.shape:
            raise ShapeError(f"matmul of shapes {a.shape} and {b.shape}: each needs an axis; * multiplies by a number")
        inner = b.shape[-2:][0]
        if a.shape[-1] != inner:
            raise ShapeError(
                f"matmul of shapes {a.shape} and {b.shape}: the inner sizes {a.shape[-1]} and {inner} differ"
            )
        if len(a.shape) > 2 and len(b.shape) > 2:
            try:
                broadcast_shapes(a.shape[:-2], b.shape[:-2])
            except ShapeError as error:
                raise ShapeError(f"matmul of shapes {a.shape} and {b.shape}: in front, {error}") from None
        if len(b.shape) > 1:  # rows (..., m, 1, k), columns (..., 1, n, k); an axis that is not there is stretched too
            b = swapped(b)
            if len(a.shape) > 1 and len(b.shape) > 2:
                b = b.reshape((*b.shape[:-2], 1, *b.shape[-2:]))
            a = a.reshape((*a.shape[:-1], 1, a.shape[-1]))
        return self._new(add_products(a, b))

    def __rmatmul__(self, other: np.ndarray) -> Tensor:
        return type(self)(other, device=self.device).matmul(self)

    def __imatmul__(self, other: Tensor) -> Tensor:
        return self._replace(self.matmul(other))

    __matmul__ = dot = matmul

    def _ranks(self, other: Tensor, what: str, mine: int, others: int) -> None:
        """ShapeError unless the two have just so many axes."""
        if (self.ndim, other.ndim) != (mine, others):
            raise ShapeError(
                f"{what} needs tensors of {mine} and {others} axes, not shapes {self.shape} and {other.shape}"
            )

    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices, (m, k) and (k, n)."""
        self._ranks(mat2, "mm", 2, 2)
        return self.matmul(mat2)

    def bmm(self, mat2: Tensor) -> Tensor:
        """The products of b pairs of matrices, (b, m, k) and (b, k, n)."""
        self._ranks(mat2, "bmm", 3, 3)
        if self.shape[0] != mat2.shape[0]:
            raise ShapeError(
                f"bmm of shapes {self.shape} and {mat2.shape}: {self.shape[0]} and {mat2.shape[0]} matrices"
            )
        return self.matmul(mat2)

    def mv(self, vec: Tensor) -> Tensor:
        """The product of a matrix (m, k) and a vector (k,)."""
        self._ranks(vec, "mv", 2, 1)
        return self.matmul(vec)

    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """``beta * self + alpha * (mat1 @ mat2)``; with ``beta`` 0 not even NaN in this tensor matters."""
        return self._add_product(mat1.mm(mat2), beta, alpha)

    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """``beta * self + alpha * (batch1 @ batch2)``, matrix by matrix."""
        return self._add_product(batch1.bmm(batch2), beta, alpha)

    def _add_product(self, product: Tensor, beta: float, alpha: float) -> Tensor:
        if broadcast_shapes(self.shape, product.shape) != product.shape:
            raise ShapeError(f"a tensor of shape {self.shape} cannot be added to a product of shape {product.shape}")
        scaled = product if alpha == 1 else product * alpha
        return scaled if beta == 0 else (self if beta == 1 else self * beta) + scaled

    # -- other pairings

    def outer(self, vec2: Tensor) -> Tensor:
        """All products of an element of one vector (m,) and one of another (n,): (m, n)."""
        self._ranks(vec2, "outer", 1, 1)
        return self.reshape(-1, 1) * vec2

    def inner(self, other: Tensor) -> Tensor:
        """Sums of products along the last axes: (..., k) and (---, k) give (..., ---). A single number multiplies."""
        if not self.shape or not other.shape:
            return self * other
        return self.tensordot(other, ([-1], [-1]))

    @numpy_names
    def vecdot(self, other: Tensor, dim: int = -1) -> Tensor:
        """The sums of products along one axis; the others are broadcast."""
        a, b, device = self._matched(self._factor(other, "vecdot"))
        return self._of(add_products(*(self._of(x, device).movedim(dim, -1).uop for x in (a, b))), device)

    def tensordot(self, other: Tensor, dims: int | Sequence = 2) -> Tensor:
        """Multiply and add up over pairs of axes; the others stay, this tensor's first.

        Parameters
        ----------
        dims: two lists, the axes of this tensor and those of ``other`` that go with them; or a number, for so many last
            axes of this tensor and as many first of the other.

        Raises
        ------
        ShapeError: if the sizes of a pair of axes differ.
        """
        other = self._factor(other, "tensordot")
        if isinstance(dims, int):
            dims = range(self.ndim - dims, self.ndim), range(dims)
        mine, others = axes_of(tuple(dims[0]), self.ndim), axes_of(tuple(dims[1]), other.ndim)
        sizes, other_sizes = [self.shape[i] for i in mine], [other.shape[i] for i in others]
        if sizes != other_sizes:
            raise ShapeError(
                f"tensordot of shapes {self.shape} and {other.shape}: sizes {sizes} and {other_sizes} differ"
            )
        kept = [i for i in range(self.ndim) if i not in mine]
        others_kept = [i for i in range(other.ndim) if i not in others]
        a = self.uop.permute((*kept, *mine))
        a = a.reshape((*a.shape[: len(kept)], *(1 for _ in others_kept), *sizes))
        return self._new(add_products(a, other.uop.permute((*others_kept, *others)), len(sizes)))

    def kron(self, other: Tensor) -> Tensor:
        """The Kronecker product: every element of this tensor times all of ``other``, laid out as blocks."""
        rank = max(self.ndim, other.ndim)
        rows, blocks = ((1,) * (rank - t.ndim) + t.shape for t in (self, other))
        a = self.reshape([size for n in rows for size in (n, 1)])
        b = other.reshape([size for n in blocks for size in (1, n)])
        return (a * b).reshape([m * n for m, n in zip(rows, blocks)])

    @staticmethod
    def einsum(formula: str, *operands: Tensor | Sequence[Tensor]) -> Tensor:
        """A sum of products in Einstein's notation.

        Parameters
        ----------
        formula: for each operand a letter for every axis; after ``->`` the letters of the result. What the result does
            not have is added up. A letter twice in one operand means its diagonal, ``...`` all axes without a letter.
            Sizes of 1 are broadcast.
        operands: the tensors, as many arguments or one list.

        Raises
        ------
        ShapeError: if shapes do not fit the formula or each other.
        TypeError: if the dtypes differ.
        ValueError: if the formula is wrong in itself.

        >>> Tensor.einsum("ij,jk->ik", Tensor.ones(2, 3), Tensor.ones(3, 4)).shape
        (2, 4)
        """
        first, *others = operands[0] if isinstance(operands[0], list | tuple) else operands
        return first._new(einsum(formula, [first, *(first._factor(other, "einsum") for other in others)]))
