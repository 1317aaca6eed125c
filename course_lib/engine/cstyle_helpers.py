"""Small C functions for what C has no operator for: ``//`` and ``%`` as Python's, whole powers, 16-bit fractions.

Each text holds places to fill in: ``$T`` is C's name for a dtype, ``$U`` for unsigned whole numbers of the same width,
``$name`` the dtype's own name and ``$f`` what the dialect appends to C's functions on it (``fmodf``). None of them
relies on what C leaves undefined. Where a choice between two values will do they do not branch, so that compilers can
work on many numbers at once.
"""

from __future__ import annotations

from string import Template

from .cstyle_math import C_MATH

# Dividing by 0 and the smallest number by -1 (which has no positive counterpart) stops many processors.
FLOORDIV = """
static inline $T floordiv_$name($T a, $T b) {
    if (b == 0) return 0;
    if (b == -1) return ($T)(0 - ($U)a);
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}"""

MOD = """
static inline $T mod_$name($T a, $T b) {
    if (b == 0 || b == -1) return 0;
    $T rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}"""

# As NumPy has it: without the rest the quotient is a whole number, but for rounding; the nearest one is meant.
FLOORDIV_FRACTIONAL = """
static inline $T floordiv_$name($T a, $T b) {
    if (b == 0) return a / b;
    $T rest = fmod$f(a, b), quotient = (a - rest) / b;
    if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
    if (quotient == 0) return copysign$f(($T)0, a / b);
    $T below = floor$f(quotient);
    return quotient - below > ($T)0.5 ? below + 1 : below;
}"""

MOD_FRACTIONAL = """
static inline $T mod_$name($T a, $T b) {
    $T rest = fmod$f(a, b);
    return rest == 0 ? copysign$f(($T)0, b) : (rest < 0) != (b < 0) ? rest + b : rest;
}"""

# By squaring, in 64 bits that wrap around; a negative power gives 1 / a rounded towards 0.
POW = """
static inline $T pow_$name($T a, $T b) {
    if (b < 0) return a != 1 && a != ($T)-1 ? 0 : b & 1 ? a : 1;
    uint64_t result = 1, square = (uint64_t)a;
    for (uint64_t bits = (uint64_t)b; bits; bits >>= 1) {
        if (bits & 1) result *= square;
        square *= square;
    }
    return ($T)result;
}"""

# The same 32 or 64 bits, seen as a whole number and as a fractional one.
C_BITS = {
    f"{name}_{dtype}": f"""
static inline {result} {name}_{dtype}({given} x) {{
    union {{ {given} x; {result} y; }} both = {{x}};
    return both.y;
}}"""
    for number, bits, dtype in (("float", "uint32_t", "float32"), ("double", "uint64_t", "float64"))
    for name, given, result in (("pack", number, bits), ("unpack", bits, number))
}

OPENCL_BITS = {
    "pack_float32": "static inline uint32_t pack_float32(float x) { return as_uint(x); }",
    "unpack_float32": "static inline float unpack_float32(uint32_t bits) { return as_float(bits); }",
    "pack_float64": "static inline uint64_t pack_float64(double x) { return as_ulong(x); }",
    "unpack_float64": "static inline double unpack_float64(uint64_t bits) { return as_double(bits); }",
}

BFLOAT16 = {
    # Half a unit of the last place that stays is added to the bits, a little less if that place is even.
    "round_bfloat16": """
static inline float round_bfloat16(float x) {
    uint32_t bits = pack_float32(x);
    bits = (bits + 0x7fffu + (bits >> 16 & 1u)) & 0xffff0000u;
    return unpack_float32(x != x ? 0x7fc00000u : bits);
}""",
    "pack_bfloat16": "static inline uint32_t pack_bfloat16(float x) { return pack_float32(round_bfloat16(x)) >> 16; }",
    "unpack_bfloat16": "static inline float unpack_bfloat16(uint32_t bits) { return unpack_float32(bits << 16); }",
}

# Compilers convert their own half-precision type one number at a time; these run on whole vectors, and everywhere.
C_FLOAT16 = {
    # A number 2^13 times as large, added and taken away again, leaves 11 bits. Below 2^-14 fewer are left: the last
    # one is worth 2^-24. From 65520 on the nearest number would be 65536, which is infinity.
    "round_float16": """
static inline float round_float16(float x) {
    uint32_t exponent = pack_float32(x) & 0x7f800000u;
    float large = unpack_float32((exponent < 0x38800000u ? 0x38800000u : exponent) + 0x06c00000u);
    float rounded = (x + large) - large;
    return copysignf(fabsf(x) >= 65520.0f ? INFINITY : rounded, x);
}""",
    # The exponent counts from 15 instead of 127: times 2^-112 the bits are the same, but for how many there are.
    "pack_float16": """
static inline uint32_t pack_float16(float x) {
    uint32_t bits = pack_float32(round_float16(x) * 0x1p-112f);
    return (bits >> 16 & 0x8000u) | (bits >> 13 & 0x7fffu);
}""",
    # 65536 and more stand for infinity and NaN, whose exponent is all ones.
    "unpack_float16": """
static inline float unpack_float16(uint32_t bits) {
    float size = unpack_float32((bits & 0x7fffu) << 13) * 0x1p112f;
    uint32_t special = size >= 65536.0f ? 0x7f800000u : 0;
    return unpack_float32(pack_float32(size) | special | (bits & 0x8000u) << 16);
}""",
}

# Graphics processors have instructions for this, which need not be able to compute with 16 bits.
OPENCL_FLOAT16 = {
    "round_float16": "static inline float round_float16(float x) { return unpack_float16(pack_float16(x)); }",
    "pack_float16": """
static inline uint32_t pack_float16(float x) {
    ushort bits;
    vstore_half_rte(x, 0, (half *)&bits);
    return bits;
}""",
    "unpack_float16": """
static inline float unpack_float16(uint32_t bits) {
    ushort half_bits = (ushort)bits;
    return vload_half(0, (const half *)&half_bits);
}""",
}


def _threefry() -> str:
    """Threefry-2x32 with its 20 rounds written out; ``interpret.threefry`` is the same in NumPy."""
    lines = []
    for step in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[step % 2]:
            lines.append(f"    x0 += x1; x1 = (x1 << {turn} | x1 >> {32 - turn}) ^ x0;")
        lines.append(f"    x0 += key{(step + 1) % 3}; x1 += key{(step + 2) % 3} + {step + 1}u;")
    rounds = "\n".join(lines)
    return f"""
static inline uint64_t threefry_uint64(uint64_t counter, uint64_t key) {{
    uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32), key2 = key0 ^ key1 ^ 0x1BD11BDAu;
    uint32_t x0 = (uint32_t)counter + key0, x1 = (uint32_t)(counter >> 32) + key1;
{rounds}
    return x0 | (uint64_t)x1 << 32;
}}"""


COMMON = {"threefry_uint64": _threefry(), **BFLOAT16}
WHOLE_HELPERS = {"floordiv": FLOORDIV, "mod": MOD, "pow": POW}
# Two plain choices one after the other can be made for many numbers at once; one with two conditions cannot.
MAXIMUM = """
static inline $T maximum_$name($T a, $T b) {
    $T larger = a < b ? b : a;
    return b != b ? b : larger;
}"""

MINIMUM = """
static inline $T minimum_$name($T a, $T b) {
    $T smaller = b < a ? b : a;
    return b != b ? b : smaller;
}"""

SIGMOID = """
static inline $T sigmoid_$name($T x) {
    $T e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}"""

_single = Template(SIGMOID).substitute(T="float", name="float32")
C_SIGMOID = {"sigmoid_float32": _single.replace("exp(", "exp_float32(").replace("fabs(", "fabsf(")}

FRACTIONAL_HELPERS = {
    "maximum": MAXIMUM,
    "minimum": MINIMUM,
    "sigmoid": SIGMOID,
    "floordiv": FLOORDIV_FRACTIONAL,
    "mod": MOD_FRACTIONAL,
}
# PoCL calls its library for each single number. What Clang, from which it is made, has built in can be made vectors of.
OPENCL_SINGLE = {
    f"{name}_float32": f"""
static inline float {name}_float32({given}) {{
#ifdef __clang__
    return __builtin_{name}f({arguments});
#else
    return {name}({arguments});
#endif
}}"""
    for names, given, arguments in (
        ("sqrt floor ceil trunc rint fabs", "float x", "x"),
        ("copysign", "float x, float y", "x, y"),
    )
    for name in names.split()
}

OPENCL_MATH = {
    name: text.replace("fabsf(", "fabs_float32(").replace("copysignf(", "copysign_float32(")
    for name, text in (C_MATH | C_SIGMOID).items()
}

C_HELPERS = {**COMMON, **C_BITS, **C_FLOAT16, **C_MATH, **C_SIGMOID}
OPENCL_HELPERS = {**COMMON, **OPENCL_BITS, **OPENCL_FLOAT16, **OPENCL_SINGLE, **OPENCL_MATH}
