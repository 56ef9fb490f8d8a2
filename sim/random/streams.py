"""Chance: named streams of counter-based random numbers.

A number is Philox4x32-10 of the counter (element, draw, variable, attempt) under the key (seed).  A
variable's number is a hash of its written name.  Normals, and the first proposal of a binomial, take the pair
draw >> 1 for the draw, each of its two draws its own part of the four words.  Nothing is consumed and nothing
is remembered between calls: the same stream on the same lanes gives the same bits, in any block, thread, order
or process, and any number of threads may use one stream at once.  The compiled samplers are loaded on first use.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import SimError
from sim.random.arguments import counts, floats, planes, scratch, target
from sim.random.lanes import Lanes

__all__ = ["Chance", "Stream", "variable_number"]

Array = NDArray[Any]


def variable_number(written: str) -> int:
    """The 32-bit number of a written name: four bytes of BLAKE2b, little endian."""
    return int.from_bytes(hashlib.blake2b(written.encode(), digest_size=4).digest(), "little")


class Chance:
    """All the luck of a run.

    Parameters
    ----------
    seed
        0 ≤ seed < 2⁶⁴, the key of the generator.

    Raises
    ------
    SimError
        If the seed is out of range.
    """

    def __init__(self, seed: int) -> None:
        if not 0 <= int(seed) < 1 << 64:
            raise SimError(f"seed must lie in [0, 2**64), got {seed}")
        self.seed = int(seed)
        self._names: dict[int, str] = {}
        self._streams: dict[str, Stream] = {}
        self._lock = threading.Lock()

    def stream(self, name: str, part: str = "") -> Stream:
        """The stream of a variable, e.g. ``stream("voters.swing.national", "tokayev")``.

        ``part`` gives each option (or party, or candidate) a stream of its own, hashed from
        ``name/part``, so that one more of them leaves the luck of the others as it was.

        Raises
        ------
        SimError
            If another name that was asked for has the same 32-bit number.
        """
        written = f"{name}/{part}" if part else name
        found = self._streams.get(written)
        return self._make(written) if found is None else found

    def within(self, contest: str) -> Chance:
        """The luck of one of several contests: every name bears it behind its stage, as ``rules.<contest>:lot``."""
        return _Within(self, contest)

    def _make(self, written: str) -> Stream:
        number = variable_number(written)
        with self._lock:
            held = self._names.setdefault(number, written)
            if held != written:
                raise SimError(f"random variables {held!r} and {written!r} share the number {number}: rename one")
            return self._streams.setdefault(written, Stream(written, number, self.seed))

    def __repr__(self) -> str:
        return f"Chance(seed={self.seed})"


class _Within(Chance):
    """Streams of a contest, made by those of the whole run."""

    def __init__(self, whole: Chance, contest: str) -> None:
        super().__init__(whole.seed)
        self._whole, self._contest = whole, contest

    def stream(self, name: str, part: str = "") -> Stream:
        """The stream of a variable of the contest."""
        start, _, rest = name.partition(".")
        if start == "value":
            stage, _, rest = rest.partition(".")
            start = f"{start}.{stage}"
        return self._whole.stream(f"{start}.{self._contest}:{rest}", part)


class Stream:
    """The random numbers of one variable, as functions of the lanes.

    Every method returns a C-contiguous array of ``lanes.shape`` (or of ``(k, *lanes.shape)`` where it says
    so) and takes ``out``, an array to write to.  Parameters are scalars or broadcast to ``lanes.shape``.
    A parameter outside its range raises ValueError.
    """

    __slots__ = ("name", "number", "words")

    def __init__(self, name: str, number: int, seed: int) -> None:
        self.name = name
        self.number = number
        self.words = (np.uint64(number), np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32))

    def __repr__(self) -> str:
        return f"Stream({self.name!r})"

    def _plain(self, loop: Any, lanes: Lanes, out: Array | None, dtype: Any) -> Array:
        result = target(out, lanes.shape, dtype)
        loop(lanes.draw, lanes.element, *self.words, result.reshape(-1))
        return result

    def _fault(self, text: str) -> ValueError:
        return ValueError(f"{self.name}: {text}")

    def uniform(self, lanes: Lanes, out: Array | None = None) -> Array:
        """Uniform float32 on the odd multiples of 2⁻²⁴: never 0, never 1."""
        from sim.random.uniform import uniform_array32

        return self._plain(uniform_array32, lanes, out, np.float32)

    def uniform64(self, lanes: Lanes, out: Array | None = None) -> Array:
        """Uniform float64 on the odd multiples of 2⁻⁵³: never 0, never 1."""
        from sim.random.uniform import uniform_array64

        return self._plain(uniform_array64, lanes, out, np.float64)

    def exponential(self, lanes: Lanes, out: Array | None = None) -> Array:
        """Exponential float64 of mean 1."""
        from sim.random.uniform import exponential_array

        return self._plain(exponential_array, lanes, out, np.float64)

    def normal(self, lanes: Lanes, out: Array | None = None) -> Array:
        """Standard normal float32 (Box–Muller, 64-bit radius: the tails are right to |z| = 9).

        The draws 2j and 2j + 1 are the cosine and the sine branch of one pair of uniforms.
        """
        from sim.random.vectors import normals

        result = target(out, lanes.shape, np.float32)
        normals((self,), lanes, result[None])
        return result

    def normal64(self, lanes: Lanes, out: Array | None = None) -> Array:
        """Standard normal float64 (Box–Muller, 52-bit radius and angle)."""
        from sim.random.normal import normal_array64

        return self._plain(normal_array64, lanes, out, np.float64)

    def gamma(self, lanes: Lanes, shape: ArrayLike, out: Array | None = None) -> Array:
        """Gamma of the given shape and scale 1, exact; float64 (float32 if ``out`` is).

        Marsaglia & Tsang 2000; shape 0 gives 0.  Shapes must be finite and ≥ 0.
        """
        return self._gamma(lanes, shape, 0, out)

    def _gamma(self, lanes: Lanes, shape: ArrayLike, which: int, out: Array | None) -> Array:
        from sim.random import gamma

        result = target(out, lanes.shape, np.float64, np.float32)
        rows = scratch("gamma", (gamma.PLANES, gamma.PITCH), np.float64)
        whole = scratch("gamma", (gamma.WHOLE_ROWS, gamma.PITCH), np.int32)
        base = gamma.SECOND if which else gamma.FIRST
        shapes = floats("shape", shape, lanes)
        variable, low, high = self.words
        flat = result.reshape(-1)
        if gamma.gamma_array(lanes.draw, lanes.element, variable, base, low, high, shapes, rows, whole, flat):
            raise self._fault("the shape of a gamma must be finite and not negative")
        return result

    def chi_square(self, lanes: Lanes, df: ArrayLike, out: Array | None = None) -> Array:
        """Chi-square of ``df`` ≥ 0 degrees of freedom, float64: twice a gamma of half the shape."""
        result = self._gamma(lanes, np.asarray(df, dtype=np.float64) * 0.5, 0, out)
        result *= 2.0
        return result

    def beta(self, lanes: Lanes, a: ArrayLike, b: ArrayLike, out: Array | None = None) -> Array:
        """Beta(a, b), float64: x/(x + y) of two gammas.  a, b ≥ 0, not both 0; Beta(0, b) is 0."""
        from sim.random import gamma
        from sim.random.dirichlet_kernels import beta_array

        result = target(out, lanes.shape, np.float64, np.float32)
        first, second = floats("a", a, lanes), floats("b", b, lanes)
        rows = scratch("gamma", (gamma.PLANES, gamma.PITCH), np.float64)
        whole = scratch("gamma", (gamma.WHOLE_ROWS, gamma.PITCH), np.int32)
        work = scratch("beta", (5, gamma.PITCH), np.float64)
        flat = result.reshape(-1)
        if beta_array(lanes.draw, lanes.element, *self.words, first, second, rows, whole, work, flat):
            raise self._fault("the parameters of a beta must be finite, not negative and not both 0")
        return result

    def binomial(self, lanes: Lanes, n: ArrayLike, p: ArrayLike, out: Array | None = None) -> Array:
        """Bin(n, p), exact; int32, or int64 where n is an int64 array.

        n ≥ 0 integers, p in [0, 1] (float32 or float64).  Hörmann 1993 (BTRS) and inversion.
        """
        from sim.random import tiles
        from sim.random.binomial import binomial_array

        trials = counts("n", n, lanes)
        shares = floats("p", p, lanes)
        result = target(out, lanes.shape, trials.dtype, np.int32, np.int64)
        rows = scratch("binomial", (tiles.PLANES, tiles.PITCH), np.float64)
        whole = scratch("binomial", (tiles.WHOLE_ROWS, tiles.PITCH), np.int32)
        held = scratch("trials", (tiles.PITCH,), result.dtype), scratch("shares", (tiles.PITCH,), shares.dtype)
        pairs = lanes.draw, lanes.element, lanes.run
        if binomial_array(*pairs, *self.words, trials, shares, rows, whole, *held, result.reshape(-1)):
            raise self._fault("a binomial needs n >= 0 and p in [0, 1]")
        return result

    def poisson(self, lanes: Lanes, mean: ArrayLike, out: Array | None = None) -> Array:
        """Poisson counts of ``mean`` in [0, 10¹⁵], exact; int64.  Hörmann 1993 (PTRS) and inversion."""
        from sim.random import tiles
        from sim.random.poisson import poisson_array

        means = floats("mean", mean, lanes)
        result = target(out, lanes.shape, np.int64)
        rows = scratch("binomial", (tiles.PLANES, tiles.PITCH), np.float64)
        whole = scratch("binomial", (tiles.WHOLE_ROWS, tiles.PITCH), np.int32)
        if poisson_array(lanes.draw, lanes.element, *self.words, means, rows, whole, result.reshape(-1)):
            raise self._fault("the mean of a Poisson must lie in [0, 1e15]")
        return result

    def categorical(self, lanes: Lanes, weights: ArrayLike, out: Array | None = None) -> Array:
        """The index, int32, of a category drawn in proportion to its weight: inverse cumulative, one uniform.

        ``weights`` (k, draws, elements) or (k,), ≥ 0; only ratios matter; a category of weight 0 never
        comes.  A lane without any weight raises ValueError.
        """
        from sim.random import discrete

        loads = planes("weights", weights, lanes)
        result = target(out, lanes.shape, np.int32)
        work = scratch("categorical", (2, discrete.TILE), np.float64)
        flat = result.reshape(-1)
        if discrete.categorical_array(lanes.draw, lanes.element, *self.words, loads, work[0], work[1], flat):
            raise self._fault("weights must be finite, not negative and not all 0")
        return result

    def choice(self, lanes: Lanes, utilities: ArrayLike, out: Array | None = None) -> Array:
        """The index, int32, of an option drawn with the probability softmax(utilities): a logit choice.

        ``utilities`` (k, draws, elements) or (k,), log-odds up to a constant per lane; −inf never comes.  The sums
        are float32, so that probabilities are right to 1e-6; where more is needed take `categorical` of weights.
        A lane in which every utility is −inf raises ValueError.
        """
        from sim.random import discrete

        loads = planes("utilities", np.asarray(utilities, np.float32), lanes)
        result = target(out, lanes.shape, np.int32)
        sums = scratch(f"choice.{len(loads)}", (len(loads), discrete.TILE + 16), np.float32)
        goals = scratch("choice", (3, discrete.TILE + 16), np.float32)
        flat = result.reshape(-1)
        if discrete.choice_array(lanes.draw, lanes.element, *self.words, loads, sums, goals, flat):
            raise self._fault("utilities must be less than inf and not all -inf")
        return result

    def bernoulli(self, lanes: Lanes, p: ArrayLike, out: Array | None = None) -> Array:
        """1 with probability p, else 0; int32.  p in [0, 1], float32 or float64."""
        from sim.random.discrete import bernoulli_array

        shares = floats("p", p, lanes)
        result = target(out, lanes.shape, np.int32)
        if bernoulli_array(lanes.draw, lanes.element, *self.words, shares, result.reshape(-1)):
            raise self._fault("a probability must lie in [0, 1]")
        return result

    def permutation(self, lanes: Lanes, size: int, out: Array | None = None) -> Array:
        """Uniform orders of 0 … size − 1, int32 (size, draws, elements): Fisher–Yates without bias."""
        from sim.random.discrete import permutation_array

        if not 0 <= size < 1 << 16:
            raise self._fault(f"the size of a permutation must lie in [0, 65535], got {size}")
        result = target(out, (size, *lanes.shape), np.int32)
        permutation_array(lanes.draw, lanes.element, *self.words, result.reshape(size, lanes.size))
        return result
