"""Comparisons of samples with exact laws; ``test_law_checks.py`` shows that each of them can fail.

Every comparison of the suite asks for p > ``LIMIT`` = 1e-6.  With about 500 comparisons a suite with fresh
seeds would raise a false alarm once in 2,000 runs; the seeds are fixed, so it raises one always or never.
"""

import numpy as np
from scipy import special, stats

LIMIT = 1e-6


def discrete_p(sample, law, cells=60):
    """Chi-square p-value of integer samples, in cells of nearly equal probability."""
    sample = np.asarray(sample).ravel()
    edges = np.unique(law.ppf(np.linspace(0, 1, cells + 1)[1:-1]))
    chances = np.diff(np.concatenate([[0.0], law.cdf(edges), [1.0]]))
    counts = np.bincount(np.searchsorted(edges, sample, side="left"), minlength=len(chances))
    return cells_p(counts, chances)


def cells_p(counts, chances):
    """Chi-square p-value of counts against chances; cells with less than 10 expected are pooled."""
    counts, chances = np.asarray(counts, dtype=float), np.asarray(chances, dtype=float)
    if counts[chances <= 0].any():
        return 0.0
    expected = counts.sum() * chances
    rare = expected < 10
    if rare.any():
        counts = np.append(counts[~rare], counts[rare].sum())
        expected = np.append(expected[~rare], expected[rare].sum())
        if expected[-1] < 10 and len(expected) > 1:
            rest, weight = counts[-1], expected[-1]
            counts, expected = counts[:-1], expected[:-1]
            top = np.argmax(expected)
            counts[top] += rest
            expected[top] += weight
    if len(expected) < 2:
        return 1.0
    return float(special.chdtrc(len(expected) - 1, ((counts - expected) ** 2 / expected).sum()))


def continuous_p(sample, cdf):
    """Kolmogorov–Smirnov p-value."""
    heights = np.sort(cdf(np.sort(np.asarray(sample, dtype=float).ravel())))
    n = heights.size
    steps = np.arange(n + 1) / n
    distance = max((heights - steps[:-1]).max(), (steps[1:] - heights).max())
    return float(special.kolmogorov(distance * np.sqrt(n)))


def count_p(hits, n, chance):
    """Two-sided exact p-value of a number of hits."""
    law = stats.binom(n, chance)
    return float(min(1.0, 2 * min(law.cdf(hits), law.sf(hits - 1))))


def correlation_p(a, b):
    """Two-sided p-value of a sample correlation being 0."""
    a, b = np.asarray(a, dtype=float).ravel(), np.asarray(b, dtype=float).ravel()
    r = np.corrcoef(a, b)[0, 1]
    return float(special.erfc(abs(r) * np.sqrt(a.size / 2)))
