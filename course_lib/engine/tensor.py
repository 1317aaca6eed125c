"""``Tensor``: a shape, a dtype and a graph. Nothing is computed until somebody looks.

Every method returns a new ``Tensor`` around a larger graph of UOps (``tensor.uop``). ``realize`` has the graph
computed; ``numpy``, ``item``, ``tolist`` and printing do so as well. The vocabulary is PyTorch's, with tinygrad's
names beside it. Most methods are in the classes that ``Tensor`` is composed of, one file each.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from math import prod
from typing import Any, TypeVar

import numpy as np

from .capturing import Capture
from .device import Buffer, Device
from .dtype import DType, decode, dtype_of_number, dtypes, to_dtype
from .gradient import gradients
from .methods.creation import Creation
from .methods.elementwise import Elementwise
from .methods.indexing import Indexing
from .methods.losses import Losses
from .methods.movement import Movement
from .methods.neural import Neural
from .methods.products import Products
from .methods.reduction import Reduction
from .planning import settled
from .realize import realize, schedule_of
from .strides import ShapeError
from .uop import MOVEMENT, Ops, UOp, toposort

_serial = count()
outdated: weakref.WeakSet[UOp] = weakref.WeakSet()  # what parameters were before they were given new numbers
_live: dict[int, _Live] = {}  # all tensors that somebody still holds


class _Live(weakref.ref):
    __slots__ = ("key",)


def _died(entry: _Live) -> None:
    _live.pop(entry.key, None)


def live_tensors() -> list[Tensor]:
    """All tensors that somebody still holds."""
    return [tensor for entry in list(_live.values()) if (tensor := entry()) is not None]


Function = TypeVar("Function", bound=Callable)


class no_grad:
    """``with no_grad():`` (or ``@no_grad()``): what is computed inside is cut off from gradients."""

    active = False

    def __enter__(self) -> None:
        self._before, no_grad.active = no_grad.active, True

    def __exit__(self, *_: object) -> None:
        no_grad.active = self._before

    def __call__(self, function: Function) -> Function:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with no_grad():
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class Tensor(Creation, Movement, Indexing, Elementwise, Reduction, Products, Neural, Losses):
    """An array of numbers of one dtype, on one device, computed when it is needed.

    Parameters
    ----------
    data: a number, nested lists of numbers, a NumPy array (copied), or another tensor.
    dtype: the kind of numbers; left out, Python floats become float32, Python ints int64, and arrays keep theirs.
    device: where it lives, ``Device.DEFAULT`` if left out.
    requires_grad: ``False`` keeps the tensor out of ``backward``; ``None`` and ``True`` let it take part.

    Raises
    ------
    ShapeError: if nested lists are ragged.
    TypeError: if the data are no numbers, or ``requires_grad`` is asked of whole ones.

    >>> x = Tensor([2.0])
    >>> (x * x + x).backward()
    >>> x.grad.item()
    5.0
    """

    __slots__ = ("uop", "device", "requires_grad", "grad", "_retain", "__weakref__")
    uop: UOp
    device: str
    requires_grad: bool | None
    grad: Tensor | None

    def __init__(
        self,
        data: Any,
        dtype: DType | str | None = None,
        device: str | None = None,
        requires_grad: bool | None = None,
    ) -> None:
        if isinstance(data, Tensor):
            source = data if device is None else data.to(device)
            uop, name = source.uop, source.device
            uop = uop if dtype is None else uop.cast(to_dtype(dtype))
            if requires_grad:  # a parameter is no other that begins with the same numbers
                uop = _apart(uop.detach(), name)
        else:
            name = Device.canonical(device) if device is not None else Device.DEFAULT
            uop = leaf_of(data, None if dtype is None else to_dtype(dtype), name)
        self._become(uop, name, requires_grad)

    def _become(self, uop: UOp, device: str, requires_grad: bool | None = None) -> None:
        if requires_grad and not uop.dtype.is_float:
            raise TypeError(f"gradients need a fractional dtype such as float32, this tensor is of {uop.dtype.name}")
        self.uop, self.device, self.requires_grad = uop, device, requires_grad
        self.grad, self._retain = None, False
        entry = _Live(self, _died)
        entry.key = id(self)
        _live[entry.key] = entry

    @classmethod
    def _of(cls, uop: UOp, device: str) -> Tensor:
        """A tensor around a graph: what every operation returns."""
        tensor = cls.__new__(cls)
        tensor._become(uop.detach() if no_grad.active else uop, device)
        return tensor

    def _new(self, uop: UOp) -> Tensor:
        """A tensor around a graph, on this one's device."""
        return self._of(uop, self.device)

    @classmethod
    def _leaf(cls, uop: UOp, device: str | None, requires_grad: bool | None = None) -> Tensor:
        """A tensor of its own even if another was made in the same way: two biases of zeros are two parameters."""
        name = Device.canonical(device) if device is not None else Device.DEFAULT
        tensor = cls.__new__(cls)
        tensor._become(_apart(uop, name), name, requires_grad)
        return tensor

    # -- what it is

    @property
    def shape(self) -> tuple[int, ...]:
        return self.uop.shape

    @property
    def dtype(self) -> DType:
        return self.uop.dtype

    @property
    def ndim(self) -> int:
        return len(self.uop.shape)

    def dim(self) -> int:
        return len(self.uop.shape)

    def numel(self) -> int:
        """How many elements it has."""
        return prod(self.uop.shape)

    nelement = numel

    def size(self, dim: int | None = None) -> tuple[int, ...] | int:
        """The shape, or the size of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def element_size(self) -> int:
        return self.dtype.itemsize

    def nbytes(self) -> int:
        return self.numel() * self.dtype.itemsize

    def is_floating_point(self) -> bool:
        return self.dtype.is_float

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor of shape () has no length")
        return self.shape[0]

    def __hash__(self) -> int:
        return id(self)

    def __contains__(self, number: float) -> bool:
        return bool((self == number).any())

    def __reduce__(self) -> tuple:
        """How ``pickle`` and ``copy`` make another one: from its numbers, without its history."""
        return type(self), (self.numpy(), self.dtype, self.device, self.requires_grad)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("a tensor of shape () cannot be iterated over")
        return (self[i] for i in range(self.shape[0]))

    # -- computing it

    def schedule(self, *others: Tensor) -> list:
        """The kernels that would compute this tensor (and others), in order; none of them is run."""
        return schedule_of([self, *others])

    def realize(self, *others: Tensor) -> Tensor:
        """Compute this tensor, and others beside it, now; later uses read the result."""
        realize([self, *others])
        return self

    def numpy(self) -> np.ndarray:
        """The numbers as a NumPy array, a copy. bfloat16 comes as float32."""
        if Capture.active is not None:
            raise RuntimeError(
                "a replayed function cannot look at numbers: they would be those of its first call for ever. "
                "Return the tensor, and look at it outside"
            )
        realize([self])
        stored = self.uop.realized.array.reshape(self.shape)
        return np.array(decode(stored, self.dtype) if self.dtype is dtypes.bfloat16 else stored)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def tolist(self) -> Any:
        """The numbers as nested lists, or one number."""
        return self.numpy().tolist()

    def item(self) -> bool | int | float:
        """The number in a tensor of one element.

        Raises
        ------
        ValueError: if it has another number of elements.
        """
        if self.numel() != 1:
            raise ValueError(f"item() needs a tensor with one element, this has shape {self.shape}; tolist() takes any")
        return self.numpy().reshape(-1)[0].item()

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise ValueError(f"a tensor of shape {self.shape} is neither true nor false: use .any() or .all()")
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if not self.dtype.is_int:
            raise TypeError(f"a tensor of {self.dtype.name} cannot be an index")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item() if spec and self.numel() == 1 else repr(self), spec)

    def __repr__(self) -> str:
        numbers = np.array2string(self.numpy(), separator=", ", prefix="Tensor(")
        usual = self.dtype in (dtypes.float32, dtypes.int64, dtypes.bool)
        return f"Tensor({numbers})" if usual else f"Tensor({numbers}, dtype={self.dtype.name})"

    # -- memory and devices

    def contiguous(self) -> Tensor:
        """The same numbers in memory of their own: kernels before and after are not fused across it."""
        return self._new(UOp(Ops.CONTIGUOUS, self.dtype, (self.uop,)))

    def is_contiguous(self) -> bool:
        """Always true: a tensor is a graph, and what is computed lies in order."""
        return True

    def clone(self) -> Tensor:
        """A copy with memory and a gradient of its own."""
        return self._new(_apart(self.uop, self.device))

    def to(
        self,
        *where: str | DType | Tensor | bool,
        device: str | None = None,
        dtype: DType | str | None = None,
        non_blocking: bool = False,
        copy: bool = False,
    ) -> Tensor:
        """The tensor on another device (``x.to("GPU")``), as another dtype (``x.to(dtypes.half)``), or as another is.

        A device and a dtype may both be given, by position or by name. What PyTorch takes beyond that changes nothing
        here: nothing is copied before it is computed, and no tensor shares its memory.
        """
        result = self
        for target in (*where, device, dtype):
            if target is None or isinstance(target, bool):
                continue
            if isinstance(target, Tensor):
                result = result.to(target.device).cast(target.dtype)
            elif not isinstance(target, str) or target in vars(dtypes):
                result = result.cast(to_dtype(target))
            else:
                name = Device.canonical(target)
                if name != result.device:
                    result = result._of(UOp(Ops.COPY, result.dtype, (result.uop,), name), name)
        return result

    def cpu(self) -> Tensor:
        return self.to(Device.DEFAULT if Device.DEFAULT != "CL" else "C")

    def assign(self, value: Tensor | np.ndarray | float) -> Tensor:
        """Give this tensor new numbers of the same shape, converted to its dtype; returns it.

        The numbers are written over the old ones where nothing still needs those. No gradient passes an assignment,
        and tensors made from this one before keep the old value.

        Raises
        ------
        ShapeError: if the shapes differ (a value of fewer elements is broadcast).
        RuntimeError: if this is only a view of another tensor, which would not change with it.
        """
        self._refuse_view()
        other = value if isinstance(value, Tensor) else Tensor(value, device=self.device)
        if other.device != self.device:
            raise ValueError(f"a tensor on {self.device} cannot be given numbers on {other.device}: use .to() first")
        new = other.cast(self.dtype).detach()
        if new.shape != self.shape:
            new = new.expand(self.shape)
        self._note_change()
        if self.requires_grad:
            outdated.add(self.uop)
        target = self.uop.src[0] if self.uop.op is Ops.ASSIGN and self.uop.src else self.uop
        target = settled(target, self.device)
        if target.op is Ops.BUFFER:
            self.uop = UOp(Ops.ASSIGN, self.dtype, (target, new.uop))
        else:
            self.uop = UOp(Ops.CONTIGUOUS, self.dtype, (new.uop,))
        return self

    def _refuse_view(self) -> None:
        if _is_view(self.uop):
            raise RuntimeError(
                f"this tensor of shape {self.shape} is a view of another, which would not change with it: assign to a "
                "part of that one (x[i, j] = value), or make this one a tensor of its own with .clone()"
            )

    def _update(self, new: Tensor) -> Tensor:
        """What ``x.add_(y)`` and ``x[i] = y`` do; the same to a view would be lost."""
        self._refuse_view()
        return self._replace(new)

    def _replace(self, new: Tensor) -> Tensor:
        """What ``x += y`` does: a parameter gets new numbers, anything else goes on in the graph."""
        if self.grad is not None or self.requires_grad:
            return self.assign(new)
        if new.shape != self.shape:
            raise ShapeError(f"a result of shape {new.shape} cannot be kept in a tensor of shape {self.shape}")
        if new.dtype.category > self.dtype.category:
            raise TypeError(f"a result of {new.dtype.name} cannot be kept in a tensor of {self.dtype.name}")
        self._note_change()
        self.uop = new.cast(self.dtype).uop
        return self

    def _note_change(self) -> None:
        if Capture.active is not None:
            Capture.active.changed.append(weakref.ref(self))

    @property
    def data(self) -> Tensor:
        """The tensor without its history; numbers assigned to it go to the tensor itself."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        self.assign(value)

    # -- gradients

    def detach(self) -> Tensor:
        """The same numbers, through which no gradient passes."""
        detached = self._leaf(self.uop.detach(), self.device)
        detached.requires_grad = False
        return detached

    def detach_(self) -> Tensor:
        """Forget what this tensor was made from."""
        self.uop = self.uop.detach()
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        if requires_grad and not self.dtype.is_float:
            raise TypeError(f"gradients need a fractional dtype such as float32, this tensor is of {self.dtype.name}")
        self.requires_grad = requires_grad
        return self

    def retain_grad(self) -> None:
        """Ask ``backward`` for this tensor's gradient even though it was computed from others."""
        self._retain = True

    @property
    def is_leaf(self) -> bool:
        """Whether no other tensor that somebody still holds went into it."""
        return not _with_history(toposort([self.uop], _NO_GRADIENT), _holders())[self.uop]

    def gradient(self, *targets: Tensor, gradient: Tensor | None = None) -> list[Tensor]:
        """The derivatives of this tensor (summed, weighted by ``gradient``) with respect to ``targets``.

        They are graphs like any other, so they can be differentiated again. Where this tensor does not depend on a
        target, the derivative is 0.

        Raises
        ------
        RuntimeError: if it has more than one element and no ``gradient`` is given, or is no float.
        """
        upstream = self._upstream(gradient)
        results = gradients(self.uop, [target.uop for target in targets], upstream)
        return [t._new(t.uop.const_like(0) if g is None else g) for t, g in zip(targets, results)]

    def _upstream(self, gradient: Tensor | None) -> UOp:
        if not self.dtype.is_float:
            raise RuntimeError(f"only tensors of a fractional dtype have gradients, this one is {self.dtype.name}")
        if gradient is None:
            if self.numel() != 1:
                raise RuntimeError(
                    f"backward() starts from one number, this has shape {self.shape}: take .sum() or .mean(), "
                    "or give the gradient that arrives here"
                )
            return self.uop.const_like(1)
        if gradient.shape != self.shape:
            raise ShapeError(f"a gradient of shape {gradient.shape} does not belong to a tensor of shape {self.shape}")
        return gradient.uop.cast(self.dtype)

    def backward(self, gradient: Tensor | None = None, retain_graph: bool = True) -> Tensor:
        """Give every tensor that this one was made from its ``grad``; what is there already is added to.

        Tensors take part without being asked to, but for those with ``requires_grad=False``; once one of them has
        ``requires_grad=True``, as parameters of an optimizer have, only such tensors do. Tensors that were computed
        from others that somebody still holds get none, unless ``retain_grad()`` was called or ``requires_grad`` set.
        Graphs are always retained; ``retain_graph`` is there for PyTorch's sake.

        Parameters
        ----------
        gradient: the derivative of the final result by this tensor, of its shape; 1 if left out.

        Raises
        ------
        RuntimeError: if it has more than one element and no ``gradient`` is given, or is no float.
        """
        upstream = self._upstream(gradient)
        if self.uop.op is Ops.DETACH:
            raise RuntimeError("this was computed under no_grad: nothing that it was made from gets a gradient")
        if outdated and any(node in outdated for node in toposort([self.uop], _NO_GRADIENT | {Ops.ASSIGN})):
            raise RuntimeError(
                "a parameter was changed (by assign or an optimizer's step) after this had been computed from it: call "
                "backward before the update"
            )
        holders = _holders()
        history = _with_history(toposort([self.uop], _NO_GRADIENT), holders)
        held = [tensor for uop in history if uop.dtype.is_float for tensor in holders.get(uop, ())]
        if any(tensor.requires_grad for tensor in held):
            receivers = [tensor for tensor in held if tensor.requires_grad or tensor._retain]
        else:
            receivers = [
                tensor
                for tensor in held
                if tensor.requires_grad is not False and (not history[tensor.uop] or tensor._retain)
            ]
        # sums of gradients that nobody looks at must not become ever longer graphs
        realize([tensor.grad for tensor in receivers if tensor.grad is not None])
        found = gradients(self.uop, [tensor.uop for tensor in receivers], upstream)
        for tensor, uop in zip(receivers, found):
            if uop is not None:
                total = uop if tensor.grad is None else settled(tensor.grad.uop, tensor.device) + uop
                new = Tensor.__new__(type(tensor))
                new._become(total, tensor.device, False)
                tensor.grad = new
        return self

    def zero_grad(self) -> None:
        self.grad = None


_NO_GRADIENT = frozenset({Ops.DETACH})


def without_history(uops: Iterable[UOp]) -> list[UOp]:
    """Those of some UOps that were not computed, differentiably, from a tensor that somebody still holds."""
    held = {tensor.uop for tensor in live_tensors()}
    found: list[UOp] = []
    clear: set[UOp] = set()  # below these nobody holds anything
    for uop in uops:
        seen, stack = {uop}, [uop]
        while stack:
            node = stack.pop()
            sources = () if node.op in _NO_GRADIENT else node.src
            if not held.isdisjoint(sources):
                break
            fresh = [source for source in sources if source not in seen and source not in clear]
            seen.update(fresh)
            stack.extend(fresh)
        else:
            clear |= seen
            found.append(uop)
    return found


def _is_view(uop: UOp) -> bool:
    """Whether it only shows, moved, the numbers of another tensor that somebody still holds."""
    if uop.op not in MOVEMENT or not uop.src:
        return False
    held = {tensor.uop for tensor in live_tensors()}
    while uop.op in MOVEMENT and uop.src:
        uop = uop.src[0]
        if uop in held:
            return True
    return False


def _holders() -> dict[UOp, list[Tensor]]:
    """For each UOp the tensors that stand for it."""
    holders: dict[UOp, list[Tensor]] = {}
    for tensor in live_tensors():
        holders.setdefault(tensor.uop, []).append(tensor)
    return holders


def _with_history(order: Sequence[UOp], holders: dict[UOp, list[Tensor]]) -> dict[UOp, bool]:
    """For each UOp, sources first: does it come from a tensor that somebody still holds?"""
    history: dict[UOp, bool] = {}
    for node in order:
        # what an ASSIGN writes over is gone
        sources = () if node.op in _NO_GRADIENT else node.src[1:] if node.op is Ops.ASSIGN else node.src
        history[node] = any(history[source] or source in holders for source in sources)
    return history


def _apart(uop: UOp, device: str) -> UOp:
    """The same numbers under a UOp of their own, which no other made alike is."""
    return UOp(Ops.LEAF, uop.dtype, (uop,), (next(_serial), device))


def leaf_of(data: Any, dtype: DType | None, device: str) -> UOp:
    """The graph for plain data: a constant for one number, a buffer for more.

    Raises
    ------
    ShapeError: if nested lists are ragged.
    TypeError: if the data are no numbers.
    """
    if isinstance(data, (bool, int, float)) and not isinstance(data, np.generic):  # NumPy's float64 is a float
        number = UOp.const(dtype or dtype_of_number(data), data)
        return _apart(number, device)
    if isinstance(data, np.ndarray | np.generic):
        array = np.asarray(data)
    else:
        try:
            array = np.asarray([np.asarray(x) if isinstance(x, Tensor) else x for x in data])
        except ValueError:
            raise ShapeError(f"nested lists must have equal lengths, these do not: {str(data)[:80]}") from None
        except TypeError:
            raise TypeError(f"a tensor is made of numbers, lists or arrays, not of {type(data).__name__}") from None
        if dtype is None and array.dtype == np.float64 and not _holds_arrays(data):
            array = array.astype(np.float32)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a tensor is made of numbers, this has elements of type {array.dtype}: {str(data)[:80]}")
    dtype = dtype or to_dtype(array.dtype)
    return UOp(Ops.BUFFER, dtype, (), (Buffer.of(array, dtype, device), array.shape))


def _holds_arrays(data: Any) -> bool:
    """Whether nested lists end in NumPy's numbers, which keep their dtype, unlike Python's."""
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.ndarray | np.generic)
