"""Elementary functions as branch-free scalar formulas, to be inlined into kernels.

The range reductions and coefficients are those of fdlibm (Sun Microsystems, 1993: ``e_log.c``,
``e_logf.c``), of Moshier's Cephes library (``expf.c``), and Taylor's series where that is short enough;
the sine of a turn is a least-maximum fit made for this file.  Only IEEE additions, multiplications,
divisions and bit moves: every processor gives the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numeric.compile import inline

__all__ = [
    "exp32",
    "exp64",
    "exp_normal64",
    "exp_weight32",
    "log32",
    "log64",
    "log_one_minus64",
    "sin_turn32",
    "sin_turn64",
]

_ONE64 = np.uint64(0x3FF0000000000000)
_FRACTION64 = np.uint64(0x000FFFFFFFFFFFFF)
_ROOT64 = np.uint64(0x3FE6A09E00000000)
_SHIFT64 = np.uint64(0x3FF0000000000000 - 0x3FE6A09E00000000)
_WHOLE64 = np.uint64(0x4330000000000000)
_B52 = np.uint64(52)
_B12 = np.uint64(12)

_FRACTION32 = np.uint32(0x007FFFFF)
_ROOT32 = np.uint32(0x3F3504F3)
_SHIFT32 = np.uint32(0x3F800000 - 0x3F3504F3)
_B23 = np.uint32(23)

F = np.float32

# The sine of a turn, sin(2πy)/y as a polynomial in y²: a minimax fit in float32, Taylor in float64.
SIN32_0 = F(6.283185307046692)
SIN32_1 = F(-41.341702096925886)
SIN32_2 = F(81.6052236901085)
SIN32_3 = F(-76.70417025125015)
SIN32_4 = F(42.00779711880185)
SIN32_5 = F(-14.38139063501866)
SIN64_0 = 6.283185307179586
SIN64_1 = -41.341702240399755
SIN64_2 = 81.60524927607504
SIN64_3 = -76.70585975306136
SIN64_4 = 42.058693944897634
SIN64_5 = -15.094642576822984
SIN64_6 = 3.8199525848482803
SIN64_7 = -0.7181223017785001
SIN64_8 = 0.10422916220813978
SIN64_9 = -0.012031585942120619


@inline
def log64(x: Any) -> Any:
    """Natural logarithm of a positive normal float64, within 1 ulp."""
    bits = np.float64(x).view(np.uint64) + _SHIFT64
    k = np.uint64((bits >> _B52) | _WHOLE64).view(np.float64) - (4503599627370496.0 + 1023.0)
    f = np.uint64((bits & _FRACTION64) + _ROOT64).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    t1 = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    t2 = z * (
        0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591))
    )
    half = 0.5 * f * f
    tail = s * (half + (t2 + t1)) + k * 1.90821492927058770002e-10
    return k * 6.93147180369123816490e-01 - ((half - tail) - f)


@inline
def log_one_minus64(p: Any) -> Any:
    """ln(1 − p) for 0 ≤ p ≤ ½, with full relative precision for small p."""
    y = 1.0 - p
    return log64(y) + ((1.0 - y) - p)


@inline
def log32(x: Any) -> Any:
    """Natural logarithm of a positive normal float32, within 1 ulp."""
    # numba widens uint32 + uint32 to 64 bits: each step is narrowed again.
    bits = np.uint32(np.float32(x).view(np.uint32) + _SHIFT32)
    e = F(np.int32(np.uint32(bits >> _B23))) - F(127.0)
    f = np.uint32(np.uint32(bits & _FRACTION32) + _ROOT32).view(np.float32) - F(1.0)
    s = f / (F(2.0) + f)
    z = s * s
    w = z * z
    t1 = w * (F(0.40000972152) + w * F(0.24279078841))
    t2 = z * (F(0.66666662693) + w * F(0.28498786688))
    half = F(0.5) * f * f
    tail = s * (half + (t2 + t1)) + e * F(9.0580006145e-06)
    return e * F(6.9313812256e-01) - ((half - tail) - f)


@inline
def _exp_series64(r: Any) -> Any:
    s = 1.0 / 6227020800.0
    s = s * r + 1.0 / 479001600.0
    s = s * r + 1.0 / 39916800.0
    s = s * r + 1.0 / 3628800.0
    s = s * r + 1.0 / 362880.0
    s = s * r + 1.0 / 40320.0
    s = s * r + 1.0 / 5040.0
    s = s * r + 1.0 / 720.0
    s = s * r + 1.0 / 120.0
    s = s * r + 1.0 / 24.0
    s = s * r + 1.0 / 6.0
    s = s * r + 0.5
    return (s * r) * r + r + 1.0


@inline
def exp_normal64(x: Any) -> Any:
    """e^x in float64 for |x| ≤ 708, within 1 ulp; no test for the ends."""
    t = x * 1.44269504088896338700 + 6755399441055744.0
    n = t - 6755399441055744.0
    r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10
    scale = np.uint64((np.float64(t).view(np.uint64) << _B52) + _ONE64).view(np.float64)
    return _exp_series64(r) * scale


@inline
def exp64(x: Any) -> Any:
    """e^x in float64 for every x: 0 below, infinity above, NaN for NaN."""
    low = -746.0 if x < -746.0 else x
    y = 710.0 if low > 710.0 else low
    t = y * 1.44269504088896338700 + 6755399441055744.0
    n = t - 6755399441055744.0
    r = (y - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10
    # Two factors of half the exponent each, because 2^1024 and 2^-1075 are no float64.
    t_half = n * 0.5 + 6755399441055744.0
    rest = n - (t_half - 6755399441055744.0) + 6755399441055744.0
    first = np.uint64((np.float64(t_half).view(np.uint64) << _B52) + _ONE64).view(np.float64)
    second = np.uint64((np.float64(rest).view(np.uint64) << _B52) + _ONE64).view(np.float64)
    return (_exp_series64(r) * first) * second


@inline
def _split32(y: Any) -> Any:
    """e^y as 2^n·s: n as a number, n in the low bits of a number, and s."""
    t = y * F(1.44269504088896338700) + F(12582912.0)
    n = t - F(12582912.0)
    r = (y - n * F(0.693359375)) - n * F(-2.12194440e-4)
    s = F(1.9875691500e-4)
    s = s * r + F(1.3981999507e-3)
    s = s * r + F(8.3334519073e-3)
    s = s * r + F(4.1665795894e-2)
    s = s * r + F(1.6666665459e-1)
    s = s * r + F(5.0000001201e-1)
    return n, t, (s * r) * r + r + F(1.0)


@inline
def _power32(t: Any) -> Any:
    """2^n for the n in the low bits of t, −126 ≤ n ≤ 127."""
    return np.uint32((np.float32(t).view(np.uint32) << _B23) + np.uint32(0x3F800000)).view(np.float32)


@inline
def exp32(x: Any) -> Any:
    """e^x in float32 for every x: 0 below, infinity above, NaN for NaN."""
    low = F(-104.0) if x < F(-104.0) else x
    y = F(89.0) if low > F(89.0) else low
    n, _, s = _split32(y)
    t_half = n * F(0.5) + F(12582912.0)
    rest = n - (t_half - F(12582912.0)) + F(12582912.0)
    return (s * _power32(t_half)) * _power32(rest)


@inline
def exp_weight32(x: Any) -> Any:
    """e^x in float32 for x ≤ 0 and NaN; 0 from −87 on, where `exp32` still gives numbers."""
    y = x if x > F(-87.0) else F(-87.0)
    _, t, s = _split32(y)
    return s * _power32(t) if x > F(-87.0) else (F(0.0) if x <= F(-87.0) else x)


@inline
def sin_turn32(y: Any) -> Any:
    """sin(2πy) in float32 for |y| ≤ ¼, relative error below 2·10⁻⁷."""
    z = y * y
    s = SIN32_5
    s = s * z + SIN32_4
    s = s * z + SIN32_3
    s = s * z + SIN32_2
    s = s * z + SIN32_1
    s = s * z + SIN32_0
    return s * y


@inline
def sin_turn64(y: Any) -> Any:
    """sin(2πy) in float64 for |y| ≤ ¼, absolute error below 5·10⁻¹⁶ (Taylor's series)."""
    z = y * y
    s = SIN64_9
    s = s * z + SIN64_8
    s = s * z + SIN64_7
    s = s * z + SIN64_6
    s = s * z + SIN64_5
    s = s * z + SIN64_4
    s = s * z + SIN64_3
    s = s * z + SIN64_2
    s = s * z + SIN64_1
    s = s * z + SIN64_0
    return s * y
