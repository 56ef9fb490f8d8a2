"""The weighted multinomial logit: its design, its maximum, and when there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

__all__ = ["Design", "Maximum", "maximum"]

F64 = NDArray[np.float64]

ITERATIONS = 100
#: Largest score, in weights, at which the maximum counts as found.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Design:
    """Respondents as arrays.

    Attributes
    ----------
    options
        The reference first.
    terms
        Names of the columns of x.
    x
        (respondent, term), ones first.
    chosen
        (respondent,) index into ``options``.
    weights
        (respondent,) > 0.
    categories
        Covariate → its categories, that which the others are measured against first; empty for numbers.
    constant
        Covariates that are the same for every respondent.
    """

    options: tuple[str, ...]
    terms: tuple[str, ...]
    x: F64
    chosen: NDArray[np.int64]
    weights: F64
    categories: Mapping[str, tuple[str, ...]]
    constant: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        options: Sequence[str],
        columns: Mapping[str, Sequence[Any]],
        categorical: set[str],
        chosen: Sequence[str],
        weights: F64,
    ) -> Design:
        """Make the columns: numbers as they are, categories as 0 and 1."""
        terms, parts = ["(intercept)"], [np.ones(len(chosen))]
        categories: dict[str, tuple[str, ...]] = {}
        constant = []
        for name, cells in columns.items():
            if name not in categorical and all(_is_number(cell) for cell in cells):
                categories[name] = ()
                values = np.array([float(cell) for cell in cells])
                terms.append(name)
                parts.append(values)
                fixed = len(set(values.tolist())) < 2
            else:
                texts = [str(cell) for cell in cells]
                order = sorted(set(texts), key=lambda one: (-texts.count(one), one))
                categories[name] = tuple(order)
                for one in order[1:]:
                    terms.append(f"{name}={one}")
                    parts.append(np.array([float(text == one) for text in texts]))
                fixed = len(order) < 2
            if fixed and cells:
                constant.append(name)
        places = {option: i for i, option in enumerate(options)}
        index = np.array([places.get(option, -1) for option in chosen], np.int64)
        x = np.stack(parts, axis=1)
        return cls(tuple(options), tuple(terms), x, index, weights, categories, tuple(constant))

    def against(self, reference: str) -> Design:
        """Return the same with the reference first."""
        options = (reference, *(option for option in self.options if option != reference))
        place = np.array([options.index(option) for option in self.options], np.int64)
        return replace(self, options=options, chosen=place[self.chosen])

    def row(self, covariates: Mapping[str, Any]) -> F64:
        """Return the row of x of given covariates (term,)."""
        missing = [name for name in self.categories if name not in covariates]
        extra = [name for name in covariates if name not in self.categories]
        if missing or extra:
            raise SimError(f"covariates: expected {', '.join(self.categories) or 'none'}, got {', '.join(covariates)}")
        out = [1.0]
        for name, order in self.categories.items():
            value = covariates[name]
            if not order:
                if not _is_number(value):
                    raise SimError(f"covariates: {name}: expected a number, got {value!r}")
                out.append(float(value))
            elif str(value) not in order:
                raise SimError(f"covariates: {name}: expected one of {', '.join(order)}, got {value!r}")
            else:
                out += [float(str(value) == one) for one in order[1:]]
        return np.array(out)

    def faults(self) -> Iterator[str]:
        """Yield what keeps the maximum from being one: dependent columns, separation."""
        dependent = self._dependent()
        if dependent:
            yield f"{', '.join(dependent)}: follows from the other covariates, so that its effect cannot be told"
            return
        apart = self._separated()
        if apart:
            yield (
                f"{', '.join(apart)}: separates the options, some respondents of which no other is like, so that "
                "the coefficient is infinite; leave it out or join categories"
            )

    def _dependent(self) -> list[str]:
        """Return the terms that are linear in those before them."""
        scale = np.abs(self.x).max(axis=0)
        scaled = self.x / np.where(scale > 0, scale, 1)
        out, kept = [], [0]
        for j in range(1, self.x.shape[1]):
            if np.linalg.matrix_rank(scaled[:, [*kept, j]]) <= len(kept):
                out.append(self.terms[j])
            else:
                kept.append(j)
        return out

    def _separated(self) -> list[str]:
        """Return the terms along which the likelihood rises for ever.

        There is a direction γ with ``x_i·(γ_{y_i} − γ_o) ≥ 0`` for all respondents and options, and > 0 for one,
        exactly where the maximum does not exist: a linear programme finds it.
        """
        from scipy.optimize import linprog
        from scipy.sparse import csr_matrix, lil_matrix

        pairs = np.unique(np.column_stack([self.chosen, self.x]), axis=0)
        k, p = len(self.options), self.x.shape[1]
        scale = np.maximum(np.abs(self.x).max(axis=0), 1e-300)
        rows = lil_matrix((len(pairs) * (k - 1), (k - 1) * p))
        at = 0
        for pair in pairs:
            mine, x = int(pair[0]), pair[1:] / scale
            for other in (o for o in range(k) if o != mine):
                if mine:
                    rows[at, (mine - 1) * p : mine * p] = x
                if other:
                    rows[at, (other - 1) * p : other * p] = -x
                at += 1
        matrix = csr_matrix(rows)
        gain = -np.asarray(matrix.sum(axis=0)).ravel()
        found = linprog(gain, A_ub=-matrix, b_ub=np.zeros(matrix.shape[0]), bounds=(-1, 1), method="highs")
        if found.status != 0 or -found.fun < 1e-7:
            return []
        moved = np.abs(found.x.reshape(k - 1, p)) > 1e-7
        return [
            f"{term} ({', '.join(o for o, m in zip(self.options[1:], moved[:, j]) if m)})"
            for j, term in enumerate(self.terms)
            if moved[:, j].any()
        ]


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float | np.integer | np.floating | np.bool_) and math.isfinite(cell)


@dataclass(frozen=True)
class Maximum:
    """The maximum of the weighted log-likelihood.

    Attributes
    ----------
    theta
        (options − 1) · terms coefficients, option by option.
    value
        The log-likelihood.
    covariance
        Of theta.
    """

    theta: F64
    value: float
    covariance: F64

    @property
    def errors(self) -> F64:
        """Standard errors."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def shares(self, x: F64, weights: F64) -> tuple[F64, F64]:
        """Return the weighted mean shares over rows of x, and their standard errors (option,)."""
        p = probabilities(self.theta, x)
        w = weights / weights.sum()
        slopes = []
        for o in range(p.shape[1]):
            inner = -p[:, o, None] * p[:, 1:]
            if o:
                inner[:, o - 1] += p[:, o]
            slopes.append(np.einsum("i,ik,ij->kj", w, inner, x).ravel())
        jacobian = np.array(slopes)
        variance = np.einsum("oj,jk,ok->o", jacobian, self.covariance, jacobian)
        return np.asarray(w @ p), np.asarray(np.sqrt(np.maximum(variance, 0)))


def probabilities(theta: F64, x: F64) -> F64:
    """Return P(option) of each row of x, (row, option), the reference first."""
    utility = np.concatenate([np.zeros((len(x), 1)), x @ theta.reshape(-1, x.shape[1]).T], axis=1)
    utility -= utility.max(axis=1, keepdims=True)
    weights = np.exp(utility)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def maximum(design: Design, sandwich: bool) -> Maximum:
    """Find the maximum by Newton's method, a step halved while it does not climb.

    Raises
    ------
    SimError
        If it is not found.
    """
    x, w = design.x, design.weights
    k, p = len(design.options) - 1, x.shape[1]
    picked = (design.chosen[:, None] == np.arange(1, k + 1)).astype(float)
    theta = np.zeros(k * p)
    value = _value(theta, design)
    for _ in range(ITERATIONS):
        shares = probabilities(theta, x)[:, 1:]
        scores = np.einsum("ik,ij->ikj", picked - shares, x).reshape(len(x), k * p)
        gradient = w @ scores
        hessian = _information(shares, x, w)
        if float(np.abs(gradient / np.tile(np.abs(x).max(axis=0), k)).max()) < TOLERANCE * w.sum():
            inverse: F64 = np.asarray(np.linalg.inv(hessian), np.float64)
            if not sandwich:
                return Maximum(theta, value, inverse)
            weighted = scores * w[:, None]
            return Maximum(theta, value, np.asarray(inverse @ (weighted.T @ weighted) @ inverse, np.float64))
        step = np.linalg.solve(hessian, gradient)
        for _ in range(40):
            new = _value(theta + step, design)
            if new >= value - 1e-12 * abs(value):
                break
            step = step / 2
        theta, value = theta + step, new
    raise SimError("survey: the maximum of the likelihood was not found; are some options hardly ever chosen?")


def _value(theta: F64, design: Design) -> float:
    p = probabilities(theta, design.x)
    chosen = p[np.arange(len(p)), design.chosen]
    return float(design.weights @ np.log(np.maximum(chosen, 1e-300)))


def _information(shares: F64, x: F64, w: F64) -> F64:
    """Return −Hessian: blocks ``Σ_i w_i p_o (δ_ok − p_k) x_i x_iᵀ``."""
    k, p = shares.shape[1], x.shape[1]
    out = np.empty((k, p, k, p))
    for a in range(k):
        for b in range(a, k):
            factor = w * shares[:, a] * ((a == b) - shares[:, b])
            out[a, :, b, :] = out[b, :, a, :] = (x * factor[:, None]).T @ x
    return out.reshape(k * p, k * p)
