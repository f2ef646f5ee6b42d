"""The first answer wins, whoever is late is gone, and the wrong way is
seen to fail."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import (
    events,
    replicas,
    replicas_executor,
    replicas_hedged,
    replicas_load,
    replicas_replies,
)

TaskAsk = Callable[[], Awaitable[int]]
TaskQuery = Callable[["Sequence[TaskAsk]"], Awaitable[int]]


async def hedged(asks: Sequence[TaskAsk]) -> int:
    return await replicas_hedged.hedged(asks, 0.001)


THREADED = [replicas.single, replicas.leaky, replicas.buffered]
TASKS: list[TaskQuery] = [replicas.first, hedged]
each = pytest.mark.parametrize("query", TASKS)


def value(number: int) -> TaskAsk:
    async def ask() -> int:
        return number

    return ask


def failing(why: str) -> TaskAsk:
    async def ask() -> int:
        raise OSError(why)

    return ask


class Never:
    """A replica that never answers, and knows when it is cancelled."""

    def __init__(self) -> None:
        self.cancelled = False

    async def __call__(self) -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return 0


@pytest.mark.parametrize("query", THREADED)
def test_nobody_to_ask(
    query: Callable[[Sequence[Callable[[], int]]], int],
) -> None:
    with pytest.raises(replicas_replies.NoneToAskError):
        query([])


@each
def test_no_task_to_ask(query: TaskQuery) -> None:
    async def main() -> None:
        await query([])

    with pytest.raises(replicas_replies.NoneToAskError):
        asyncio.run(main())


@each
@settings(max_examples=15, deadline=None)
@given(before=st.integers(0, 3), behind=st.integers(0, 3))
def test_late_ones_are_cancelled(
    query: TaskQuery, before: int, behind: int
) -> None:
    late = [Never() for _ in range(before + behind)]

    async def main() -> int:
        asks: list[TaskAsk] = [*late[:before], value(7), *late[before:]]
        answer = await query(asks)
        assert len(asyncio.all_tasks()) == 1
        return answer

    assert asyncio.run(main()) == 7
    asked = late if query is replicas.first else late[:before]
    assert all(one.cancelled for one in asked)


@each
def test_a_failure_does_not_win(query: TaskQuery) -> None:
    async def main() -> int:
        return await query([failing("one"), failing("two"), value(3)])

    assert asyncio.run(main()) == 3


@each
def test_all_fail(query: TaskQuery) -> None:
    async def main() -> None:
        await query([failing("one"), failing("two")])

    with pytest.raises(
        replicas_replies.AllFailedError, match="; "
    ) as info:
        asyncio.run(main())
    # Both were there at the same time.
    assert sorted(map(str, info.value.errors)) == ["one", "two"]


@each
def test_given_up(query: TaskQuery) -> None:
    """Whoever asks may be cancelled too, and then nobody is left."""
    late = Never()

    async def main() -> None:
        asking = asyncio.ensure_future(query([late]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert late.cancelled


def test_hedged_asks_no_more_than_it_must() -> None:
    asked: list[int] = []

    async def ask(number: int) -> int:
        asked.append(number)
        return number

    async def main() -> int:
        asks = [partial(ask, number) for number in range(3)]
        return await replicas_hedged.hedged(asks, 3600)

    assert asyncio.run(main()) == 0
    assert asked == [0]


def test_leaky_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four, one is received, one finds room, and two stand there
    for ever; where each has a place, all of them go."""
    made: list[object] = []
    real = queue.Queue

    def make(size: int) -> object:
        made.append(real(size))
        return made[-1]

    monkeypatch.setattr(queue, "Queue", make)
    before = threading.enumerate()
    assert replicas.buffered([lambda: 7] * 4) == 7
    for thread in set(threading.enumerate()) - set(before):
        thread.join(60)
    assert threading.enumerate() == before

    assert replicas.leaky([lambda: 7] * 4) == 7
    stuck = set(threading.enumerate()) - set(before)
    assert len(stuck) >= 2
    replies = made[-1]
    assert isinstance(replies, real)
    for _ in range(3):  # free them by hand
        replies.get(timeout=60)
    for thread in stuck:
        thread.join(60)
    assert threading.enumerate() == before


def test_executor() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert replicas_executor.executor(pool, [lambda: 7] * 3) == 7


@pytest.mark.parametrize("query", [replicas.single, replicas.buffered])
def test_load(
    query: Callable[[Sequence[Callable[[], int]]], int],
) -> None:
    total, seen = replicas_load.load(query, 20, 3, 0, events.silent)
    assert total == 190
    assert seen["left_workers"] == 0
    asked = 1 if query is replicas.single else 3
    assert seen["asked_per_query"] == asked


def test_load_tasks() -> None:
    total, seen = asyncio.run(
        replicas_load.load_tasks(
            replicas.first, 20, 3, 0, events.silent
        )
    )
    assert total == 190
    assert seen["left_workers"] == 0
    assert seen["asked_per_query"] == 3


def test_latency() -> None:
    """Both languages draw the same: go/replicas has these numbers."""
    places = [(0, 0), (0, 1), (1, 0), (999, 4)]
    drawn = [replicas_load.latency(*place) for place in places]
    assert drawn == [1035, 1200, 1104, 584]


def test_percentile() -> None:
    shares = {1: 1, 25: 1, 26: 2, 50: 2, 75: 3, 99: 4, 100: 4}
    for percent, want in shares.items():
        assert replicas_load.percentile([4, 2, 3, 1], percent) == want
