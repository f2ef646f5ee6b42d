"""Never more of a job at once than its limit, nor in all than workers;
and nobody is left behind."""

from __future__ import annotations

import asyncio
import threading
import time
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import (
    dynpool,
    dynpool_pool,
    dynpool_queues,
    dynpool_tasks,
    events,
    topics,
)

if TYPE_CHECKING:
    pass


class Gauge:
    """Counts how many are at something, and how many were at most."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.done: list[int] = []

    def enter(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def leave(self, task: int) -> None:
        with self.lock:
            self.now -= 1
            self.done.append(task)


jobs = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=4
)


@given(workers=st.integers(1, 4), jobs=jobs)
@settings(max_examples=20, deadline=None)
def test_threads(workers: int, jobs: list[tuple[int, int]]) -> None:
    before = threading.enumerate()
    pool, every = dynpool_pool.Pool(workers), Gauge()
    started = []
    for n, limit in jobs:
        mine = Gauge()

        def f(task: int, mine: Gauge = mine) -> None:
            mine.enter()
            every.enter()
            every.leave(task)
            mine.leave(task)

        started.append((n, limit, mine, pool.start(n, limit, f)))
    for n, limit, mine, job in started:
        job.wait()
        assert mine.most <= limit
        assert sorted(mine.done) == list(range(n))
    pool.close()
    assert every.most <= workers
    assert not pool.jobs
    assert threading.enumerate() == before


@given(workers=st.integers(1, 4), jobs=jobs)
@settings(max_examples=20, deadline=None)
def test_tasks(workers: int, jobs: list[tuple[int, int]]) -> None:
    async def main() -> None:
        pool, every = dynpool_tasks.TaskPool(workers), Gauge()
        started = []
        for n, limit in jobs:
            mine = Gauge()

            async def f(task: int, mine: Gauge = mine) -> None:
                mine.enter()
                every.enter()
                for _ in range(task % 3):
                    await asyncio.sleep(0)
                every.leave(task)
                mine.leave(task)

            started.append((n, limit, mine, pool.start(n, limit, f)))
        for n, limit, mine, job in started:
            await job.wait()
            assert mine.most <= limit
            assert sorted(mine.done) == list(range(n))
        assert every.most <= workers
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_whatever_happens_to_tasks() -> None:
    """Limits are raised and lowered and jobs cancelled at random. At
    every moment no task has been started beyond its job's limit, nor
    one of a job that has ended, and nobody is idle who could do
    something."""

    class Watched:
        def __init__(self, n: int, limit: int) -> None:
            self.limit, self.left, self.ended = limit, n, False
            self.gauge = Gauge()

    async def main(random: Random) -> None:
        workers = random.randint(1, 5)
        pool, every = dynpool_tasks.TaskPool(workers), Gauge()
        jobs: list[tuple[Watched, dynpool_tasks.TaskJob]] = []
        gate = asyncio.Semaphore(0)

        def start(n: int, limit: int) -> None:
            w = Watched(n, limit)

            async def f(task: int) -> None:
                w.left -= 1
                w.gauge.enter()
                every.enter()
                assert not w.ended
                assert w.gauge.now <= w.limit
                assert every.now <= workers
                try:
                    await gate.acquire()
                finally:
                    every.leave(task)
                    w.gauge.leave(task)

            jobs.append((w, pool.start(n, limit, f)))

        async def settle() -> None:
            for _ in range(30):
                await asyncio.sleep(0)
            while not gate.locked():  # nobody took it
                await gate.acquire()

        for _ in range(40):
            if not jobs or random.random() < 0.2:
                start(random.randrange(30), random.randrange(5))
                await settle()
            w, job = random.choice(jobs)
            if random.random() < 0.1:
                w.ended, w.left = True, 0
                job.cancel(ValueError("enough"))
            else:
                w.limit = random.randrange(6)
                job.set_limit(w.limit)
            await settle()
            for w, _ in jobs:
                full = w.gauge.now >= w.limit or every.now == workers
                assert full or not w.left
            for _ in range(random.randrange(5)):
                gate.release()
            await settle()
        for w, job in jobs:
            w.limit = max(w.limit, 1)
            job.set_limit(w.limit)
        for _ in range(2000):
            gate.release()
        for w, job in jobs:
            if job.error is not None:
                assert w.ended
                continue
            await job.wait()
            done = sorted(w.gauge.done)
            assert w.ended or done == list(range(len(done)))
            assert w.left == 0
        await settle()
        assert len(asyncio.all_tasks()) == 1

    for seed in range(40):
        asyncio.run(main(Random(seed)))


def test_whatever_happens_to_threads() -> None:
    """The same with threads, whose tasks run while limits change: none
    exceeds the highest limit that there was."""
    for seed in range(20):
        random = Random(seed)
        workers, before = random.randint(1, 4), threading.enumerate()
        pool, every = dynpool_pool.Pool(workers), Gauge()
        jobs: list[list[Any]] = []
        for _ in range(random.randint(1, 4)):
            n, mine = random.randrange(40), Gauge()

            def f(
                task: int, mine: Gauge = mine, every: Gauge = every
            ) -> None:
                mine.enter()
                every.enter()
                time.sleep(0)  # somebody else's turn
                every.leave(task)
                mine.leave(task)

            limit = random.randrange(4)
            jobs.append([limit, n, mine, pool.start(n, limit, f)])
        cancelled = set()
        for _ in range(30):
            at = random.randrange(len(jobs))
            if random.random() < 0.05:
                cancelled.add(at)
                jobs[at][3].cancel(ValueError("enough"))
            else:
                limit = random.randrange(4)
                jobs[at][0] = max(jobs[at][0], limit)
                jobs[at][3].set_limit(limit)
        for at, (most, n, mine, job) in enumerate(jobs):
            job.set_limit(max(most, 1))
            try:
                job.wait()
            except ValueError:
                assert at in cancelled
            else:
                assert sorted(mine.done) == list(range(n))
            assert mine.most <= max(most, 1)
        pool.close()
        assert every.most <= workers
        assert threading.enumerate() == before


def test_all_advance_alike() -> None:
    """Also one that may only have one task at a time."""

    async def main() -> None:
        pool = dynpool_tasks.TaskPool(4)
        done = [0] * 4

        def job(at: int, limit: int) -> dynpool_tasks.TaskJob:
            async def f(task: int) -> None:
                await asyncio.sleep(0)
                done[at] += 1

            return pool.start(1_000_000, limit, f)

        jobs = [job(at, limit) for at, limit in enumerate((9, 9, 9, 1))]
        while sum(done) < 400:
            await asyncio.sleep(0)
        assert max(done[:3]) - min(done[:3]) <= 5
        assert done[3] >= 40
        for each in jobs:
            each.cancel(ValueError("enough"))
            with pytest.raises(ValueError, match="enough"):
                await each.wait()

    asyncio.run(main())


def test_queues_limit() -> None:
    for limit in 1, 2, 3:
        queues, gauge = dynpool_queues.Queues(5), Gauge()
        full = threading.Barrier(limit)

        def f(
            task: int,
            gauge: Gauge = gauge,
            full: threading.Barrier = full,
        ) -> None:
            gauge.enter()
            full.wait(10)  # so many are at it, or it breaks
            gauge.leave(task)

        queues.do(6 * limit, limit, f)
        queues.close()
        assert gauge.most == limit
        if limit == 1:
            assert gauge.done == list(range(6))


def test_queues_discard() -> None:
    """Two of three workers are busy while 100 jobs pass: two thirds of
    what is sent is rubbish."""
    before = threading.enumerate()
    queues = dynpool_queues.Queues(3)
    busy, release = threading.Semaphore(0), threading.Event()

    def hold(task: int) -> None:
        busy.release()
        release.wait()

    holder = threading.Thread(target=queues.do, args=(2, 2, hold))
    holder.start()
    for _ in range(2):
        busy.acquire()
    for _ in range(100):
        queues.do(1, 3, lambda task: None)
    release.set()
    holder.join()
    assert queues.close() == 200
    assert threading.enumerate() == before


def test_set_limit() -> None:
    async def main() -> None:
        pool, gauge = dynpool_tasks.TaskPool(5), Gauge()
        gate = asyncio.Semaphore(0)

        async def f(task: int) -> None:
            gauge.enter()
            await gate.acquire()
            gauge.leave(task)

        async def settle() -> None:
            for _ in range(50):
                await asyncio.sleep(0)

        job = pool.start(1000, 1, f)
        for limit in 1, 4, 2, 0, 9, 3:
            job.set_limit(limit)
            for _ in range(5):  # those beyond it end
                gate.release()
                await settle()
                if gauge.now <= limit:
                    break
            await settle()
            assert gauge.now == min(limit, 5)
            while not gate.locked():  # nobody took it
                await gate.acquire()
        job.cancel(ValueError("enough"))
        with pytest.raises(ValueError, match="enough"):
            await job.wait()
        assert gauge.now == 3  # told to stop where they stood

    asyncio.run(main())


def test_set_limit_of_threads() -> None:
    pool = dynpool_pool.Pool(3)
    at = threading.Barrier(3)
    job = pool.start(3, 0, lambda task: at.wait(10))
    job.set_limit(3)  # or the barrier breaks
    job.wait()
    pool.close()


@pytest.mark.parametrize("end", ["error", "cancel"])
def test_ends(end: str) -> None:
    pool = dynpool_pool.Pool(2)
    started = []
    holder: list[dynpool_pool.Job] = []
    ready = threading.Event()

    def f(task: int) -> None:
        ready.wait()
        started.append(task)
        if end == "error":
            raise ValueError("because")
        holder[0].cancel(ValueError("because"))

    holder.append(pool.start(100, 1, f))
    ready.set()
    beside = Gauge()

    def count(task: int) -> None:
        beside.enter()
        beside.leave(task)

    other = pool.start(20, 1, count)
    with pytest.raises(ValueError, match="because"):
        holder[0].wait()
    other.wait()
    assert started == [0]
    assert beside.done == list(range(20))
    pool.close()


def test_task_error() -> None:
    async def main() -> None:
        ended = []

        async def f(task: int) -> None:
            try:
                if task == 2:
                    raise ValueError("because")
                await asyncio.Event().wait()
            finally:
                ended.append(task)

        with pytest.raises(ValueError, match="because"):
            await dynpool_tasks.TaskPool(3).start(100, 3, f).wait()
        assert sorted(ended) == [0, 1, 2]

    asyncio.run(main())


def test_sequential() -> None:
    order: list[int] = []
    dynpool.sequential(3, order.append)
    assert order == [0, 1, 2]


@pytest.mark.parametrize("name", dynpool.VARIANTS)
def test_variants(name: str) -> None:
    """What each leaves behind: queues that were sent in vain, and a
    limit that was kept."""
    params = {"n": 20, "workers": 3, "limit": 1, "unit": 1000}
    note = events.Recorder(trace=True)
    result = topics.find("dynpool", name, params)(note)
    assert isinstance(result, tuple)
    answer, metrics = result
    assert answer == 190
    if "beside" not in name:
        assert metrics["most_at_once"] == 1
        assert metrics["mixed"] == 0
        assert metrics["discarded"] == (40 if "busy" in name else 0)
    assert 0 < metrics["mean_at_once"] <= metrics["most_at_once"]
    assert len(note.close()) == 40
