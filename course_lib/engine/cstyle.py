"""One operation on one number, as C text: in C itself and in OpenCL C, which differ in little.

A kernel is loops around such texts. What they compute agrees with ``interpret.NUMPY_OPS``, on every device.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, isnan
from string import Template

import numpy as np

from .cstyle_helpers import C_HELPERS, FRACTIONAL_HELPERS, OPENCL_HELPERS, WHOLE_HELPERS
from .dtype import ALL_DTYPES, DType, decode, dtypes, encode
from .uop import COMPARISONS, Ops

# {0}, {1} and {2} are the sources. {T} is C's name for the dtype, {U} for unsigned whole numbers of the same width, {W}
# for unsigned ones of at least 32 bits. {width} counts bits, {last} is one less, {name} is the dtype in which it is
# computed, {f} what the dialect appends to C's functions on it. `x != x` is true of NaN alone.
EVERYWHERE = {
    Ops.LT: "{0} < {1}",
    Ops.LE: "{0} <= {1}",
    Ops.EQ: "{0} == {1}",
    Ops.NE: "{0} != {1}",
    Ops.WHERE: "{0} ? {1} : {2}",
}

BITWISE = {Ops.AND: "{0} & {1}", Ops.OR: "{0} | {1}", Ops.XOR: "{0} ^ {1}"}

BOOLEAN = {
    **EVERYWHERE,
    **BITWISE,
    Ops.NOT: "!{0}",
    Ops.ADD: "{0} | {1}",
    Ops.MUL: "{0} & {1}",
    Ops.MAXIMUM: "{0} | {1}",
    Ops.MINIMUM: "{0} & {1}",
}

NUMERIC = {
    **EVERYWHERE,
    Ops.NEG: "-{0}",
    Ops.RELU: "{0} < 0 ? 0 : {0}",
    Ops.ADD: "{0} + {1}",
    Ops.SUB: "{0} - {1}",
    Ops.MUL: "{0} * {1}",
    Ops.FLOORDIV: "floordiv_{name}({0}, {1})",
    Ops.MOD: "mod_{name}({0}, {1})",
}

SIGNED = {
    **NUMERIC,
    **BITWISE,
    **dict.fromkeys((Ops.FLOOR, Ops.CEIL, Ops.TRUNC, Ops.ROUND), "{0}"),
    Ops.NOT: "~{0}",
    Ops.ABS: "{0} < 0 ? -{0} : {0}",
    Ops.SIGN: "({0} > 0) - ({0} < 0)",
    Ops.FMOD: "{1} == 0 || {1} == -1 ? 0 : {0} % {1}",
    Ops.POW: "pow_{name}({0}, {1})",
    Ops.MAXIMUM: "{0} > {1} ? {0} : {1}",
    Ops.MINIMUM: "{0} < {1} ? {0} : {1}",
    # C leaves shifts by the width or more undefined; a negative number without its sign is large, too
    Ops.SHL: "({U}){1} < {width} ? ({T})(({W}){0} << ({1} & {last})) : 0",
    Ops.SHR: "{0} >> (({U}){1} < {width} ? {1} : {last})",
}

UNSIGNED = {
    **SIGNED,
    Ops.ABS: "{0}",
    Ops.FLOORDIV: "{1} == 0 ? 0 : {0} / {1}",
    Ops.MOD: "{1} == 0 ? 0 : {0} % {1}",
    Ops.FMOD: "{1} == 0 ? 0 : {0} % {1}",
    Ops.SHR: "{1} < {width} ? {0} >> ({1} & {last}) : 0",
    Ops.THREEFRY: "threefry_uint64({0}, {1})",
}

ONE_ARGUMENT = "sqrt exp exp2 expm1 log log2 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc"

FRACTIONAL = {
    **NUMERIC,
    **{Ops[name.upper()]: f"{name}{{f}}({{0}})" for name in f"{ONE_ARGUMENT} floor ceil trunc".split()},
    **{Ops[name.upper()]: f"{name}{{f}}({{0}}, {{1}})" for name in ("fmod", "pow", "atan2")},
    Ops.ROUND: "rint{f}({0})",
    Ops.ABS: "fabs{f}({0})",
    Ops.SIGN: "{0} > 0 ? 1 : {0} < 0 ? -1 : {0} == 0 ? 0 : {0}",
    Ops.RECIPROCAL: "1 / {0}",
    Ops.DIV: "{0} / {1}",
    Ops.SIGMOID: "sigmoid_{name}({0})",
    Ops.MAXIMUM: "maximum_{name}({0}, {1})",
    Ops.MINIMUM: "minimum_{name}({0}, {1})",
}

# Functions that C's library has as well, but which compilers cannot apply to many numbers at once.
C_SINGLE = {
    **FRACTIONAL,
    **{op: f"{op.lower()}_float32({{0}})" for op in (Ops.EXP, Ops.EXPM1, Ops.LOG, Ops.LOG1P, Ops.TANH, Ops.ERF)},
}

# Those, and what Clang has built in but OpenCL's library would have to be called for.
OPENCL_SINGLE = {
    **C_SINGLE,
    **{op: f"{op.lower()}_float32({{0}})" for op in (Ops.SQRT, Ops.FLOOR, Ops.CEIL, Ops.TRUNC)},
    Ops.ROUND: "rint_float32({0})",
    Ops.ABS: "fabs_float32({0})",
}

# C is compiled with -fwrapv; elsewhere only unsigned numbers may overflow.
OPENCL_SIGNED = {
    **SIGNED,
    Ops.NEG: "({T})(0 - ({W}){0})",
    Ops.ABS: "{0} < 0 ? ({T})(0 - ({W}){0}) : {0}",
    Ops.ADD: "({T})(({W}){0} + ({W}){1})",
    Ops.SUB: "({T})(({W}){0} - ({W}){1})",
    Ops.MUL: "({T})(({W}){0} * ({W}){1})",
}

# What these give, of 16-bit fractions, is one again.
EXACT = frozenset(
    {Ops.NEG, Ops.ABS, Ops.SIGN, Ops.RELU, Ops.FLOOR, Ops.CEIL, Ops.TRUNC, Ops.ROUND}
    | {Ops.FMOD, Ops.MAXIMUM, Ops.MINIMUM, Ops.WHERE}
)

C_PREAMBLE = """
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
"""

# The names that C has from <stdint.h>; bool, INFINITY and NAN are there already.
OPENCL_PREAMBLE = """
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
typedef char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef uchar uint8_t;
typedef ushort uint16_t;
typedef uint uint32_t;
typedef ulong uint64_t;
"""

_REGISTERS = {
    dtypes.bool: "bool",
    dtypes.float16: "float",
    dtypes.bfloat16: "float",
    dtypes.float32: "float",
    dtypes.float64: "double",
}
_STORAGE = {dtypes.bool: "uint8_t", dtypes.float16: "uint16_t", dtypes.bfloat16: "uint16_t"}
_SUFFIXES = {dtypes.uint32: "u", dtypes.int64: "L", dtypes.uint64: "UL"}
_HALVES = frozenset({dtypes.float16, dtypes.bfloat16})
_NAMED = {dtype.name: dtype for dtype in ALL_DTYPES}
_HELPER_NAME = re.compile(rf"\b(\w+)_({'|'.join(_NAMED)})\b")


@dataclass(frozen=True, eq=False)
class Dialect:
    """How one kind of C writes types, numbers and operations.

    All texts that stand for values (``sources``, ``value``) must be names, literals or in parentheses, and cheap to
    repeat: a result that is used again belongs in a variable. What the methods return may stand in larger expressions.

    Attributes
    ----------
    name: for messages.
    preamble: what every source file begins with.
    float_suffix: what functions on ``float`` end with; OpenCL finds the right one by the arguments.
    signed: templates for signed whole numbers.
    single: templates for float32.
    helper_texts: the definitions of helper functions.
    """

    name: str
    preamble: str
    float_suffix: str
    signed: dict[Ops, str]
    single: dict[Ops, str]
    helper_texts: dict[str, str]

    @staticmethod
    def type_of(dtype: DType) -> str:
        """The type of variables. Those of float16 and bfloat16 are floats whose value the dtype can hold.

        >>> C.type_of(dtypes.float16), C.storage_of(dtypes.float16), C.type_of(dtypes.int8)
        ('float', 'uint16_t', 'int8_t')
        """
        return _REGISTERS.get(dtype) or f"{dtype.name}_t"

    @staticmethod
    def storage_of(dtype: DType) -> str:
        """The type of the elements of an array in memory."""
        return _STORAGE.get(dtype) or Dialect.type_of(dtype)

    @staticmethod
    def literal(dtype: DType, value: bool | int | float) -> str:
        """A number, rounded to the dtype (or wrapped around, if it is whole) and written so that C reads it exactly."""
        if dtype is dtypes.bool:
            return "true" if value else "false"
        if dtype.is_int:
            value, suffix = int(value) % 2 ** (8 * dtype.itemsize), _SUFFIXES.get(dtype, "")
            value -= 2 ** (8 * dtype.itemsize) if value > dtype.max else 0
            if value == dtype.min < -(2**16):  # C reads a minus sign and a number that is one too large
                return f"({value + 1}{suffix} - 1)"
        else:
            value = decode(encode(np.asarray(value, np.float64), dtype), dtype)[()]
            if isnan(value) or isinf(value):
                name = "NAN" if isnan(value) else "INFINITY" if value > 0 else "-INFINITY"
                return f"(({Dialect.type_of(dtype)}){name})"
            suffix = "" if dtype is dtypes.float64 else "f"
        text = str(value) + suffix  # Python and NumPy write as many digits as tell a number from its neighbours
        return f"({text})" if text.startswith("-") else text

    def load(self, dtype: DType, pointer: str, index: str) -> str:
        """An element of an array, as an expression."""
        element = f"{pointer}[{index}]"
        if dtype is dtypes.bool:
            return f"({element} != 0)"
        return f"unpack_{dtype.name}({element})" if dtype in _HALVES else element

    def store(self, dtype: DType, pointer: str, index: str, value: str) -> str:
        """A statement that gives an element of an array a new value, rounded to what the array can hold."""
        return f"{pointer}[{index}] = {f'pack_{dtype.name}({value})' if dtype in _HALVES else value};"

    def fitted(self, dtype: DType, text: str) -> str:
        """The value of an expression that C computes more precisely than ``dtype`` is, as ``dtype`` has it."""
        if dtype in _HALVES:
            return f"round_{dtype.name}({text})"
        return f"({self.type_of(dtype)}){text}" if dtype.is_int and dtype.itemsize < 4 else text

    def expression(self, op: Ops, dtype: DType, source_dtypes: Sequence[DType], sources: Sequence[str]) -> str:
        """The value of an element-wise operation.

        Parameters
        ----------
        op: one of ``ELEMENTWISE``.
        dtype: of the result.
        source_dtypes: of the sources.
        sources: their values, as text.

        >>> C.expression(Ops.MUL, dtypes.float32, (dtypes.float32, dtypes.float32), ("x", "y"))
        '(x * y)'
        """
        if op is Ops.CAST:
            return self._cast(source_dtypes[0], dtype, sources[0])
        if op is Ops.BITCAST:
            return self._bitcast(source_dtypes[0], dtype, sources[0])
        computed = source_dtypes[0] if op in COMPARISONS else dtype
        template = self._templates(computed)[op]
        text = template.format(*sources, **self._names(computed))
        text = text if template[0].isalpha() else f"({text})"  # calls of functions need no parentheses
        return text if op in EXACT and dtype.is_float else self.fitted(dtype, text)

    def _templates(self, dtype: DType) -> dict[Ops, str]:
        """The operations' texts for numbers of a dtype."""
        if dtype.is_float:
            return FRACTIONAL if dtype is dtypes.float64 else self.single
        return BOOLEAN if dtype is dtypes.bool else self.signed if dtype.signed else UNSIGNED

    def _names(self, dtype: DType) -> dict[str, str | int]:
        """What stands for the places to fill in."""
        computed = dtypes.float32 if dtype in _HALVES else dtype
        width = 8 * dtype.itemsize
        return {
            "T": self.type_of(dtype),
            "U": f"uint{width}_t",
            "W": f"uint{max(width, 32)}_t",
            "width": width,
            "last": width - 1,
            "name": computed.name,
            "f": self.float_suffix if computed is dtypes.float32 else "",
        }

    def _cast(self, source: DType, dtype: DType, x: str) -> str:
        """From fractions to whole numbers towards 0; what does not fit becomes the nearest that does, and NaN 0."""
        if dtype is dtypes.bool:
            return f"({x} != 0)"
        if dtype.is_int and source.is_float:
            wide = dtypes.float64 if source is dtypes.float64 else dtypes.float32
            above, below = self.literal(wide, dtype.max + 1), self.literal(wide, dtype.min - 1)
            inside = f"{x} > {below} ? ({self.type_of(dtype)}){x}"
            least = f"{x} == {x} ? {self.literal(dtype, dtype.min)} : 0" if dtype.signed else "0"
            return f"({x} >= {above} ? {self.literal(dtype, dtype.max)} : {inside} : {least})"
        if dtype.is_float and source is dtypes.bool:  # compilers choose between many constants at once more readily
            return f"({x} ? {self.literal(dtype, 1)} : {self.literal(dtype, 0)})"
        text = f"(({self.type_of(dtype)}){x})"
        return self.fitted(dtype, text) if dtype.is_float else text

    def _bitcast(self, source: DType, dtype: DType, x: str) -> str:
        """The same bits as another dtype."""
        bits = f"pack_{source.name}({x})" if source.is_float else x
        if dtype.is_float:
            return f"unpack_{dtype.name}({bits})"
        return f"({bits} != 0)" if dtype is dtypes.bool else f"(({self.type_of(dtype)}){bits})"

    def helpers(self, text: str) -> str:
        """The definitions of all helper functions that a text calls, every one after those that it calls itself.

        They may be put into one file several times: only the first counts.
        """
        found: dict[str, str] = {}

        def visit(text: str) -> None:
            for base, kind in _HELPER_NAME.findall(text):
                name = f"{base}_{kind}"
                definition = None if name in found else self._helper(base, _NAMED[kind])
                if definition:
                    found[name] = ""
                    visit(definition)
                    del found[name]  # so that it comes after what it calls
                    found[name] = definition

        visit(text)
        return "\n".join(
            f"#ifndef HAS_{name}\n#define HAS_{name}\n{definition}\n#endif" for name, definition in found.items()
        )

    def _helper(self, base: str, dtype: DType) -> str | None:
        """The definition of a helper function for a dtype, if there is one of that name."""
        text = self.helper_texts.get(f"{base}_{dtype.name}")
        if text is None:
            template = (FRACTIONAL_HELPERS if dtype.is_float else WHOLE_HELPERS).get(base)
            text = template and Template(template).substitute(self._names(dtype))
        return text and text.strip()


C = Dialect("C", C_PREAMBLE, "f", SIGNED, C_SINGLE, C_HELPERS)
OPENCL = Dialect("OpenCL C", OPENCL_PREAMBLE, "", OPENCL_SIGNED, OPENCL_SINGLE, OPENCL_HELPERS)
