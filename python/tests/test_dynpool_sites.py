"""No endpoint is asked by more at once than its limit, whoever asks;
and every URL is asked once."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Sequence,
)
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import (
    dynpool_sites,
    dynpool_sites_endpoints,
    events,
    urlcheck_http,
)
from tandem.dynpool_sites_endpoints import Endpoint
from tandem.dynpool_sites_survey import Survey

Check = Callable[[int], None]
Fetch = Callable[[int], Awaitable[None]]
Variant = Callable[[Sequence[Endpoint], int, Check], None]

THREADS: list[Variant] = [
    dynpool_sites.semaphores,
    dynpool_sites.queues,
    dynpool_sites.pool,
]
each = pytest.mark.parametrize("variant", THREADS)


def test_endpoints() -> None:
    urls = "http://a/1 http://b/1 http://a/2 http://c/ http://a/3"
    assert dynpool_sites_endpoints.endpoints(urls.split(), "5 1") == [
        Endpoint("a", [0, 2, 4], 5),
        Endpoint("b", [1], 1),
        Endpoint("c", [3], 5),
    ]
    for limits, says in {
        "": "limits is empty, want at least one",
        "5 x": 'a limit is "x", want at least 1',
        "0": 'a limit is "0", want at least 1',
    }.items():
        with pytest.raises(ValueError, match=says):
            dynpool_sites_endpoints.endpoints(urls.split(), limits)


class Watch:
    """Counts who is at which endpoint."""

    def __init__(self, sizes: list[tuple[int, int]], seed: int) -> None:
        self.endpoints, self.lock = [], threading.Lock()
        self.of: dict[int, int] = {}
        self.random = random.Random(seed)
        for at, (n, limit) in enumerate(sizes):
            urls = list(range(len(self.of), len(self.of) + n))
            self.endpoints.append(Endpoint(str(at), urls, limit))
            self.of.update(dict.fromkeys(urls, at))
        self.now, self.most = [0] * len(sizes), [0] * len(sizes)
        self.all = self.most_of_all = 0
        self.checked: Counter[int] = Counter()

    def enter(self, url: int) -> int:
        """Count one more. Return how long to stay."""
        at = self.of[url]
        with self.lock:
            self.checked[url] += 1
            self.now[at] += 1
            self.all += 1
            self.most[at] = max(self.most[at], self.now[at])
            self.most_of_all = max(self.most_of_all, self.all)
            return self.random.randrange(4)

    def leave(self, url: int) -> None:
        with self.lock:
            self.now[self.of[url]] -= 1
            self.all -= 1

    def check(self, url: int) -> None:
        for _ in range(self.enter(url)):
            time.sleep(0)  # somebody else's turn
        self.leave(url)

    @asynccontextmanager
    async def connect(self, workers: int) -> AsyncIterator[Fetch]:
        async def fetch(url: int) -> None:
            for _ in range(self.enter(url)):
                await asyncio.sleep(0)
            self.leave(url)

        yield fetch

    def judge(self, workers: int) -> None:
        for most, endpoint in zip(self.most, self.endpoints):
            assert most <= endpoint.limit
        assert self.most_of_all <= workers
        assert self.checked == dict.fromkeys(self.of, 1)


sizes = st.lists(
    st.tuples(st.integers(1, 12), st.integers(1, 5)), max_size=5
)
drawn = given(
    sizes=sizes, workers=st.integers(1, 6), seed=st.integers(0, 99)
)


@each
@drawn
@settings(max_examples=15, deadline=None)
def test_limits(
    variant: Variant,
    sizes: list[tuple[int, int]],
    workers: int,
    seed: int,
) -> None:
    before = threading.enumerate()
    watch = Watch(sizes, seed)
    variant(watch.endpoints, workers, watch.check)
    watch.judge(workers)
    assert threading.enumerate() == before


@drawn
@settings(max_examples=30, deadline=None)
def test_limits_of_tasks(
    sizes: list[tuple[int, int]], workers: int, seed: int
) -> None:
    watch = Watch(sizes, seed)
    dynpool_sites.tasks(watch.endpoints, workers, watch.connect)
    watch.judge(workers)


def test_who_waits() -> None:
    """While a gentle endpoint is asked, the pool's second worker asks
    the other one. At semaphores it waits."""
    gentle, robust = Endpoint("g", [0, 1], 1), Endpoint("r", [2], 1)
    for variant, helped in (
        (dynpool_sites.pool, True),
        (dynpool_sites.semaphores, False),
    ):
        robust_asked = threading.Event()
        seen: list[bool] = []

        def check(
            url: int,
            asked: threading.Event = robust_asked,
            seen: list[bool] = seen,
            helped: bool = helped,
        ) -> None:
            if url == 2:
                asked.set()
            elif url == 0:
                seen.append(asked.wait(10 if helped else 0))

        variant([gentle, robust], 2, check)
        assert seen == [helped]


@pytest.mark.parametrize("way", ["check", "connect"])
def test_survey(server: str, way: str) -> None:
    if way == "connect":
        pytest.importorskip("aiohttp")
    urls = [f"{server}/{code}" for code in (200, 404, 503)] * 4
    endpoints = dynpool_sites_endpoints.endpoints(urls, "1 2")
    note = events.Recorder(trace=True)
    survey = Survey(urls, endpoints, 60, note)
    if way == "check":
        dynpool_sites.pool(endpoints, 3, survey.check)
    else:
        dynpool_sites.tasks(endpoints, 3, survey.connect)
    assert [r.status for r in survey.results] == [200, 404, 503] * 4
    metrics = survey.metrics()
    assert metrics["most_of_limit"] == 1
    assert metrics["most_at_once"] <= 3
    assert 0 < metrics["mean_at_once"] <= 3
    seen = note.close()
    assert len(seen) == 2 * len(urls)
    assert {worker for _, worker, _, _ in seen} <= {0, 1, 2}


def test_survey_sees_excess(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is not kept is seen."""
    at = threading.Barrier(3)
    monkeypatch.setattr(
        urlcheck_http, "check", lambda *_: at.wait(10) and None
    )
    endpoints = [Endpoint("a", [0, 1, 2], 2)]
    survey = Survey(["http://a/"] * 3, endpoints, 60, events.silent)
    threads = [
        threading.Thread(target=survey.check, args=(url,))
        for url in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert survey.metrics()["most_of_limit"] == 1.5
    assert survey.metrics()["most_at_once"] == 3
