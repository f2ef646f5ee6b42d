"""What the Python half can run: a topic's variants under the names of
runner/catalog. The Go half is go/registry.

Its one decision: a topic is imported when it is asked for, and no
other, so that one that imports much does not slow down the rest.
"""

from __future__ import annotations

import sys
from functools import partial

from tandem.trial import Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tandem.events import Note
    from tandem.trial import Func, Params, Topics, Work


def counting() -> dict[str, Func]:
    from tandem import counting

    def whole(p: Params) -> Work:
        """The variant that does not split n."""
        return partial(counting.sequential, p.int("n"))

    def split(function: Callable[[int, int, Note], int]) -> Func:
        """A variant that splits n between workers."""

        def func(p: Params) -> Work:
            return partial(function, p.int("n"), p.int("workers"))

        return func

    return {
        "sequential": whole,
        "threads": split(counting.threads),
        "processes": split(counting.processes),
        "imap": split(counting.imap),
        "imap-unordered": split(counting.imap_unordered),
        "executor-threads": split(counting.executor_threads),
        "executor-processes": split(counting.executor_processes),
    }


def urlcheck() -> dict[str, Func]:
    import resource

    from tandem import urlcheck

    # A check at once is an open file at once. Go's runtime raises its
    # own limit as it starts; here somebody has to.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def checks(function: Callable[..., Any], *counts: str) -> Func:
        """A variant that reads targets, timeout and these counts."""

        def func(p: Params) -> Work:
            urls, timeout = p.strings("targets"), p.duration("timeout")
            numbers = (p.int(name) for name in counts)
            work = partial(function, urls, *numbers, timeout / 1e9)
            return lambda note: urlcheck.answer(work(note))

        return func

    return {
        "sequential": checks(urlcheck.sequential),
        "threads": checks(urlcheck.threads, "workers"),
        "threads-keep-alive": checks(
            urlcheck.threads_keep_alive, "workers"
        ),
        "processes": checks(urlcheck.processes, "workers"),
        "imap-unordered": checks(urlcheck.imap_unordered, "workers"),
        "asyncio": with_aiohttp(checks(urlcheck.coroutines, "workers")),
    }


def with_aiohttp(func: Func) -> Func:
    """A variant that asks with aiohttp, which is imported before the
    clock runs."""

    def checked(p: Params) -> Work:
        try:
            from tandem import urlcheck_aiohttp  # noqa: F401
        except ImportError as missing:
            raise Skip(
                f"{missing}: install aiohttp for {sys.executable}"
            ) from missing
        return func(p)

    return checked


def collecting() -> dict[str, Func]:
    from tandem import collecting

    def collected(work: Callable[[Note], list[int]]) -> Work:
        """Work whose answer is what has reached the caller."""
        return lambda note: collecting.answer(work(note))

    def sequential(p: Params) -> Work:
        tasks, unit = p.string("tasks"), p.duration("unit") / 1e9
        return collected(partial(collecting.sequential, tasks, unit))

    def pooled(
        function: Callable[..., list[int]], pool: collecting.MakePool
    ) -> Func:
        """A variant that has a pool of workers do the tasks."""

        def func(p: Params) -> Work:
            tasks, workers = p.string("tasks"), p.int("workers")
            unit = p.duration("unit") / 1e9
            return collected(
                partial(function, pool, tasks, workers, unit)
            )

        return func

    processes, threads = collecting.processes, collecting.threads
    ways = {
        "map": collecting.all_at_once,
        "map-async": collecting.all_at_once_later,
        "imap": collecting.in_order,
        "imap-unordered": collecting.as_completed,
    }
    return {
        "sequential": sequential,
        **{way: pooled(f, processes) for way, f in ways.items()},
        **{
            f"thread-{way}": pooled(f, threads)
            for way, f in ways.items()
        },
    }


def scheduling() -> dict[str, Func]:
    from tandem import scheduling

    def printed(work: Callable[[Note], str]) -> Work:
        """Work whose result is the order of the letters on a page."""

        def result(note: Note) -> tuple[str, dict[str, float]]:
            order = work(note)
            return scheduling.counts(order), {
                "longest_run": scheduling.longest_run(order),
                "switches": scheduling.switches(order),
                "first_worker": scheduling.first(order),
            }

        return result

    def sleeping(function: Callable[[int, float, Note], str]) -> Func:
        """A variant whose workers sleep between two letters."""

        def func(p: Params) -> Work:
            unit = p.duration("unit") / 1e9
            return printed(partial(function, p.int("letters"), unit))

        return func

    def busy(function: Callable[..., str], *durations: str) -> Func:
        """A variant whose workers compute between two letters. How many
        steps fill the time is found out here, before the clock runs."""

        def func(p: Params) -> Work:
            steps = scheduling.steps_in(p.duration("work") / 1e9)
            others = (p.duration(name) / 1e9 for name in durations)
            letters = p.int("letters")
            return printed(partial(function, letters, steps, *others))

        return func

    def briefly(p: Params) -> Work:
        letters = p.int("letters")
        return printed(partial(scheduling.running, letters, 0))

    return {
        "sequential": busy(scheduling.sequential),
        "sleeping": sleeping(scheduling.sleeping),
        "running-briefly": briefly,
        "running": busy(scheduling.running),
        "running-switch": busy(scheduling.running_switch, "switch"),
        "asyncio-sleeping": sleeping(scheduling.tasks_sleeping),
        "asyncio-yielding": busy(scheduling.tasks_yielding),
        "asyncio-running": busy(scheduling.tasks_running),
    }


def buffering() -> dict[str, Func]:
    from tandem import buffering

    def delivered(function: Callable[..., Any], *counts: int) -> Func:
        """A variant that reads the unit."""

        def func(p: Params) -> Work:
            work = partial(function, *counts, p.duration("unit") / 1e9)

            def result(note: Note) -> tuple[str, dict[str, float]]:
                delivery = work(note)
                _, early = delivery
                return buffering.answer(delivery), {"sent_early": early}

            return result

        return func

    def buffered(function: Callable[..., Any]) -> Func:
        """The same for one that also reads the capacity."""
        return lambda p: delivered(function, p.int("capacity"))(p)

    room = len(buffering.MESSAGES)
    return {
        "unbuffered": delivered(buffering.unbuffered),
        "buffered": buffered(buffering.buffered),
        "roomy": delivered(buffering.buffered, room),
        "asyncio": buffered(buffering.tasks),
    }


def selecting() -> dict[str, Func]:
    from tandem import selecting

    def received(
        function: Callable[[int, float, Note], list[str]],
    ) -> Func:
        """A variant that receives messages at a pace."""

        def func(p: Params) -> Work:
            messages, unit = p.int("messages"), p.duration("unit") / 1e9

            def result(note: Note) -> tuple[str, dict[str, float]]:
                order = function(messages, unit, note)
                ratio = selecting.fast_per_slow(order)
                return selecting.counts(order), {"fast_per_slow": ratio}

            return result

        return func

    return {
        "in-turn": received(selecting.in_turn),
        "one-queue": received(selecting.one_queue),
        "wait": received(selecting.wait),
        "selectors": received(selecting.pipes),
    }


def deadlock() -> dict[str, Func]:
    from tandem import deadlock

    def attempted(function: Callable[[int, Note], int]) -> Func:
        """A variant that may wait for nobody."""

        def func(p: Params) -> Work:
            items = p.int("items")

            def result(note: Note) -> tuple[int, dict[str, float]]:
                count, report = deadlock.attempt(function, items, note)
                if report:
                    print(report, file=sys.stderr)  # the trial's log
                return count, {"stuck": 1 if report else 0}

            return result

        return func

    return {
        "broken": attempted(deadlock.broken),
        "fixed": attempted(deadlock.fixed),
    }


def collecting_memory() -> dict[str, Func]:
    from tandem import collecting_memory

    def summed(
        function: Callable[..., collecting_memory.Sum], *counts: str
    ) -> Func:
        """A variant that reads n, size and these counts. Its answer is
        the total of all results. The runner weighs all processes
        together; what this one has grown by is a metric of its own."""

        def func(p: Params) -> Work:
            numbers = [p.int(name) for name in ("n", "size", *counts)]
            before = most_resident()

            def work(note: Note) -> object:
                total, held = function(*numbers, note)
                metrics = {"held_items": held}
                after = most_resident()
                if before and after:
                    metrics["caller_growth_bytes"] = after - before
                return total, metrics

            return work

        return func

    def most_resident() -> int:
        """The most bytes of this process that have been in memory; 0
        where the system does not say."""
        try:
            with open("/proc/self/status", "rb") as file:
                for line in file:
                    if line.startswith(b"VmHWM:"):
                        return int(line.split()[1]) * 1024
        except OSError:
            pass
        return 0

    return {
        "sequential": summed(collecting_memory.sequential),
        "map": summed(collecting_memory.everything, "workers"),
        "imap": summed(collecting_memory.one_by_one, "workers"),
        "imap-chunked": summed(
            collecting_memory.chunked, "workers", "chunksize"
        ),
        "imap-stalled": summed(collecting_memory.stalled, "workers"),
    }


def fibonacci() -> dict[str, Func]:
    from tandem import fibonacci

    def pooled(function: Callable[[int, int, Note], int]) -> Func:
        """A variant that has so many workers."""

        def func(p: Params) -> Work:
            return partial(function, p.int("n"), p.int("workers"))

        return func

    return {
        "sequential": lambda p: partial(
            fibonacci.sequential, p.int("n")
        ),
        "threads": pooled(fibonacci.threads),
        "processes": pooled(fibonacci.processes),
        "executor-threads": pooled(fibonacci.executor_threads),
        "executor-processes": pooled(fibonacci.executor_processes),
    }


def hashing() -> dict[str, Func]:
    from tandem import hashing

    def hashed(function: Callable[..., int], smaller: bool) -> Func:
        """A variant that may make its steps smaller. The buffer is made
        here, before the clock runs."""

        def func(p: Params) -> Work:
            workers, step = p.int("workers"), p.int("step")
            if smaller:
                step = min(step, p.int("small"))
            data = hashing.data(p.int("size"))
            return partial(function, data, workers, step)

        return func

    return {
        "sequential": hashed(hashing.sequential, False),
        "threads": hashed(hashing.threads, False),
        "sequential-small": hashed(hashing.sequential, True),
        "threads-small": hashed(hashing.threads, True),
    }


def internals() -> dict[str, Func]:
    from tandem import internals

    def inspect(p: Params) -> Work:
        """Work whose result is its metrics."""
        workers, parked = p.int("workers"), p.int("parked")
        return lambda note: (
            "inspected",
            internals.look(workers, parked, note),
        )

    return {"inspect": inspect}


def starting() -> dict[str, Func]:
    import multiprocessing

    from tandem import starting

    def started(
        function: Callable[[int, Note], int], method: str = ""
    ) -> Func:
        """A variant that starts so many workers, by a method that some
        systems do not have."""

        def func(p: Params) -> Work:
            have = multiprocessing.get_all_start_methods()
            if method and method not in have:
                raise Skip(
                    f"no start method {method} here: Python has "
                    + ", ".join(have)
                )
            return partial(function, p.int("workers"))

        return func

    return {
        "threads": started(starting.threads),
        "fork": started(starting.fork, "fork"),
        "forkserver": started(starting.forkserver, "forkserver"),
        "spawn": started(starting.spawn, "spawn"),
    }


def replicas() -> dict[str, Func]:
    from tandem import replicas

    def load(p: Params) -> tuple[int, int, float]:
        """What is asked of every variant."""
        unit = p.duration("unit") / 1e9
        return p.int("queries"), p.int("replicas"), unit

    def threads(query: replicas.Query) -> Func:
        """A variant that asks in threads."""
        return lambda p: partial(replicas.load, query, *load(p))

    def single(p: Params) -> Work:
        queries, unit = p.int("queries"), p.duration("unit") / 1e9
        return partial(replicas.load, replicas.single, queries, 1, unit)

    def executor(p: Params) -> Work:
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier

        arguments = load(p)
        workers = p.int("replicas")

        def work(note: Note) -> object:
            with ThreadPoolExecutor(workers) as pool:
                # It starts a thread when there is something to do.
                ready = Barrier(workers + 1)
                for _ in range(workers):
                    pool.submit(ready.wait)
                ready.wait()
                query = partial(replicas.executor, pool)
                return replicas.load(query, *arguments, note)

        return work

    def hedged(p: Params) -> Work:
        delay = p.duration("delay") / 1e9
        query = partial(replicas.hedged, delay=delay)
        return partial(replicas.load_tasks, query, *load(p))

    return {
        "single": single,
        "leaky": threads(replicas.leaky),
        "buffered": threads(replicas.buffered),
        "first": lambda p: partial(
            replicas.load_tasks, replicas.first, *load(p)
        ),
        "hedged": hedged,
        "executor": executor,
    }


def gophers() -> dict[str, Func]:
    from tandem import gophers

    def moved(
        function: Callable[..., list[int]],
        step: Callable[[Params], object],
    ) -> Func:
        """A design whose steps are of that kind. Its answer is what
        was burnt."""

        def func(p: Params) -> Work:
            loads, way = p.int("loads"), p.int("way")
            work = partial(function, loads, way, step(p))
            return lambda note: gophers.answer(work(note))

        return func

    def waiting(p: Params) -> object:
        return gophers.waiting(p.duration("unit") / 1e9)

    def pausing(p: Params) -> object:
        return gophers.pausing(p.duration("unit") / 1e9)

    def computing(p: Params) -> object:
        return gophers.computing(p.int("work"))

    return {
        "one": moved(gophers.one, waiting),
        "shared-cart": moved(gophers.shared_cart, waiting),
        "two-carts": moved(gophers.two_carts, waiting),
        "two-piles": moved(gophers.two_piles, waiting),
        "three": moved(gophers.three, waiting),
        "four": moved(gophers.four, waiting),
        "four-asyncio": moved(gophers.four_tasks, pausing),
        "eight": moved(gophers.eight, waiting),
        "staging": moved(gophers.staging, waiting),
        "two-staging": moved(gophers.two_staging, waiting),
        "staging-eight": moved(gophers.staging_eight, waiting),
        "sixteen": moved(gophers.sixteen, waiting),
        "one-computing": moved(gophers.one, computing),
        "two-piles-computing": moved(gophers.two_piles, computing),
        "four-computing": moved(gophers.four, computing),
    }


def parallel() -> dict[str, Func]:
    import asyncio
    import time

    from tandem import parallel

    def units(
        p: Params, workers: int, unit: float, work: Callable[..., Any]
    ) -> Work:
        """Work on n units that each sleep for so long. Its answer is
        the sum of their numbers. times_ideal is how often as long it
        takes as it would if workers cost nothing and slept exactly."""
        n = p.int("n")

        def result(note: Note) -> object:
            began = time.perf_counter()
            values = work(range(n), note)
            took = time.perf_counter() - began
            if not unit:
                return sum(values)
            ideal = -(-n // workers) * unit
            return sum(values), {"times_ideal": took / ideal}

        return result

    def sleeping(unit: float, note: Note) -> Callable[[int], int]:
        def f(i: int) -> int:
            note(i, "start", "unit")
            if unit:
                time.sleep(unit)
            note(i, "finish", "unit")
            return i

        return f

    def resting(unit: float, note: Note) -> Callable[[int], Any]:
        async def f(i: int) -> int:
            note(i, "start", "unit")
            if unit:
                await asyncio.sleep(unit)
            note(i, "finish", "unit")
            return i

        return f

    def sequential(p: Params) -> Work:
        unit = p.duration("unit") / 1e9
        return units(
            p, 1, unit,
            lambda items, note: parallel.sequential(
                items, sleeping(unit, note)
            ),
        )  # fmt: skip

    def sleepers(
        function: Callable[..., Any], sleep: bool, f: Any = sleeping
    ) -> Func:
        """A variant whose units of work sleep, or do nothing."""

        def func(p: Params) -> Work:
            workers = p.int("workers")
            unit = p.duration("unit") / 1e9 if sleep else 0
            return units(
                p, workers, unit,
                lambda items, note: function(
                    items, workers, f(unit, note)
                ),
            )  # fmt: skip

        return func

    def pool(items: Any, workers: int, f: Any) -> list[int]:
        """The pool of queues with room for all."""
        values = []
        for _, value, error in parallel.pool(items, workers, 0, f):
            if error:
                raise error
            values.append(value)
        return values

    return {
        "sequential": sequential,
        "pool": sleepers(pool, True),
        "do": sleepers(parallel.do, True),
        "limited": sleepers(parallel.limited, True, resting),
        "thread-pool": sleepers(parallel.thread_pool, True),
        "pool-idle": sleepers(pool, False),
        "limited-idle": sleepers(parallel.limited, False, resting),
    }


def balancer() -> dict[str, Func]:
    import asyncio

    from tandem import balancer

    def balanced(
        function: Callable[..., Any],
        run: Callable[[Any], object] = asyncio.run,
    ) -> Func:
        """A variant that puts a load on a balancer."""

        def func(p: Params) -> Work:
            load = balancer.Load(
                p.int("requests"),
                p.int("requesters"),
                p.int("workers"),
                p.int("queue"),
                p.duration("unit") / 1e9,
                p.bool("heavy"),
            )
            return lambda note: run(function(load, note))

        return func

    return {
        "shared": balanced(balancer.shared),
        "random": balanced(balancer.random),
        "two-choices": balanced(balancer.two_choices),
        "heap": balanced(balancer.heap),
        "heap-threads": balanced(
            balancer.heap_threads, lambda report: report
        ),
    }


def sieve() -> dict[str, Func]:
    from tandem import sieve

    def limited(function: Callable[[int, Note], int]) -> Func:
        """A variant that reads n alone."""
        return lambda p: partial(function, p.int("n"))

    return {
        "sequential": limited(sieve.sequential),
        "generators": limited(sieve.generators),
        "tasks": limited(sieve.tasks),
        "threads": limited(sieve.threads),
    }


def sieve_segmented() -> dict[str, Func]:
    from tandem import sieve_segmented

    def segmented(pool: Callable[[int], Any]) -> Func:
        """A variant that has a pool of workers do the segments."""
        return lambda p: partial(
            sieve_segmented.segmented,
            pool,
            p.int("n"),
            p.int("workers"),
        )

    return {
        "sequential": lambda p: partial(
            sieve_segmented.sequential, p.int("n")
        ),
        "threads": segmented(sieve_segmented.threads),
        "processes": segmented(sieve_segmented.processes),
    }


def swarm() -> dict[str, Func]:
    from tandem import swarm

    def weighed(
        function: Callable[[int, Note], swarm.Facts], count: str
    ) -> Func:
        """A variant whose result is its metrics; it reads one count."""

        def func(p: Params) -> Work:
            number = p.int(count)

            def work(note: Note) -> object:
                try:
                    return "all came and went", function(number, note)
                except RuntimeError as error:
                    if "start new thread" not in str(error):
                        raise
                    raise Skip(f"{error}: lower threads") from error

            return work

        return func

    return {
        "parked": weighed(swarm.parked, "workers"),
        "threads": weighed(swarm.threads, "threads"),
        "blocked": weighed(swarm.blocked, "threads"),
        "handover": weighed(swarm.handover, "rounds"),
        "handover-threads": weighed(swarm.handover_threads, "rounds"),
    }


def idioms() -> dict[str, Func]:
    from tandem import idioms

    def tiny(function: Callable[[int, float, Note], object]) -> Func:
        """A variant that gets items done."""

        def func(p: Params) -> Work:
            unit = p.duration("unit") / 1e9
            return partial(function, p.int("items"), unit)

        return func

    def polled(
        function: Callable[[int, float, Note], tuple[int, int]],
    ) -> Func:
        """A variant that also says how often it asked in vain."""

        def poll(items: int, unit: float, note: Note) -> object:
            done, vain = function(items, unit, note)
            return done, {"vain_polls": vain}

        return tiny(poll)

    return {
        "call": tiny(idioms.call),
        "launch": tiny(idioms.launch),
        "timer": tiny(idioms.timer),
        "poll": polled(idioms.poll),
        "daemon": tiny(idioms.daemon),
        "launch-tasks": tiny(idioms.launch_tasks),
        "timer-tasks": tiny(idioms.timer_tasks),
        "poll-tasks": polled(idioms.poll_tasks),
        "daemon-tasks": tiny(idioms.daemon_tasks),
    }


def dynpool() -> dict[str, Func]:
    import asyncio
    import threading
    import time

    from tandem import dynpool

    class Course:
        """What came to pass with the tasks of a job. A task sleeps for
        3, 2 or 1 units in turn, so that those that run together change
        places."""

        def __init__(self, p: Params) -> None:
            self.unit = p.duration("unit") / 1e9
            self.lock = threading.Lock()
            self.now = self.most = self.sent = self.discarded = 0
            self.began: dict[int, float] = {}
            self.busy = self.ended = 0.0
            self.order: list[int] = []

        def start(self, number: int, note: Note) -> float:
            note(number, "start", "task")
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
                self.began[number] = time.perf_counter()
            return (3 - number % 3) * self.unit

        def finish(self, number: int, note: Note) -> None:
            with self.lock:
                self.now -= 1
                self.ended = time.perf_counter()
                self.busy += self.ended - self.began[number]
                self.order.append(number)
            note(number, "finish", "task")

        def result(self) -> tuple[int, dict[str, float]]:
            mixed, high = 0, -1
            for number in self.order:
                mixed += number < high
                high = max(high, number)
            first = min(self.began.values(), default=0.0)
            elapsed = max(self.ended - first, 1e-9)
            return sum(self.order), {
                "most_at_once": self.most,
                "mean_at_once": self.busy / elapsed,
                "mixed": mixed,
                "sent": self.sent,
                "discarded": self.discarded,
            }

    def watching(function: Callable[..., None], *counts: str) -> Func:
        """A variant that reads n, unit and these counts. Its answer is
        the sum of the numbers of all tasks."""

        def func(p: Params) -> Work:
            course = Course(p)
            numbers = [p.int(name) for name in ("n", *counts)]

            def work(note: Note) -> object:
                def task(number: int) -> None:
                    time.sleep(course.start(number, note))
                    course.finish(number, note)

                function(course, note, task, *numbers)
                return course.result()

            return work

        return func

    def sequential(c: Course, note: Note, f: Any, n: int) -> None:
        dynpool.sequential(n, f)

    def queues(
        c: Course, note: Note, f: Any, n: int, workers: int, limit: int
    ) -> None:
        made = dynpool.Queues(workers)
        made.do(n, limit, f)
        c.sent, c.discarded = limit, made.close()

    def pool(
        c: Course, note: Note, f: Any, n: int, workers: int, limit: int
    ) -> None:
        made = dynpool.Pool(workers)
        try:
            made.start(n, limit, f).wait()
        finally:
            made.close()

    def tasks(
        c: Course, note: Note, f: Any, n: int, workers: int, limit: int
    ) -> None:
        async def task(number: int) -> None:
            await asyncio.sleep(c.start(number, note))
            c.finish(number, note)

        async def main() -> None:
            made = dynpool.TaskPool(workers)
            await made.start(n, limit, task).wait()

        asyncio.run(main())

    def queues_busy(
        c: Course, note: Note, f: Any, n: int, workers: int
    ) -> None:
        made = dynpool.Queues(workers)
        ready, release = threading.Semaphore(0), threading.Event()

        def hold(number: int) -> None:
            ready.release()
            release.wait()

        def instead(number: int, only: int) -> None:
            f(number)

        others = workers - 1
        args = (others, others, hold)
        busy = threading.Thread(target=made.do, args=args)
        busy.start()
        for _ in range(others):
            ready.acquire()
        for number in range(n):  # each a job of its own
            made.do(1, workers, partial(instead, number))
        release.set()
        busy.join()
        c.sent, c.discarded = n * workers, made.close()

    def beside(
        c: Course, n: int, workers: int, f: Any, do: Any
    ) -> None:
        """Have all workers but one begin another job of many short
        tasks, which lasts at least as long as this one, and do this
        one, which all may work on."""
        others = workers - 1
        begun, over = threading.Semaphore(0), threading.Event()

        def short(number: int) -> None:
            begun.release()
            if not over.is_set():
                time.sleep(c.unit)

        args = (8 * n * others, others, short)
        other = threading.Thread(target=do, args=args)
        other.start()
        for _ in range(others if n else 0):
            begun.acquire()
        do(n, workers, f)
        over.set()
        other.join()

    def queues_beside(
        c: Course, note: Note, f: Any, n: int, workers: int
    ) -> None:
        made = dynpool.Queues(workers)
        beside(c, n, workers, f, made.do)
        c.sent, c.discarded = 2 * workers - 1, made.close()

    def pool_beside(
        c: Course, note: Note, f: Any, n: int, workers: int
    ) -> None:
        made = dynpool.Pool(workers)

        def do(n: int, limit: int, f: Any) -> None:
            made.start(n, limit, f).wait()

        beside(c, n, workers, f, do)
        made.close()

    return {
        "sequential": watching(sequential),
        "queues": watching(queues, "workers", "limit"),
        "pool": watching(pool, "workers", "limit"),
        "tasks": watching(tasks, "workers", "limit"),
        "queues-busy": watching(queues_busy, "workers"),
        "queues-beside": watching(queues_beside, "workers"),
        "pool-beside": watching(pool_beside, "workers"),
    }


def dynpool_sites() -> dict[str, Func]:
    from tandem import dynpool_sites, urlcheck

    def surveyed(function: Callable[..., Any], way: str) -> Func:
        """A variant that checks the URLs of endpoints, with this method
        of a Survey. The answer sums the checks up."""

        def func(p: Params) -> Work:
            urls, timeout = p.strings("targets"), p.duration("timeout")
            workers, limits = p.int("workers"), p.string("limits")

            def work(note: Note) -> object:
                endpoints = dynpool_sites.endpoints(urls, limits)
                survey = dynpool_sites.Survey(
                    urls, endpoints, timeout / 1e9, note
                )
                function(endpoints, workers, getattr(survey, way))
                metrics = survey.metrics()
                return urlcheck.answer(survey.results), metrics

            return work

        return func

    return {
        "semaphores": surveyed(dynpool_sites.semaphores, "check"),
        "queues": surveyed(dynpool_sites.queues, "check"),
        "pool": surveyed(dynpool_sites.pool, "check"),
        "tasks": with_aiohttp(surveyed(dynpool_sites.tasks, "connect")),
    }


def filestore() -> dict[str, Func]:
    import os
    import shutil
    import tempfile

    from tandem import events, filestore

    def scratch(size: int, disk: bool) -> tuple[str, int]:
        """A folder for a file of that size, and 1 if it is in memory:
        unless it is for a disk or has not enough room there. Skip where
        there is not enough on a disk either."""

        def free_in(folder: str) -> int:
            return shutil.disk_usage(folder).free

        folder = os.environ.get("TANDEM_MEMORY", "")
        if folder and not disk and free_in(folder) >= 2 * size:
            return tempfile.mkdtemp("", "filestore-", folder), 1
        folder = tempfile.gettempdir()
        free = free_in(folder)
        if free < 2 * size:
            raise Skip(
                f"{folder} has {free >> 20} MiB free, want twice the "
                f"{size >> 20} MiB of the file: set TMPDIR to a larger "
                "disk"
            )
        return tempfile.mkdtemp("", "filestore-", folder), 0

    def warm(folder: str, size: int) -> None:
        """Write and remove a file of that size. A virtual machine may
        have to ask its host for each page that has not been in use
        lately, which takes longer than to fill it and hits whoever
        comes first. With a large file the host takes pages back
        meanwhile, and to warm it would take longer than the trial, so
        that goes without."""
        if size > 128 << 20:
            return
        source = filestore.Source(size)
        data = memoryview(bytearray(1 << 20))
        path = os.path.join(folder, "warm")
        with open(path, "wb", buffering=0) as file:
            while n := source.readinto(data):
                file.write(data[:n])
        os.remove(path)

    def storing(
        function: Callable[..., tuple[filestore.Manifest, int]],
        *buffers: str,
    ) -> Func:
        """A variant that stores a file. To remove it is part of the
        work, for nobody else would; the mark says how long it took
        until then."""

        def func(p: Params) -> Work:
            size, chunk = p.int("size"), p.int("chunk")
            count = p.int(buffers[0]) if buffers else 1
            sync = p.bool("sync")
            folder, in_memory = scratch(size, p.bool("disk") or sync)
            warm(folder, size)

            def work(note: Note) -> tuple[str, dict[str, float]]:
                try:
                    m, held = function(
                        filestore.Config(folder, chunk, count, sync),
                        "file",
                        filestore.Source(size),
                        note,
                    )
                    note(0, "mark", "stored")
                finally:
                    shutil.rmtree(folder)
                return filestore.answer(m), {
                    "held_bytes": held,
                    "is_in_memory": in_memory,
                }

            return work

        return func

    def read_back(p: Params) -> Work:
        """The variant that loads a file and checks it. It is stored
        here, before the clock runs."""
        size, chunk = p.int("size"), p.int("chunk")
        folder, in_memory = scratch(size, p.bool("disk"))
        config = filestore.Config(folder, chunk, 1)
        try:
            filestore.sequential(
                config, "file", filestore.Source(size), events.silent
            )
        except BaseException:
            shutil.rmtree(folder)
            raise

        def work(note: Note) -> tuple[str, dict[str, float]]:
            try:
                with open(os.devnull, "wb", buffering=0) as sink:
                    m = filestore.load(config, "file", sink, note)
                note(0, "mark", "loaded")
            finally:
                shutil.rmtree(folder)
            return filestore.answer(m), {"is_in_memory": in_memory}

        return work

    return {
        "sequential": storing(filestore.sequential),
        "per-chunk": storing(filestore.per_chunk),
        "pool": storing(filestore.pool, "buffers"),
        "read-back": read_back,
    }


def parallel_cpu() -> dict[str, Func]:
    from tandem import parallel_cpu

    def computed(
        function: Callable[[int, int, int, Note], int],
    ) -> Func:
        """A variant that has workers compute units of so many steps."""
        return lambda p: partial(
            function, p.int("n"), p.int("workers"), p.int("steps")
        )

    return {
        "sequential": lambda p: partial(
            parallel_cpu.sequential, p.int("n"), p.int("steps")
        ),
        "pool": computed(parallel_cpu.pool),
        "processes": computed(parallel_cpu.processes),
    }


# Every topic. A new one adds a line here and a function above.
TOPICS: Topics = {
    "collecting": collecting,
    "collecting-memory": collecting_memory,
    "counting": counting,
    "urlcheck": urlcheck,
    "fibonacci": fibonacci,
    "hashing": hashing,
    "internals": internals,
    "starting": starting,
    "scheduling": scheduling,
    "buffering": buffering,
    "selecting": selecting,
    "deadlock": deadlock,
    "parallel": parallel,
    "parallel-cpu": parallel_cpu,
    "dynpool": dynpool,
    "dynpool-sites": dynpool_sites,
    "sieve": sieve,
    "sieve-segmented": sieve_segmented,
    "gophers": gophers,
    "replicas": replicas,
    "balancer": balancer,
    "swarm": swarm,
    "idioms": idioms,
    "filestore": filestore,
}
