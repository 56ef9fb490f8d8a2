"""Every sampler and elementary function on given lanes; run as a script it prints one hash of them all.

The script is what ``test_same_bits.py`` starts under other instruction sets: arguments are ``quick`` or
``all``; it also prints the widest vector registers of the compiled binomial.
"""

import hashlib
import sys

import numpy as np

from sim.numeric.elementary import exp_weights, log, logistic, logit, softmax
from sim.numeric.linear import cholesky, correlate
from sim.random import Chance, Lanes, dirichlet, multinomial, multivariate_normal, multivariate_t

COVARIANCE = 0.3 + 0.7 * np.eye(4)


def quick_samples(lanes, chance):
    """The samplers of the main path; parameters are functions of the draw and the element."""
    draw = lanes.draw.reshape(lanes.shape).astype(np.float64)
    element = lanes.element.reshape(lanes.shape).astype(np.float64)
    size = (3.0 * element**3 + 7 * draw % 90).astype(np.int64)
    share = (draw * 0.618034 + element * 0.381966) % 1.0
    normal = chance.stream("normal").normal(lanes)
    utilities = np.stack([chance.stream("utility", str(j)).normal(lanes) for j in range(5)])
    return {
        "binomial": chance.stream("binomial").binomial(lanes, size, share),
        "binomial, small mean": chance.stream("small").binomial(lanes, size, share / (1 + size)),
        "normal": normal,
        "softmax": softmax(utilities),
        "weights": exp_weights(utilities),
        "logistic": logistic(normal),
    }


def samples(lanes, chance):
    """All samplers; every array has the draws on its last axis but one."""
    result = quick_samples(lanes, chance)
    stream = chance.stream
    element = lanes.element.reshape(lanes.shape).astype(np.float64)
    parts = [stream("part", str(j)) for j in range(4)]
    weights = np.stack([stream("weight", str(j)).uniform(lanes) for j in range(4)])
    uniform64 = stream("uniform64").uniform64(lanes)
    normals = multivariate_normal(parts, lanes, cholesky(COVARIANCE))
    rows = correlate(cholesky(COVARIANCE), np.ascontiguousarray(np.moveaxis(normals, 0, -1)))
    return result | {
        "uniform": stream("uniform").uniform(lanes),
        "uniform64": uniform64,
        "normal64": stream("normal64").normal64(lanes),
        "exponential": stream("exponential").exponential(lanes),
        "gamma": stream("gamma").gamma(lanes, 0.05 + element),
        "chi square": stream("chi").chi_square(lanes, 5),
        "beta": stream("beta").beta(lanes, 0.3 + element, 2.0),
        "poisson": stream("poisson").poisson(lanes, 1.7 * element),
        "categorical": stream("categorical").categorical(lanes, weights),
        "choice": stream("choice").choice(lanes, log(weights)),
        "bernoulli": stream("bernoulli").bernoulli(lanes, weights[0]),
        "permutation": stream("permutation").permutation(lanes, 6),
        "multinomial": multinomial(parts, lanes, 5000, weights),
        "dirichlet": dirichlet(parts, lanes, 0.01 + weights),
        "normals": normals,
        "rows": np.moveaxis(rows, -1, 0),
        "t": multivariate_t(parts, stream("t"), lanes, cholesky(COVARIANCE), 6),
        "log": log(uniform64),
        "logit": logit(uniform64),
    }


def digest(arrays):
    """One hash of names, dtypes, shapes and bits."""
    total = hashlib.sha256()
    for name, array in arrays.items():
        total.update(f"{name} {array.dtype} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def main():
    lanes = Lanes.grid(0, 60, np.arange(40))
    take = quick_samples if sys.argv[1] == "quick" else samples
    print(digest(take(lanes, Chance(20221120))))
    from sim.random.binomial import binomial_array

    assembly = "".join(binomial_array.inspect_asm().values())
    print(next((width for width in ("zmm", "ymm", "xmm") if width in assembly), "none"))


if __name__ == "__main__":
    main()
