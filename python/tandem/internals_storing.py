"""What a queue stores, what pools offer, and how objects are freed."""

from __future__ import annotations

import gc
import inspect
import multiprocessing.pool
import queue
import struct
import sys
import weakref

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.internals_threads import Facts


def storing() -> Facts:
    """How many values a queue takes that nobody receives from. There
    is no queue without room: in Python, a size of 0 means any."""
    values: queue.Queue[int] = queue.Queue(1)
    try:
        while True:
            values.put_nowait(1)
    except queue.Full:
        return {"stored_capacity_one": values.qsize()}


def pools() -> Facts:
    """What the pools in multiprocessing offer."""
    Pool = multiprocessing.pool.Pool  # noqa: N806
    ThreadPool = multiprocessing.pool.ThreadPool  # noqa: N806
    methods = [
        name
        for name, method in inspect.getmembers(Pool, callable)
        if not name.startswith("_")
        and "func" in inspect.signature(method).parameters
    ]
    imap = inspect.signature(Pool.imap).parameters
    facts: Facts = {
        "threadpool_is_pool": issubclass(ThreadPool, Pool),
        "pool_methods": len(methods),
        "imap_default_chunksize": imap["chunksize"].default,
    }
    try:
        now = inspect.getsource(Pool.map)
        later = inspect.getsource(Pool.map_async)
    except OSError:  # installed without its sources
        return facts
    # Both start the same work, and map waits for it right away.
    start = "return self._map_async(func, iterable, mapstar, chunksize"
    both = start in now and start in later
    facts["map_is_map_async_get"] = both and start + ").get()" in now
    return facts


class Thing:
    """An object that can tell whether it is gone."""

    me: object


def objects() -> Facts:
    """How objects are made and freed. The collector of cycles is off
    meanwhile: what goes, goes because nothing refers to it."""
    facts: Facts = {}
    on = gc.isenabled()
    gc.disable()
    try:
        thing = Thing()
        alone = weakref.ref(thing)
        del thing
        facts["freed_at_zero"] = alone() is None

        thing = Thing()
        thing.me = thing
        cycle = weakref.ref(thing)
        del thing
        kept = cycle() is not None
        gc.collect()
        facts["cycle_needs_collector"] = kept and cycle() is None
    finally:
        if on:
            gc.enable()
    if hasattr(sys, "getrefcount"):
        count = sys.getrefcount(None)
        many = [None] * 1000
        gained = sys.getrefcount(None) - count
        facts["none_is_immortal"] = gained < len(many)
    try:
        facts["object_bytes"] = sys.getsizeof(object())
        words = facts["object_bytes"] / struct.calcsize("P")
        facts["object_words"] = words
    except TypeError:  # an interpreter need not know
        pass
    return facts
