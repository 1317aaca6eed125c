"""exp, log, tanh and erf of float32 in plain C: a compiler can compute many at once, which it cannot with C's own.

The scheme is the same everywhere: bring the argument into a short interval, where a polynomial is as exact as float32
is; then put together again what was taken apart. There are no branches, only choices between two values (``89 < x ?
89 : x`` is a minimum, for which processors have an instruction; two such choices in a row are not). The
coefficients were fitted so that the largest error is smallest; results are within 3 units of the last place. Of NaN
they make NaN, as it goes through all the arithmetic.
"""

from __future__ import annotations

C_MATH = {
    # rounded once, where the processor does that as fast as a product
    "fma_float32": """
static inline float fma_float32(float a, float b, float c) {
#ifdef __FP_FAST_FMAF
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}""",
    # exp(x) = 4^k exp(r) with x = k log(4) + r and |r| <= log(2), where a polynomial of degree 7 is enough. Adding
    # 1.5 * 2^23 rounds to whole numbers, and leaves k in the last bits. log(4) is split in two, so that
    # k * 1.386291504 is exact. 4^k may be too small or large for float32 when the product is not: 2^k, made by setting
    # the exponent, comes in twice. Below -104 the result is less than half of the smallest number.
    "exp_float32": """
static inline float exp_float32(float x) {
    float y = 89.0f < x ? 89.0f : x;
    float shifted = fma_float32(y, 0.72134752f, 12582912.0f), k = shifted - 12582912.0f;
    float r = fma_float32(k, -2.85721354e-6f, fma_float32(k, -1.386291504f, y));
    float p = fma_float32(r, fma_float32(r, 0.00019632239f, 0.0014105599f), 0.008335955f);
    p = fma_float32(r, fma_float32(r, fma_float32(r, p, 0.04166119f), 0.16666616f), 0.50000036f);
    float near_1 = fma_float32(r, fma_float32(r, p, 1), 1);
    float scale = unpack_float32((pack_float32(shifted) << 23) + 0x3f800000u);
    float result = near_1 * scale * scale;
    return x < -104.0f ? 0 : result;
}""",
    # (exp(x) - 1) / 2 up to 89 = 2^(k-1) (exp(r) - 1) + (2^(k-1) - 1/2) with x = k log(2) + r and |r| <= log(2) / 2,
    # where the series of exp, less its 1, needs six terms. In halves, as 2^128 is too large.
    "half_expm1_float32": """
static inline float half_expm1_float32(float x) {
    float shifted = fma_float32(x, 1.44269504f, 12582912.0f), k = shifted - 12582912.0f;
    float r = fma_float32(k, -1.42860677e-6f, fma_float32(k, -0.693145752f, x));
    float p = fma_float32(r, fma_float32(r, 0.0013819824f, 0.0083686868f), 0.041668277f);
    p = fma_float32(r * r, fma_float32(r, fma_float32(r, p, 0.16666521f), 0.49999994f), r);
    float scale = unpack_float32((pack_float32(shifted) + 126u) << 23);
    return fma_float32(p, scale, scale - 0.5f);
}""",
    "expm1_float32": """
static inline float expm1_float32(float x) {
    float h = half_expm1_float32(89.0f < x ? 89.0f : x);
    return x < -20.0f ? -1 : 2 * h;
}""",
    # with h = (exp(2x) - 1) / 2, which keeps its digits near 0; from 10 on it is 1
    "tanh_float32": """
static inline float tanh_float32(float x) {
    float size = fabsf(x), h = half_expm1_float32(2 * (10.0f < size ? 10.0f : size));
    return copysignf(h / (h + 1), x);
}""",
    # x = 2^k (1 + r) with 1 + r from sqrt(1/2) to sqrt(2); log(1 + r) = r - r^2 / 2 + r^3 p(r)
    "log_float32": """
static inline float log_float32(float x) {
    bool tiny = x < 0x1p-126f;
    uint32_t bits = pack_float32(tiny ? x * 0x1p23f : x) - 0x3f3504f3u;
    float k = (float)(((int32_t)bits >> 23) - (tiny ? 23 : 0));
    float r = unpack_float32((bits & 0x7fffffu) + 0x3f3504f3u) - 1;
    float p = 0.14201540f + r * (-0.13159551f + r * (0.12762485f + r * -0.076369405f));
    p = 0.33333331f + r * (-0.25000820f + r * (0.20001243f + r * (-0.16623411f + r * p)));
    float y = k * 0.693145752f + (r + (r * r * (r * p - 0.5f) + k * 1.42860677e-6f));
    return x > 0 ? (x < INFINITY ? y : x) : x == 0 ? -INFINITY : NAN;
}""",
    # 1 + x is rounded; what it lost is small, and the slope of log(u) is 1 / u
    "log1p_float32": """
static inline float log1p_float32(float x) {
    float u = 1 + x, lost = x - (u - 1);
    return log_float32(u) + (u > 0 && u < INFINITY ? lost / u : 0);
}""",
    # a polynomial in x^2 below 1, and 1 - exp(polynomial) above; from 4 on it is 1
    "erf_float32": """
static inline float erf_float32(float x) {
    float s = x * x, size = fabsf(x), t = size > 4.0f ? 4.0f : size;
    float near = 0.11280175f + s * (-0.026711227f + s * (0.0049174838f + s * -0.00056312163f));
    near = x + x * (0.12837912f + s * (-0.37612325f + s * near));
    float far = -0.10528716f + t * (0.022906234f + t * (-0.0032200404f + t * 0.00021460277f));
    far = 1 - exp_float32(t * (-1.12852f + t * (-0.63569915f + t * far)));
    return size < 1 ? near : copysignf(far, x);
}""",
}
