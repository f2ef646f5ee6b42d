"""What the order tells in which messages were received."""

from __future__ import annotations

from tandem.selecting_senders import FAST, SLOW


def counts(order: list[str]) -> str:
    """Say how often each name was received: the same in every variant,
    whatever the order is."""
    fast, slow = order.count(FAST), order.count(SLOW)
    return f"{FAST}={fast} {SLOW}={slow}"


def fast_per_slow(order: list[str]) -> float:
    """How many fast messages came for each slow one while both were
    coming: from the first slow one to the last. Where nobody waits for
    the other it is about RATIO. It is 0 where there are less than two
    slow ones."""
    slow = [i for i, name in enumerate(order) if name == SLOW]
    if len(slow) < 2:
        return 0
    between = order[slow[0] : slow[-1]].count(FAST)
    return between / (len(slow) - 1)


def received(order: list[str]) -> tuple[str, dict[str, float]]:
    """The answer, and how many came for each of the slow."""
    return counts(order), {"fast_per_slow": fast_per_slow(order)}
