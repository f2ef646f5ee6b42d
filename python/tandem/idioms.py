"""Has the smallest concurrent programs there are: to launch something
and not wait, to be told when a time is over, to ask without waiting,
and to have something copied in the background.

Its one decision: each is a few lines that stand alone, and each says
when its caller was free to do something else. All of them get the same
number of items done.

It is read beside go/idioms/idioms.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.topics import Seconds

    # How many items were done, and how often it was asked in vain.
    Polled = tuple[int, dict[str, float]]

# The worker that starts the others, as events number them.
CALLER = 0

# The mark that a caller leaves when it has started all and could do
# something else.
FREE = "caller-free"


def call(items: int, unit: Seconds, note: Note) -> int:
    """Do one item after the other, and wait for each."""
    done = 0
    for i in range(items):
        done += work(CALLER, i, unit, note)
    note(CALLER, "mark", FREE)
    return done


def launch(items: int, unit: Seconds, note: Note) -> int:
    """Start each item in a thread, and do not wait for it. A queue
    tells when it is done; join would tell too, but not what came of
    it."""
    results: queue.Queue[int] = queue.Queue()

    def run(i: int) -> None:
        results.put(work(i + 1, i, unit, note))

    threads = [
        threading.Thread(target=run, args=(i,)) for i in range(items)
    ]
    for thread in threads:
        thread.start()
    note(CALLER, "mark", FREE)
    done = sum(results.get() for _ in range(items))
    for thread in threads:
        thread.join()
    return done


def timer(items: int, unit: Seconds, note: Note) -> int:
    """Be told on a queue when a time is over: after one unit, after
    two, and so on."""
    over: queue.Queue[int] = queue.Queue()

    def ring(i: int) -> None:
        note(i + 1, "over", str(i))
        over.put(1)

    timers = [
        threading.Timer((i + 1) * unit, ring, (i,))
        for i in range(items)
    ]
    for each in timers:
        each.start()
    note(CALLER, "mark", FREE)
    done = 0
    for _ in timers:
        done += over.get()
        note(CALLER, "received", str(done - 1))
    for each in timers:
        each.join()
    return done


def poll(items: int, unit: Seconds, note: Note) -> Polled:
    """Ask a queue and do not wait: where there is nothing, do something
    else for a tenth of a unit, and ask again. Also return how often it
    asked in vain."""
    values: queue.Queue[int] = queue.Queue(1)

    def send() -> None:
        for i in range(items):
            values.put(work(1, i, unit, note))

    sender = threading.Thread(target=send)
    sender.start()
    note(CALLER, "mark", FREE)
    done = vain = 0
    while done < items:
        try:
            value = values.get_nowait()
        except queue.Empty:  # noqa: PERF203
            note(CALLER, "nothing", "")
            vain += 1
            time.sleep(unit / 10)
        else:
            note(CALLER, "received", str(done))
            done += value
    sender.join()
    return done, {"vain_polls": vain}


def daemon(items: int, unit: Seconds, note: Note) -> int:
    """Wrap what copies one queue to another into a closure, and launch
    it. It ends when the input says that this was all, and passes that
    on. (What Python calls a daemon is a thread that is not waited for
    at the end; this one needs no such mercy.)"""
    source: queue.Queue[int | None] = queue.Queue()
    target: queue.Queue[int | None] = queue.Queue(1)

    def copy() -> None:
        while (item := source.get()) is not None:
            target.put(work(1, item, unit, note))
        target.put(None)

    copier = threading.Thread(target=copy)
    copier.start()
    for i in range(items):
        source.put(i)
    source.put(None)
    note(CALLER, "mark", FREE)
    done = 0
    while (value := target.get()) is not None:
        note(CALLER, "received", str(done))
        done += value
    copier.join()
    return done


def work(worker: int, item: int, unit: Seconds, note: Note) -> int:
    """Do an item: it takes a unit. Return how many are done."""
    note(worker, "start", str(item))
    time.sleep(unit)
    note(worker, "finish", str(item))
    return 1


# From here on each language has its own: the same in asyncio, where one
# thread does everything, and changes over only at an await.


def launch_tasks(items: int, unit: Seconds, note: Note) -> int:
    """Create a task for each item. None has begun when the caller is
    free: that takes an await. What came of each, gather tells."""

    async def main() -> int:
        tasks = [
            asyncio.ensure_future(rest(i + 1, i, unit, note))
            for i in range(items)
        ]
        note(CALLER, "mark", FREE)
        return sum(await asyncio.gather(*tasks))

    return asyncio.run(main())


def timer_tasks(items: int, unit: Seconds, note: Note) -> int:
    """Be told on a queue when a time is over. No thread waits for it
    and no task: the loop itself calls."""

    async def main() -> int:
        over: asyncio.Queue[int] = asyncio.Queue()

        def ring(i: int) -> None:
            note(i + 1, "over", str(i))
            over.put_nowait(1)

        loop = asyncio.get_running_loop()
        for i in range(items):
            loop.call_later((i + 1) * unit, ring, i)
        note(CALLER, "mark", FREE)
        done = 0
        for _ in range(items):
            done += await over.get()
            note(CALLER, "received", str(done - 1))
        return done

    return asyncio.run(main())


def poll_tasks(items: int, unit: Seconds, note: Note) -> Polled:
    """Ask a queue and do not wait. The something else has to be an
    await, or who sends would never get on."""

    async def main() -> Polled:
        values: asyncio.Queue[int] = asyncio.Queue(1)

        async def send() -> None:
            for i in range(items):
                await values.put(await rest(1, i, unit, note))

        sender = asyncio.ensure_future(send())
        note(CALLER, "mark", FREE)
        done = vain = 0
        while done < items:
            try:
                value = values.get_nowait()
            except asyncio.QueueEmpty:  # noqa: PERF203
                note(CALLER, "nothing", "")
                vain += 1
                await asyncio.sleep(unit / 10)
            else:
                note(CALLER, "received", str(done))
                done += value
        await sender
        return done, {"vain_polls": vain}

    return asyncio.run(main())


def daemon_tasks(items: int, unit: Seconds, note: Note) -> int:
    """Wrap what copies one queue to another into a closure, and launch
    it as a task. Who keeps no reference to a task may lose it."""

    async def main() -> int:
        source: asyncio.Queue[int | None] = asyncio.Queue()
        target: asyncio.Queue[int | None] = asyncio.Queue(1)

        async def copy() -> None:
            while (item := await source.get()) is not None:
                await target.put(await rest(1, item, unit, note))
            await target.put(None)

        copier = asyncio.ensure_future(copy())
        for i in range(items):
            source.put_nowait(i)
        source.put_nowait(None)
        note(CALLER, "mark", FREE)
        done = 0
        while (value := await target.get()) is not None:
            note(CALLER, "received", str(done))
            done += value
        await copier
        return done

    return asyncio.run(main())


async def rest(
    worker: int, item: int, unit: Seconds, note: Note
) -> int:
    """Do an item without keeping the thread."""
    note(worker, "start", str(item))
    await asyncio.sleep(unit)
    note(worker, "finish", str(item))
    return 1


VARIANTS = {
    "call": call,
    "launch": launch,
    "timer": timer,
    "poll": poll,
    "daemon": daemon,
    "launch-tasks": launch_tasks,
    "timer-tasks": timer_tasks,
    "poll-tasks": poll_tasks,
    "daemon-tasks": daemon_tasks,
}
