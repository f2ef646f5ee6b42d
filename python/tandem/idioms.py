"""Has the smallest concurrent programs there are: to launch something
and not wait, to be told when a time is over, to ask without waiting,
and to have something copied in the background.

Its one decision: each is a few lines that stand alone, and each says
when its caller was free to do something else. All of them get the same
number of items done.

It is read beside go/idioms/idioms.go: same names, same order.
"""

from __future__ import annotations

import queue
import threading
import time

from tandem.idioms_items import CALLER, FREE, work
from tandem.idioms_tasks import (
    daemon_tasks,
    launch_tasks,
    poll_tasks,
    timer_tasks,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.idioms_items import Polled
    from tandem.topics import Seconds


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
