"""Counts primes in segments that workers cross out independently of
each other.

Its one decision: a worker is given much work and little to say. A
segment fits in a processor's cache, needs only the few primes up to the
root of n, and ends in one number. It is the same sieve as the chain of
module sieve, with the work cut the other way.

It is read beside go/sievesegmented/sievesegmented.go: same names, same
order.
"""

from __future__ import annotations

import functools
import math
import multiprocessing.pool

from tandem.pools import joined

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from multiprocessing.pool import Pool

    from tandem.events import Note
    from tandem.processes import Start

# How many numbers a segment has. Only odd ones take room.
LENGTH = 1 << 18


def root(n: int) -> int:
    """Return the last number whose square is at most n."""
    return math.isqrt(n)


def odd_primes(n: int) -> list[int]:
    """Return the primes from 3 to n."""
    crossed = bytearray(n + 1)
    primes = []
    for number in range(3, n + 1, 2):
        if crossed[number]:
            continue
        primes.append(number)
        for m in range(number * number, n + 1, 2 * number):
            crossed[m] = 1
    return primes


def count_odd(low: int, high: int, primes: list[int]) -> int:
    """Count the odd primes from low, which is even, to before high. It
    crosses out the multiples of the odd primes up to the root of
    high."""
    size = (high - low) // 2
    crossed = bytearray(size)  # low + 1, low + 3, ...
    for prime in primes:
        first = prime * prime
        if first >= high:
            break
        if first < low:
            first = -(-low // prime) * prime
            if first % 2 == 0:
                first += prime
        # All at once: the loop over the multiples is in C.
        i = (first - low) // 2
        crossed[i::prime] = b"\1" * len(range(i, size, prime))
    count = crossed.count(0)
    if low == 0 and size > 0:
        count -= 1  # 1 is no prime
    return count


# Every variant returns how many primes there are up to n.


def sequential(n: int, note: Note) -> int:
    """Cross out one table of all numbers."""
    odd = count_odd(0, n + n % 2, odd_primes(root(n)))
    return odd + min(n // 2, 1)


def segmented(pool: Pool, n: int, note: Note) -> int:
    """Have workers cross out segments."""
    segment = functools.partial(
        one, n=n, primes=odd_primes(root(n)), note=note
    )  # fmt: skip
    lows = range(0, n, LENGTH)
    with joined(pool):
        counts = sum(pool.imap_unordered(segment, lows))
    return counts + min(n // 2, 1)  # 2 is the only even prime


# From here on each language has its own.


def one(low: int, n: int, primes: list[int], note: Note) -> int:
    """One segment."""
    note(low // LENGTH, "start", str(low))
    high = min(low + LENGTH, n + n % 2)
    count = count_odd(low, high, primes)
    note(low // LENGTH, "finish", str(low))
    return count


def processes(n: int, workers: int, start: Start, note: Note) -> int:
    """In a pool of processes."""
    return segmented(start.Pool(workers), n, note)


def threads(n: int, workers: int, note: Note) -> int:
    """In a pool of threads. ThreadPool is a subclass of Pool."""
    pool = multiprocessing.pool.ThreadPool(workers)
    return segmented(pool, n, note)


VARIANTS = {
    "sequential": sequential,
    "threads": threads,
    "processes": processes,
}
