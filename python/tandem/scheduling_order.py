"""The page that all print on, and what the order on it tells."""

from __future__ import annotations

import itertools

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note

# The letters that are printed, each by a worker of its own.
WORKERS = "ABCDE"


class Page:
    """What all workers print on. To append to a list is one step that
    no other thread can tear apart, so that no worker waits for another:
    a lock would have a say in who runs next."""

    def __init__(self, letters: int, note: Note) -> None:
        self._letters: list[str] = []
        self._note = note

    def print(self, worker: int) -> None:
        """Put a worker's letter on the page."""
        self._letters.append(WORKERS[worker])
        self._note(worker, "print", WORKERS[worker])

    def __str__(self) -> str:
        """What stands on the page, once all workers are done."""
        return "".join(self._letters)


def counts(order: str) -> str:
    """Say how often each letter stands in the order: the same in every
    variant, whatever the order is."""
    return " ".join(f"{each}={order.count(each)}" for each in WORKERS)


def longest_run(order: str) -> int:
    """The most letters that one worker printed before another had its
    turn."""
    return max(len(list(run)) for _, run in itertools.groupby(order))


def switches(order: str) -> int:
    """How often a letter is followed by another worker's."""
    return sum(a != b for a, b in zip(order, order[1:]))


def first(order: str) -> int:
    """The number, from 0, of the worker that printed first."""
    return WORKERS.index(order[0])


def told(order: str) -> tuple[str, dict[str, float]]:
    """The answer, and what the order tells."""
    return counts(order), {
        "longest_run": longest_run(order),
        "switches": switches(order),
        "first_worker": first(order),
    }
