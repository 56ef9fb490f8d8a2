"""From utilities to log shares where the plain logit does not lead: nests, mixtures, normal errors, desertion.

Every function works on each lane for itself, in float64, in the order that is written, so that a lane has the same
bits in every block; float32 utilities are read and float32 log shares written in their place.  Parameters stand by
draw (or 1 for all) and stratum; ``places`` holds the stratum of every lane.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numeric.compile import inline, kernel
from sim.numeric.formulas import exp64, log64

__all__ = ["desert", "invert_mixture", "mixture_shares", "nested_shares", "normal_cdf"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

#: Half the width of the range of an integral over a normal, and the step of the sum, in standard deviations.
REACH, STEP = 6.0, 0.5

ITERATIONS, TOLERANCE = 100, 1e-11


@inline
def _log(x: Any) -> Any:
    """Ln x of what is not negative."""
    return log64(x) if x > 2.2250738585072014e-308 else -np.inf


# -- nests -------------------------------------------------------------------------------------------------


@kernel
def _nested(u: Any, nest: Any, scale: Any, places: Any) -> None:
    options, draws, lanes = u.shape
    nests = scale.shape[0]
    top, total = np.empty(nests), np.empty(nests)
    for d in range(draws):
        row = d if scale.shape[1] > 1 else 0
        for i in range(lanes):
            place = places[i]
            top[:] = -np.inf
            total[:] = 0.0
            for o in range(options):
                top[nest[o]] = max(top[nest[o]], np.float64(u[o, d, i]))
            for o in range(options):
                m = nest[o]
                if top[m] > -np.inf:
                    total[m] += exp64((np.float64(u[o, d, i]) - top[m]) / scale[m, row, place])
            # Of every nest: λ times the log of its sum, and over all nests the log of the sum.
            best = -np.inf
            for m in range(nests):
                if top[m] > -np.inf:
                    best = max(best, top[m] + scale[m, row, place] * _log(total[m]))
            whole = 0.0
            for m in range(nests):
                if top[m] > -np.inf:
                    whole += exp64(top[m] + scale[m, row, place] * _log(total[m]) - best)
            for o in range(options):
                m = nest[o]
                if top[m] > -np.inf:
                    size = scale[m, row, place]
                    within = (np.float64(u[o, d, i]) - top[m]) / size - _log(total[m])
                    u[o, d, i] = within + top[m] + size * _log(total[m]) - best - _log(whole)


def nested_shares(utilities: Floats, nest: I64, scale: F64, places: I64) -> None:
    """Turn utilities (option, draw, lane) into the log shares of a nested logit, in place.

    Parameters
    ----------
    nest
        (option,) its nest.
    scale
        (nest, 1 or draw, stratum): λ in (0, 1], 1 for options of their own.
    """
    _nested(utilities, nest, scale, places)


# -- desertion ---------------------------------------------------------------------------------------------


@inline
def _by_viability(v: Any, expected: Any, power: Any, electable: Any, p: Any) -> Any:
    """Shares up to a factor, those that can be elected by p·s^λ; False where nobody can be chosen."""
    top, high = -np.inf, -np.inf
    for o in range(v.size):
        top = max(top, v[o])
        if electable[o] and expected[o] > 0.0:
            high = max(high, v[o] + power * log64(expected[o]))
    if not (top > -np.inf and high > -np.inf):
        return False
    mass, whole = 0.0, 0.0
    for o in range(v.size):
        p[o] = exp64(v[o] - top)
        if electable[o]:
            mass += p[o]
            p[o] = exp64(v[o] - high + power * log64(expected[o])) if expected[o] > 0.0 else 0.0
            whole += p[o]
    for o in range(v.size):
        p[o] *= mass / whole if electable[o] else 1.0
    return True


@inline
def _by_threshold(expected: Any, cut: Any, leave: Any, electable: Any, p: Any) -> None:
    stay, gone = 0.0, 0.0
    for o in range(p.size):
        if electable[o] and expected[o] < cut:
            gone += leave * p[o]
        elif electable[o]:
            stay += p[o]
    for o in range(p.size):
        if electable[o] and stay > 0.0:
            # Divided first: the inverse of a very small number is none.
            p[o] = p[o] * (1.0 - leave) if expected[o] < cut else p[o] / stay * (stay + gone)


@kernel
def _desert(u: Any, expected: Any, strength: Any, threshold: Any, share: Any, electable: Any, places: Any) -> None:
    options, draws, lanes = u.shape
    v, p = np.empty(options), np.empty(options)
    for d in range(draws):
        e = d if expected.shape[1] > 1 else 0
        power = strength[d if len(strength) > 1 else 0]
        cut = threshold[d if len(threshold) > 1 else 0]
        leave = share[d if len(share) > 1 else 0]
        for i in range(lanes):
            s = places[i]
            for o in range(options):
                v[o] = u[o, d, i]
            if _by_viability(v, expected[:, e, s], power[s], electable, p):
                _by_threshold(expected[:, e, s], cut[s], leave[s], electable, p)
                for o in range(options):
                    u[o, d, i] = _log(p[o])


def desert(
    log_shares: Floats, expected: F64, strength: F64, threshold: F64, share: F64, electable: Any, places: I64
) -> None:
    """Move voters between the options that can be elected, in place; `sim.election.voters.strategic` has the formula.

    Parameters
    ----------
    log_shares
        (option, draw, lane), any constant; what comes out has one of its own.
    expected
        (option, 1 or draw, stratum).
    strength, threshold, share
        (1 or draw, stratum).
    electable
        (option,) bool.
    """
    _desert(log_shares, expected, strength, threshold, share, electable, places)


# -- normal errors and mixtures ----------------------------------------------------------------------------


@inline
def _normal(x: Any) -> Any:
    """Return the distribution function and the density of the standard normal (West 2005, after Hart 1968)."""
    a = abs(x)
    if a > 37.0:
        return (1.0 if x > 0.0 else 0.0), 0.0
    e = exp64(-0.5 * a * a)
    if a < 7.07106781186547:
        n = 3.52624965998911e-02 * a + 0.700383064443688
        n = n * a + 6.37396220353165
        n = n * a + 33.912866078383
        n = n * a + 112.079291497871
        n = n * a + 221.213596169931
        n = n * a + 220.206867912376
        m = 8.83883476483184e-02 * a + 1.75566716318264
        m = m * a + 16.064177579207
        m = m * a + 86.7807322029461
        m = m * a + 296.564248779674
        m = m * a + 637.333633378831
        m = m * a + 793.826512519948
        m = m * a + 440.413735824752
        tail = e * n / m
    else:
        tail = e / (a + 1.0 / (a + 2.0 / (a + 3.0 / (a + 4.0 / (a + 0.65))))) / 2.506628274631
    return (1.0 - tail if x > 0.0 else tail), e * 0.3989422804014327


@kernel
def _normal_cdf(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = _normal(x[i])[0]


def normal_cdf(x: Any) -> F64:
    """Φ(x), elementwise; error below 1e-14."""
    array = np.ascontiguousarray(x, np.float64)
    out = np.empty(array.shape)
    _normal_cdf(array.reshape(-1), out.reshape(-1))
    return out


@inline
def _softmax(v: Any, p: Any, slope: Any, weight: Any, with_slope: Any) -> None:
    """Add weight·softmax(v) to ``p``, and its slope to ``slope``."""
    k = v.size
    top, total = -np.inf, 0.0
    for o in range(k):
        top = max(top, v[o])
    for o in range(k):
        total += exp64(v[o] - top)
    for o in range(k):
        s = exp64(v[o] - top) / total
        p[o] += weight * s
        if with_slope:
            for q in range(k):
                other = exp64(v[q] - top) / total
                slope[o, q] += weight * s * ((1.0 if o == q else 0.0) - other)


@inline
def _normal_choice(v: Any, sd: Any, cdf: Any, pdf: Any, p: Any, slope: Any, weight: Any, with_slope: Any) -> None:
    """Add weight·P(v_o + sd_o·Z_o is the largest) to ``p``: the sum over what the largest may be.

    The integrand is smooth and dies out at both ends, so that the sum with equal steps converges geometrically.
    """
    k = v.size
    low, high, least = -np.inf, -np.inf, np.inf
    for o in range(k):
        if v[o] > -np.inf:
            low, high = max(low, v[o] - REACH * sd[o]), max(high, v[o] + REACH * sd[o])
            least = min(least, sd[o])
    steps = np.int64((high - low) / (STEP * least)) + 1
    width = (high - low) / steps
    for n in range(steps + 1):
        x = low + n * width
        # All distribution functions are above 0 here: x is within REACH of every option, or above.
        product = weight * width
        for o in range(k):
            if v[o] > -np.inf:
                one, density = _normal((x - v[o]) / sd[o])
                cdf[o], pdf[o] = one, density / (sd[o] * one)
                product *= one
            else:
                pdf[o] = 0.0
        for o in range(k):
            p[o] += product * pdf[o]
            if with_slope:
                for q in range(k):
                    if q != o:
                        both = product * pdf[o] * pdf[q]
                        slope[o, q] -= both
                        slope[o, o] += both


@inline
def _mean_choice(
    v: Any,
    table: Any,
    weights: Any,
    sd: Any,
    normal: Any,
    moved: Any,
    cdf: Any,
    pdf: Any,
    p: Any,
    slope: Any,
    steep: Any,
) -> None:
    """Shares of a lane: the mean over the nodes; with ``steep`` their slope too."""
    k = v.size
    p[:] = 0.0
    if steep:
        slope[:] = 0.0
    for n in range(weights.size):
        for o in range(k):
            moved[o] = v[o] + np.float64(table[n, o])
        if normal:
            _normal_choice(moved, sd, cdf, pdf, p, slope, weights[n], steep)
        else:
            _softmax(moved, p, slope, weights[n], steep)
    total = 0.0
    for o in range(k):
        total += p[o]
    for o in range(k):
        p[o] /= total


@kernel
def _mixture(u: Any, tables: Any, weights: Any, sd: Any, normal: Any, places: Any) -> None:
    k, draws, lanes = u.shape
    v, moved, cdf, pdf, p = np.empty(k), np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    slope = np.empty((1, 1))
    for d in range(draws):
        row = d if tables.shape[0] > 1 else 0
        for i in range(lanes):
            place = places[i] if tables.shape[1] > 1 else 0
            top = -np.inf
            for o in range(k):
                v[o] = u[o, d, i]
                top = max(top, v[o])
            if top > -np.inf:
                _mean_choice(v, tables[row, place], weights, sd, normal, moved, cdf, pdf, p, slope, False)
                for o in range(k):
                    u[o, d, i] = _log(p[o])


def mixture_shares(utilities: Floats, tables: Floats, weights: F64, sd: F64, normal: bool, places: I64) -> None:
    """Turn utilities (option, draw, lane) into the logs of their mean shares over nodes, in place.

    Parameters
    ----------
    tables
        (1 or draw, 1 or stratum, node, option): what a node adds to the utilities.
    weights
        (node,) summing to one.
    sd
        (option,) standard deviation of the independent normal errors; not used by the logit.
    normal
        Whether the errors are normal; else they are Gumbel's, as in the logit.
    """
    _mixture(utilities, tables, weights, sd, normal, places)


@inline
def _solve(a: Any, b: Any, n: Any) -> None:
    """Solve a·x = b for the leading n × n in place, the largest pivot of each column first."""
    for c in range(n):
        best = c
        for r in range(c + 1, n):
            if abs(a[r, c]) > abs(a[best, c]):
                best = r
        for q in range(n):
            a[c, q], a[best, q] = a[best, q], a[c, q]
        b[c], b[best] = b[best], b[c]
        for r in range(c + 1, n):
            factor = a[r, c] / a[c, c] if a[c, c] != 0.0 else 0.0
            for q in range(c, n):
                a[r, q] -= factor * a[c, q]
            b[r] -= factor * b[c]
    for back in range(n):
        c = n - 1 - back
        for q in range(c + 1, n):
            b[c] -= a[c, q] * b[q]
        b[c] = b[c] / a[c, c] if a[c, c] != 0.0 else 0.0


@inline
def _newton(v: Any, goal: Any, p: Any, slope: Any, step: Any) -> None:
    """Move ``v`` by Newton's step, given the log errors ``step``; a long step is shortened."""
    k = v.size
    # Only differences count, so the first option stays, and its share follows from the others.
    for r in range(1, k):
        step[r - 1] = step[r]
        for q in range(1, k):
            slope[r - 1, q - 1] = slope[r, q] / p[r]
    _solve(slope, step, k - 1)
    largest = 2.0
    for r in range(k - 1):
        largest = max(largest, abs(step[r]))
    for r in range(1, k):
        v[r] += step[r - 1] * (2.0 / largest)


@kernel
def _invert_lane(goal: Any, table: Any, weights: Any, sd: Any, normal: Any, v: Any) -> Any:
    k = goal.size
    p, step, moved, cdf, pdf = np.empty(k), np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    slope = np.empty((k, k))
    error = 0.0
    for j in range(k):
        v[j] = log64(goal[j]) - log64(goal[0])
    for _ in range(ITERATIONS if k > 1 else 0):
        _mean_choice(v, table, weights, sd, normal, moved, cdf, pdf, p, slope, True)
        error = 0.0
        for j in range(k):
            step[j] = log64(goal[j]) - _log(p[j])
            error = max(error, abs(step[j]))
        if error < TOLERANCE:
            break
        _newton(v, goal, p, slope, step)
    return error


@kernel
def _invert(target: Any, tables: Any, weights: Any, sd: Any, normal: Any, which: Any, out: Any) -> Any:
    """Newton's method on the log shares, lane by lane; returns the largest error that is left."""
    worst = 0.0
    for i in range(target.shape[1]):
        there = np.flatnonzero(target[:, i] > 0.0)
        goal, own = target[:, i][there], sd[there]
        table, v = np.empty((weights.size, there.size)), np.empty(there.size)
        for j in range(there.size):
            for n in range(weights.size):
                table[n, j] = tables[which[i], n, there[j]]
        worst = max(worst, _invert_lane(goal, table, weights, own, normal, v))
        out[:, i] = -np.inf
        for j in range(there.size):
            out[there[j], i] = v[j]
    return worst


def invert_mixture(target: F64, tables: Floats, weights: F64, sd: F64, normal: bool, which: I64) -> tuple[F64, float]:
    """Return utilities (option, lane) whose mean shares over nodes are ``target``, and the largest error left.

    Parameters
    ----------
    target
        (option, lane) shares summing to one; an option without share has the utility −∞.
    tables
        (table, node, option): what a node adds.
    which
        (lane,) the table of every lane.

    The other arguments are those of `mixture_shares`.  The first option with a share has the utility 0.
    """
    out = np.empty(target.shape)
    worst = _invert(np.ascontiguousarray(target), tables, weights, sd, normal, which, out)
    return out, float(worst)
