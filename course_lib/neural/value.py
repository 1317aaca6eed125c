"""Numbers that remember how they were made, and find their own gradients.

A `Value` is one number in a graph of operations. Every operation stores its result, what it was made of (its children),
and how fast the result changes with each of them (the slopes). `Value.backward` then walks from the end to the start
and works out, with the chain rule, how fast the end changes with every number on the way: reverse-mode automatic
differentiation. `Neuron`, `Layer` and `MLP` are networks made of nothing else.

Source: Karpathy, *micrograd* (2020), whose vocabulary this is; Griewank and Walther, *Evaluating Derivatives* (2008),
chapter 3.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from numbers import Real
from operator import mul

from course_lib.foundations.calculus import gradient


class Value:
    """One number, and where it came from.

    ``data`` is the number and ``grad`` its gradient: how fast the value on which `backward` was called changes with
    this one. A ``label`` may be given to it. Two Values are equal only if they are the same object, so that they can
    be kept in sets and dicts.
    """

    # Python's garbage collector looks at every tuple, so a node with two children keeps them and their slopes in four
    # slots: _a, _b, _da, _db. With any other number of children, _a and _da are the tuples themselves and _b is None.
    __slots__ = ("data", "grad", "label", "_op", "_a", "_b", "_da", "_db")

    def __init__(self, data: float, children: Iterable[Value] = (), op: str = "", slopes: tuple[float, ...] = ()):
        """A number by itself, or the result of an operation.

        ``op`` is the operation's name. ``slopes`` has one number for each of the ``children``: how fast ``data``
        changes with that child. (With no slopes at all, assign a function to `_backward`, as in micrograd.) Raises
        `TypeError` if ``data`` is not one real number.
        """
        self.data = data
        self.grad = 0.0
        self._op = op
        if len(slopes) == 2:
            self._a, self._b = children
            self._da, self._db = slopes
        else:
            self._a, self._b, self._da = tuple(children), None, slopes
            if slopes and len(slopes) != len(self._a):
                raise ValueError(f"{len(self._a)} children, but {len(slopes)} slopes")
            if type(data) is not float:
                self.data = real(data)

    @property
    def _children(self) -> tuple[Value, ...]:
        return self._a if self._b is None else (self._a, self._b)

    @property
    def _slopes(self) -> tuple[float, ...]:
        if callable(self._da):  # a function of one's own
            return ()
        return self._da if self._b is None else (self._da, self._db)

    @property
    def _prev(self) -> set[Value]:
        return set(self._children)

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"

    # ------------------------------------------------------------------ operations

    def __add__(self, other: Value | float) -> Value:
        """Sum: a new Value with op ``"+"``, whose children are ``self`` and ``other``; they stay as they are.

        Each child's slope is how fast the sum grows when that child alone grows. An ``other`` that is a plain number
        becomes a Value first. ``Value(12) + 3`` has ``data`` 15.
        """
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), "+", (1.0, 1.0))

    def __mul__(self, other: Value | float) -> Value:
        """Product: a new Value with op ``"*"``, whose children are ``self`` and ``other``; they stay as they are.

        Each child's slope is how fast the product grows when that child alone grows. An ``other`` that is a plain
        number becomes a Value first. ``Value(4) * Value(3)`` has ``data`` 12.
        """
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), "*", (other.data, self.data))

    def __pow__(self, exponent: Value | float) -> Value:
        """Power: ``self`` is the base.

        For a plain number as ``exponent`` the result is a new Value with ``self`` as its only child, and an op that
        begins with ``"**"``; ``self`` stays as it is. To the power of 0 it is 1 with slope 0, also where the base is 0.
        Nobody asks for powers that are not real numbers (``0.0 ** -1``, ``(-8) ** 0.5``): any error may come through.

        An ``exponent`` that is a Value gets its gradient too, even if it is ``self``. Nobody asks for that with a base
        that is not positive.

        ``Value(2.0) ** 3`` has ``data`` 8 and slope 12.
        """
        if isinstance(exponent, Value):
            power = self.data**exponent.data
            slopes = (exponent.data * power / self.data, power * math.log(self.data))
            return Value(power, (self, exponent), "**", slopes)
        slope = exponent * self.data ** (exponent - 1) if exponent != 0 else 0.0
        return Value(self.data**exponent, (self,), f"**{exponent}", (slope,))

    def exp(self) -> Value:
        """e to the power of this Value; its slope is the result itself."""
        result = math.exp(self.data)
        return Value(result, (self,), "exp", (result,))

    def log(self) -> Value:
        """Natural logarithm, of positive numbers only."""
        return Value(math.log(self.data), (self,), "log", (1 / self.data,))

    def tanh(self) -> Value:
        """Hyperbolic tangent: a new Value with op ``"tanh"`` and one child, ``self``, which stays as it is.

        It is right for every float, however large: ``Value(1000.0).tanh()`` has ``data`` 1 and slope 0.
        """
        t = math.tanh(self.data)
        return Value(t, (self,), "tanh", (1 - t * t,))

    def sigmoid(self) -> Value:
        """1 / (1 + e^-x), without overflow, and with all its digits where it is small."""
        small = math.exp(-abs(self.data))
        s = (1.0 if self.data >= 0 else small) / (1 + small)
        return Value(s, (self,), "sigmoid", (s * (1 - s),))

    def relu(self) -> Value:
        """The number itself if it is positive, else 0; at 0 the slope is taken to be 0."""
        return Value(max(self.data, 0.0), (self,), "relu", (1.0 if self.data > 0 else 0.0,))

    def sin(self) -> Value:
        """Sine, of an angle in radians; its slope is the cosine."""
        return Value(math.sin(self.data), (self,), "sin", (math.cos(self.data),))

    def cos(self) -> Value:
        """Cosine, of an angle in radians; its slope is minus the sine."""
        return Value(math.cos(self.data), (self,), "cos", (-math.sin(self.data),))

    __radd__ = __add__  # 2 + v
    __rmul__ = __mul__  # 2 * v

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -other

    def __rsub__(self, other: float) -> Value:
        return other + -self

    def __truediv__(self, other: Value | float) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return self * other**-1

    def __rtruediv__(self, other: float) -> Value:
        return other * self**-1

    def __rpow__(self, base: float) -> Value:
        return Value(base) ** self

    def __float__(self) -> float:
        return float(self.data)

    def __lt__(self, other: Value | float) -> bool:
        return self.data < float(other)

    def __gt__(self, other: Value | float) -> bool:
        return self.data > float(other)

    def __le__(self, other: Value | float) -> bool:
        return self.data <= float(other)

    def __ge__(self, other: Value | float) -> bool:
        return self.data >= float(other)

    # ------------------------------------------------------------------ gradients

    def pass_back(self) -> None:
        """Hand this Value's gradient on: to the ``grad`` of each child is added the child's slope times ``self.grad``.

        Children and slopes are in ``self._children`` and ``self._slopes``, in the same order. A child that is there
        twice gets both shares. Nothing else changes.

        With ``c = Value(4) * Value(3)`` and ``c.grad = 2``, the children's gradients grow by 6 and 8.
        """
        for child, slope in zip(self._children, self._slopes):
            child.grad += slope * self.grad

    @property
    def _backward(self) -> Callable[[], None]:
        """What hands the gradient on: `pass_back`, unless a function of one's own was assigned."""
        return self._da if callable(self._da) else self.pass_back

    @_backward.setter
    def _backward(self, function: Callable[[], None]) -> None:
        self._a, self._b, self._da = self._children, None, function

    def topological_order(self) -> list[Value]:
        """Every Value that this one was made of, itself included, as a list: each once, and children before parents.

        So ``self`` comes last. Of several such orders any is right. Chains of 100,000 operations are no trouble (so no
        function that calls itself), and the time is proportional to the number of arrows. The graph stays as it is.
        """
        order, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node is None:  # everything below the node under it is in the list
                order.append(stack.pop())
            elif node not in seen:
                seen.add(node)
                if node._b is None:
                    stack += (node, None, *node._a)
                else:
                    stack += (node, None, node._a, node._b)
        return order

    def backward(self) -> None:
        """Work out the gradient of ``self`` with respect to every Value it was made of, in their ``grad``.

        First the ``grad`` of every one of them that has children is set to 0. Leaves, which have none, keep theirs, so
        that theirs add up over several calls. Then ``self.grad`` becomes 1, and from the last Value of the topological
        order to the first, each one's `_backward` is called once.

        With ``a, b = Value(4), Value(3)`` and ``L = 2 * (a * b + b)``, ``L.backward()`` makes ``a.grad`` 6 and
        ``b.grad`` 10; a second ``L.backward()`` makes them 12 and 20.
        """
        order = self.topological_order()
        for node in order:
            if node._a:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            if node._b is None:
                node._backward()
            else:  # the same for two children, without the call: most nodes come this way
                node._a.grad += node._da * node.grad
                node._b.grad += node._db * node.grad

    def zero_grad(self) -> None:
        """Set the gradients of this Value and of all it was made of to 0."""
        for node in self.topological_order():
            node.grad = 0.0


def real(number: float) -> float:
    """Turn any real number into a Python float; raises `TypeError` for anything else."""
    if not isinstance(number, Real):
        raise TypeError(f"a Value holds one real number, not {number!r}")
    return float(number)


def gradient_gap(f: Callable[..., Value], *numbers: float, h: float = 1e-5) -> float:
    """How far the gradients of ``backward`` are from measured ones: the largest distance over all inputs.

    ``f`` takes as many Values as there are ``numbers`` (one at least) and returns a Value. Its gradient at these
    numbers is found twice: by one ``backward`` call on fresh Values, and by a central difference with step ``h`` for
    each input.

    ``gradient_gap(lambda a: a * a * a, 2.0, h=0.1)`` is close to 0.01: the slope is 12, and the difference measures
    12.01.
    """
    inputs = [Value(x) for x in numbers]
    f(*inputs).backward()
    measured = gradient(lambda point: f(*(Value(x) for x in point)).data, list(numbers), h)
    return max(abs(value.grad - slope) for value, slope in zip(inputs, measured))


# ------------------------------------------------------------------ networks


def weighted_sum(weights: Iterable[Value | float], inputs: Iterable[Value | float], bias: Value | float = 0.0) -> Value:
    """The products of matching weights and inputs, added up, plus the bias: one new Value, whatever their number.

    Its children are all weights, all inputs and the bias, each with its slope; plain numbers among them become Values
    first, Values stay as they are, and the same one may be there several times. The op is ``"dot"``. ``weights`` and
    ``inputs`` are lists or anything else a ``for`` can walk over once; they may be empty. Raises `ValueError`, with
    both lengths in its message, if the lengths differ.

    ``weighted_sum([2, 3], [10, 100], 1)`` has ``data`` 321 and five children.
    """
    weights = [w if isinstance(w, Value) else Value(w) for w in weights]
    inputs = [x if isinstance(x, Value) else Value(x) for x in inputs]
    bias = bias if isinstance(bias, Value) else Value(bias)
    if len(weights) != len(inputs):
        raise ValueError(f"{len(weights)} weights do not match {len(inputs)} inputs")
    by_weight = [x.data for x in inputs]
    by_input = [w.data for w in weights]
    total = bias.data + sum(map(mul, by_input, by_weight))
    return Value(total, (*weights, *inputs, bias), "dot", (*by_weight, *by_input, 1.0))


class Module:
    """Anything that has parameters."""

    def parameters(self) -> list[Value]:
        return []

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """Weights ``w``, one for each of ``nin`` inputs, and a bias ``b``.

    The weights are drawn by ``rng.uniform(-1, 1)``; without an ``rng``, Python's own ``random`` does it.
    """

    def __init__(self, nin: int, nonlin: bool = True, rng=None):
        self.w = [Value((rng or random).uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x: Iterable[Value | float]) -> Value:
        """The weighted sum of the inputs ``x`` plus the bias, passed through relu if ``self.nonlin`` is true.

        ``x`` is a list or anything else a ``for`` can walk over once, of Values or plain numbers. If there are not as
        many of them as weights, that raises `ValueError`.
        """
        total = weighted_sum(self.w, x, self.b)
        return total.relu() if self.nonlin else total

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """``nout`` neurons side by side, all with the same ``nin`` inputs."""

    def __init__(self, nin: int, nout: int, nonlin: bool = True, rng=None):
        self.neurons = [Neuron(nin, nonlin, rng) for _ in range(nout)]

    def __call__(self, x: Iterable[Value | float]) -> Value | list[Value]:
        """What the neurons say to ``x``: a list, or of a single neuron the Value itself."""
        x = [number if isinstance(number, Value) else Value(number) for number in x]  # once, not for each neuron
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: ``MLP(2, [16, 16, 1])`` has 2 inputs and three layers, all but the last with relu."""

    def __init__(self, nin: int, nouts: list[int], rng=None):
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != last, rng=rng) for i in range(len(nouts))]

    def __call__(self, x: Iterable[Value | float]) -> Value | list[Value]:
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
