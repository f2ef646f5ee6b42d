"""Finds primes with a chain of filters, a process for each prime: every
number travels along the chain until a prime that divides it throws it
out.

Its one decision: the chain is what it is famous for, independent
processes that do next to nothing but pass numbers on. So it shows what
passing on costs, and that more processors cannot make faster what is
hardly any work.

It is read beside go/sieve/sieve.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import queue
import threading

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tandem.events import Note


# Every variant returns how many primes there are up to n.


def sequential(n: int, note: Note) -> int:
    """Cross out the multiples of each prime in a table."""
    crossed = bytearray(n + 1)
    primes = 0
    for number in range(2, n + 1):
        if crossed[number]:
            continue
        primes += 1
        note(0, "prime", str(number))
        for m in range(number * number, n + 1, number):
            crossed[m] = 1
    return primes


# From here on each language has its own.


def generators(n: int, note: Note) -> int:
    """Make the chain of generators, which wait for each other without
    any threads."""

    def passing(numbers: Iterator[int], prime: int) -> Iterator[int]:
        for number in numbers:
            if number % prime:
                yield number

    numbers: Iterator[int] = iter(range(2, n + 1))
    primes = 0
    while True:
        # What reaches the end is divided by no prime before it.
        prime = next(numbers, None)
        if prime is None:
            return primes
        note(primes, "prime", str(prime))
        primes += 1
        numbers = passing(numbers, prime)


async def tasks(n: int, note: Note) -> int:
    """Make the chain of asyncio's tasks and queues."""

    async def generate(to: asyncio.Queue[int]) -> None:
        for number in range(2, n + 1):
            await to.put(number)
        await to.put(0)

    async def passing(
        to: asyncio.Queue[int], origin: asyncio.Queue[int], prime: int
    ) -> None:
        while number := await origin.get():
            if number % prime:
                await to.put(number)
        await to.put(0)

    numbers: asyncio.Queue[int] = asyncio.Queue(1)
    filters = [asyncio.ensure_future(generate(numbers))]
    primes = 0
    while prime := await numbers.get():
        note(primes, "prime", str(prime))
        primes += 1
        to: asyncio.Queue[int] = asyncio.Queue(1)
        filters.append(
            asyncio.ensure_future(passing(to, numbers, prime))
        )
        numbers = to
    await asyncio.gather(*filters)
    return primes


def threads(n: int, note: Note) -> int:
    """Make the chain of threads and queues."""
    chain: list[threading.Thread] = []

    def start(thread: threading.Thread) -> None:
        chain.append(thread)
        thread.start()

    numbers: queue.Queue[int] = queue.Queue(1)
    start(threading.Thread(target=generate, args=(numbers, n)))
    primes = 0
    while prime := numbers.get():
        note(primes, "prime", str(prime))
        primes += 1
        to: queue.Queue[int] = queue.Queue(1)
        args = (to, numbers, prime)
        start(threading.Thread(target=filter_out, args=args))
        numbers = to
    for thread in chain:
        thread.join()
    return primes


def generate(to: queue.Queue[int], n: int) -> None:
    """Send the numbers from 2 to n, and 0 in the end."""
    for number in range(2, n + 1):
        to.put(number)
    to.put(0)


def filter_out(
    to: queue.Queue[int], origin: queue.Queue[int], prime: int
) -> None:
    """Pass on what the prime does not divide."""
    while number := origin.get():
        if number % prime:
            to.put(number)
    to.put(0)


VARIANTS = {
    "sequential": sequential,
    "generators": generators,
    "tasks": tasks,
    "threads": threads,
}
