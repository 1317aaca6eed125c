"""Is a gradient right? Compare it with the slope that is found by moving every input a little.

That takes two evaluations for each number of the input, so it is for tests, where it finds almost every mistake.
Inputs should lie away from kinks and jumps (``relu`` at 0, ``max`` with ties), where no slope exists to compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .tensor import Tensor


class GradientError(AssertionError):
    """A derivative that central differences do not confirm."""


def gradcheck(
    function: Callable[..., Tensor | Sequence[Tensor]],
    inputs: Tensor | Sequence[Tensor],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    seed: int = 0,
) -> bool:
    """Compare the gradients of ``function(*inputs)`` with central differences, in float64.

    Parameters
    ----------
    function: takes tensors of the inputs' shapes, gives one tensor or several, of any shapes.
    inputs: fractional ones are checked as float64, unless they have ``requires_grad=False``; others are passed as is.
    eps: how far each number is moved to either side.
    atol, rtol: how far the two may be apart: ``atol + rtol * abs(numeric)``.
    seed: for the random weights with which the results are summed to one number.

    Returns
    -------
    True; anything wrong raises.

    Raises
    ------
    GradientError: naming the input and the place in it of the worst derivative, and both values.
    ValueError: if no input or no result is fractional, so that there is nothing to check.

    >>> gradcheck(lambda x, y: x * y, [Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    True
    """
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    arrays = [x.numpy().astype(np.float64) if x.is_floating_point() else x.numpy() for x in inputs]
    checked = [i for i, x in enumerate(inputs) if x.is_floating_point() and x.requires_grad is not False]

    def evaluate() -> tuple[list[Tensor], list[Tensor]]:
        """Fresh tensors of the arrays as they are now, and the fractional results for them."""
        tensors = [Tensor(array, device=x.device) for array, x in zip(arrays, inputs)]
        found = function(*tensors)
        found = [found] if isinstance(found, Tensor) else found
        return tensors, [result for result in found if result.is_floating_point()]

    tensors, results = evaluate()
    if not checked or not results:
        raise ValueError(
            "nothing to check: no input or no result is of a fractional dtype (or none requires a gradient)"
        )
    rng = np.random.default_rng(seed)
    weights = [np.asarray(rng.standard_normal(result.shape)) for result in results]
    analytic = [np.zeros(arrays[i].shape) for i in checked]
    for result, weight in zip(results, weights):
        upstream = Tensor(weight, device=result.device)
        for total, part in zip(analytic, result.gradient(*(tensors[i] for i in checked), gradient=upstream)):
            total += part.numpy()

    def moved(array: np.ndarray, place: tuple[int, ...], value: float) -> float:
        """The weighted sum of the results with one number of the input replaced."""
        kept, array[place] = array[place], value
        total = sum(float((result.numpy() * weight).sum()) for result, weight in zip(evaluate()[1], weights))
        array[place] = kept
        return total

    for i, slopes in zip(checked, analytic):
        array, numeric = arrays[i], np.zeros(arrays[i].shape)
        for place in np.ndindex(array.shape):
            x = array[place]
            numeric[place] = (moved(array, place, x + eps) - moved(array, place, x - eps)) / (2 * eps)
        _compare(i, slopes, numeric, atol, rtol)
    return True


def gradgradcheck(
    function: Callable[..., Tensor],
    inputs: Tensor | Sequence[Tensor],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    seed: int = 0,
) -> bool:
    """As ``gradcheck``, of the gradients of ``function``: are the second derivatives right?

    Raises
    ------
    GradientError, ValueError: as ``gradcheck``; the input after the last one is the gradient that arrives.
    """
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [i for i, x in enumerate(inputs) if x.is_floating_point() and x.requires_grad is not False]
    weight = np.asarray(np.random.default_rng(seed + 1).standard_normal(function(*inputs).shape))

    def slopes(*args: Tensor) -> list[Tensor]:
        *tensors, upstream = args
        return function(*tensors).gradient(*(tensors[i] for i in checked), gradient=upstream)

    return gradcheck(slopes, [*inputs, Tensor(weight, device=inputs[0].device)], eps, atol, rtol, seed)


def _compare(number: int, analytic: np.ndarray, numeric: np.ndarray, atol: float, rtol: float) -> None:
    wrong = ~(np.abs(analytic - numeric) <= atol + rtol * np.abs(numeric))  # so that NaN is wrong
    if wrong.any():
        error = np.where(wrong, np.nan_to_num(np.abs(analytic - numeric), nan=np.inf), -1)
        place = tuple(int(i) for i in np.unravel_index(error.argmax(), error.shape))
        raise GradientError(
            f"the gradient for input {number} at {place} is {analytic[place]:.8g}, but central differences give "
            f"{numeric[place]:.8g} ({int(wrong.sum())} of {wrong.size} derivatives of this input are wrong)"
        )
