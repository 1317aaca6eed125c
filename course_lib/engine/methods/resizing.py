"""Images larger or smaller: interpolation between elements, and channels rearranged into space.

Inputs have the shape (N, C, ...) with one to three spatial axes behind the channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING

from ..dtype import dtypes
from ..strides import ShapeError
from .precision import need_float
from .windows import Sizes, per_axis

if TYPE_CHECKING:
    from ..tensor import Tensor

SPATIAL_AXES = {"bilinear": 2, "bicubic": 2, "trilinear": 3}  # modes that are for so many; the others do for all
MODES = ("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area")


class Resizing:
    """``interpolate`` and ``pixel_shuffle``."""

    __slots__ = ()

    def interpolate(
        self,
        size: Sizes | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> Tensor:
        """Stretch or shrink the spatial axes to ``size``, or by ``scale_factor``.

        Elements are squares (intervals, cubes), and the outer edges of the image stay where they are; with
        ``align_corners`` the centres of the elements at the corners do.

        Parameters
        ----------
        mode: "nearest" (as other libraries round), "nearest-exact" (to the nearest centre), "linear" (any number of
            spatial axes), "bilinear" (two), "trilinear" (three), "bicubic" (two), or "area" (means of stretches).
        recompute_scale_factor: use the ratio of the rounded sizes instead of ``scale_factor``.

        Returns
        -------
        shape (N, C, *size); without a size, ``floor(length * scale_factor)`` along each axis.

        Raises
        ------
        ShapeError: if the input has another number of axes than the mode needs.
        TypeError: for whole numbers, but for the nearest.
        ValueError: unless exactly one of ``size`` and ``scale_factor`` is given, or for an unknown mode.
        """
        count = self.ndim - 2
        if mode not in MODES:
            raise ValueError(f"interpolate: mode must be one of {', '.join(MODES)}, not {mode!r}")
        if count not in (1, 2, 3) or SPATIAL_AXES.get(mode, count) != count:
            axes = SPATIAL_AXES.get(mode, "one to three")
            raise ShapeError(
                f"interpolate with mode {mode!r} needs N, C and {axes} spatial axes, not shape {self.shape}"
            )
        if not mode.startswith("nearest"):
            need_float(f"interpolate by {mode!r}", self.dtype)
        if (size is None) == (scale_factor is None):
            raise ValueError("interpolate: give either size or scale_factor")
        if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
            raise ValueError(f"interpolate: align_corners has no meaning for mode {mode!r}")
        lengths = self.shape[2:]
        factors: Sequence[float | None] = (None,) * count
        if scale_factor is not None:
            factors = (scale_factor,) * count if isinstance(scale_factor, int | float) else tuple(scale_factor)
            if len(factors) != count:
                raise ValueError(f"interpolate: scale_factor must be one number, or {count}, not {scale_factor}")
            size = [floor(length * factor) for length, factor in zip(lengths, factors)]
            factors = (None,) * count if recompute_scale_factor else factors
        sizes = per_axis("interpolate", "size", size, count)
        if 0 in lengths:
            raise ShapeError(f"interpolate needs at least one element along each axis, not {self.shape}")
        if mode == "area":
            return getattr(self, f"adaptive_avg_pool{count}d")(sizes)
        x = self
        for axis, (length, new, factor) in enumerate(zip(lengths, sizes, factors), 2):
            ratio = length / new if factor is None else 1 / factor
            if mode.startswith("nearest"):
                x = _nearest(x, axis, new, ratio, 0.5 if mode == "nearest-exact" else 0.0)
            elif new != length or factor is not None:
                x = _blend(x, axis, new, ratio, mode == "bicubic", bool(align_corners))
        return x.cast(self.dtype)

    def upsample(
        self,
        size: Sizes | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
    ) -> Tensor:
        """``interpolate`` by its older name."""
        return self.interpolate(size, scale_factor, mode, align_corners)

    def pixel_shuffle(self, upscale_factor: int) -> Tensor:
        """Channels become space: (..., C*r*r, H, W) to (..., C, H*r, W*r).

        Raises
        ------
        ShapeError: if r*r does not divide the channels.
        """
        r = upscale_factor
        if self.ndim < 3 or r < 1 or self.shape[-3] % (r * r):
            raise ShapeError(f"pixel_shuffle by {r} needs (..., C*{r}*{r}, H, W), not shape {self.shape}")
        *batch, channels, height, width = self.shape
        n = len(batch)
        apart = self.reshape(*batch, channels // (r * r), r, r, height, width)
        order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
        return apart.permute(order).reshape(*batch, channels // (r * r), height * r, width * r)

    def pixel_unshuffle(self, downscale_factor: int) -> Tensor:
        """Space becomes channels, the inverse of ``pixel_shuffle``: (..., C, H*r, W*r) to (..., C*r*r, H, W).

        Raises
        ------
        ShapeError: if r does not divide height and width.
        """
        r = downscale_factor
        if self.ndim < 3 or r < 1 or self.shape[-1] % r or self.shape[-2] % r:
            raise ShapeError(f"pixel_unshuffle by {r} needs (..., C, H*{r}, W*{r}), not shape {self.shape}")
        *batch, channels, height, width = self.shape
        n = len(batch)
        apart = self.reshape(*batch, channels, height // r, r, width // r, r)
        order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
        return apart.permute(order).reshape(*batch, channels * r * r, height // r, width // r)


def _nearest(x: Tensor, axis: int, size: int, ratio: float, centre: float) -> Tensor:
    """Element i of the result is element ``floor((i + centre) * ratio)``, or the last."""
    length = x.shape[axis]
    if size % length == 0 and ratio == length / size:  # every element a whole number of times: no gather
        return x.repeat_interleave(size // length, axis)
    places = (x.arange(size, dtype=dtypes.float32, device=x.device) + centre) * ratio
    return x.index_select(axis, places.floor().clamp(max=length - 1).long())


def _blend(x: Tensor, axis: int, size: int, ratio: float, cubic: bool, align_corners: bool) -> Tensor:
    """Weighted sums of the two, or four, elements around each place."""
    length = x.shape[axis]
    places = x.arange(size, dtype=dtypes.float64 if x.dtype is dtypes.float64 else dtypes.float32, device=x.device)
    if align_corners:
        places = places * ((length - 1) / (size - 1) if size > 1 else 0.0)
    else:
        places = (places + 0.5) * ratio - 0.5
        places = places if cubic else places.clamp(min=0)
    left = places.floor()
    t = places - left
    weights = {0: 1 - t, 1: t}
    if cubic:
        weights = {-1: _cubic_far(t + 1), 0: _cubic_near(t), 1: _cubic_near(1 - t), 2: _cubic_far(2 - t)}
    column = (size, *(1,) * (x.ndim - axis - 1))
    parts = [
        x.index_select(axis, (left + offset).clamp(0, length - 1).long()) * weight.reshape(column)
        for offset, weight in weights.items()
    ]
    return sum(parts[1:], parts[0])


A = -0.75  # the slope at distance 1 of Keys' cubic (1981)


def _cubic_near(d: Tensor) -> Tensor:
    """The weight of an element at a distance ``d`` of at most 1."""
    return ((A + 2) * d - (A + 3)) * d * d + 1


def _cubic_far(d: Tensor) -> Tensor:
    """The weight of an element at a distance ``d`` between 1 and 2."""
    return ((A * d - 5 * A) * d + 8 * A) * d - 4 * A
