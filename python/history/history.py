"""What threads were in Pythons of other times: the pair history, for
any Python from 2.7 on, Jython and MicroPython too.

Its one decision: one file in the syntax that all of them read, which
needs nothing of the rest. It speaks the protocol in runner/PROTOCOL.md
by itself.

It is read beside go/history/history.go: same names, same order.
"""

import json
import os
import sys
import time

try:
    import _thread
except ImportError:
    import thread as _thread

# The clock that is never set, where there is one.
now = getattr(time, "monotonic", time.time)
CLOCK = "time" if now == time.time else "monotonic"


# How often a sleeper's neighbour counts.
TIMES = 2


class Skip(Exception):
    """This Python cannot do that, and why. No failure."""


def deal(n, workers):
    """Deal n steps out into a share for each worker."""
    shares = [n // workers] * workers
    for i in range(n % workers):
        shares[i] += 1
    return shares


def count(steps):
    """Take every step, one at a time."""
    total = 0
    while total < steps:
        total += 1
    return total


def together(work, workers):
    """Have a thread for each worker do the work, and wait for all."""

    def run(number, busy):
        try:
            work(number)
        finally:
            busy.release()

    locks = [_thread.allocate_lock() for _ in range(workers)]
    for number, busy in enumerate(locks):
        busy.acquire()
        _thread.start_new_thread(run, (number, busy))
    for busy in locks:
        busy.acquire()


def sequential(n, workers):
    """Count in one loop."""
    return count(n), {}


def parallel(n, workers):
    """Count in threads, each its share."""
    shares = deal(n, workers)
    counts = [0] * workers

    def work(number):
        counts[number] = count(own(shares[number]))

    together(work, workers)
    return sum(counts), {}


def seldom(n, workers):
    """The same, but a thread keeps the lock for longer: before 3.2 a
    thread offered it after some instructions, and since then it gives
    it up when others have waited for some time."""
    try:
        if hasattr(sys, "setswitchinterval"):
            sys.setswitchinterval(0.1)
        else:
            sys.setcheckinterval(1000000)
    except (AttributeError, NotImplementedError):
        raise Skip("this Python has no interval to set: no lock")
    return parallel(n, workers)


def slices(n, workers):
    """The same, but each worker notes when it is its turn again."""
    shares = deal(n, workers)
    counts = [0] * workers
    last = [-1]
    turns = [0]

    def work(number):
        steps = shares[number]
        done = 0
        while done < steps:
            done += 1
            if last[0] != number:
                last[0] = number
                turns[0] += 1
        counts[number] = done

    start = now()
    together(work, workers)
    took = now() - start
    return sum(counts), {
        "turns_count": turns[0],
        "slice_ns": took * 1e9 / max(turns[0], 1),
    }


def shared(n, workers):
    """All workers count on one number, which nothing protects: what
    two of them add at once is added once."""
    total = [0]
    shares = deal(n, workers)

    def work(number):
        steps = shares[number]
        done = 0
        while done < steps:
            done += 1
            total[0] += 1

    together(work, workers)
    return sum(shares), {"lost_count": n - total[0]}


def locked(n, workers):
    """The same with a lock around each addition."""
    total = [0]
    shares = deal(n, workers)
    lock = _thread.allocate_lock()

    def work(number):
        steps = shares[number]
        done = 0
        while done < steps:
            done += 1
            with lock:
                total[0] += 1

    together(work, workers)
    return sum(shares), {"lost_count": n - total[0]}


def sleeper(n, workers, interval=0):
    """One thread counts, some times over, and another wants to wake up
    each millisecond: it waits until the first is made to stop, which in
    Python since 3.2 takes a switch interval (nanoseconds; 0: the usual
    one)."""
    if interval:
        try:
            sys.setswitchinterval(interval / 1e9)
        except (AttributeError, NotImplementedError):
            raise Skip("this Python has no switch interval")
    done = [False]
    late = []

    def work(number):
        if number == 0:
            for _ in range(TIMES):
                total = count(n)
            done[0] = total
            return
        while not done[0]:
            before = now()
            time.sleep(0.001)
            late.append(now() - before - 0.001)

    start = now()
    together(work, 2)
    took = now() - start
    late.sort()
    if not late:
        late.append(0)
    return done[0], {
        "late_ns": max(late[len(late) // 2], 0) * 1e9,
        "latest_ns": max(late[-1], 0) * 1e9,
        "latest_share": max(late[-1], 0) / took,
    }


# From here on each language has its own.


def own(number):
    """The same number, as another object."""
    return number * 2 // 2


def bound(n, workers):
    """Count in threads up to a number that is one object for all of
    them: without a lock they contend for its reference count."""
    most = n // workers
    counts = [n - workers * most] + [0] * (workers - 1)

    def work(number):
        counts[number] += count(most)

    together(work, workers)
    return sum(counts), {}


def processes(n, workers, start="fork"):
    """Count in processes, each its share."""
    try:
        import multiprocessing
        from multiprocessing import queues  # noqa: F401
    except ImportError:
        raise Skip("this Python has no module multiprocessing")
    if hasattr(multiprocessing, "get_context"):
        if start not in multiprocessing.get_all_start_methods():
            raise Skip("no start method %s here" % start)
        multiprocessing = multiprocessing.get_context(start)
    elif start != "fork":
        raise Skip("this Python starts processes by fork alone")
    pool = multiprocessing.Pool(workers)
    counts = pool.map(count, deal(n, workers), 1)
    pool.close()
    pool.join()
    return sum(counts), {}


VARIANTS = {
    "sequential": sequential,
    "parallel": parallel,
    "seldom": seldom,
    "slices": slices,
    "shared": shared,
    "locked": locked,
    "sleeper": sleeper,
    "bound": bound,
    "processes": processes,
}


def version(info):
    text = "%d.%d.%d" % (info[0], info[1], info[2])
    if len(info) > 3 and info[3] not in ("final", ""):
        text += info[3][:1] + "".join(map(str, info[4:]))
    return text


def ready():
    """What executes the variant."""
    if hasattr(sys, "implementation"):
        name = sys.implementation.name
    else:
        import platform

        name = platform.python_implementation().lower()
    gil = getattr(sys, "_is_gil_enabled", None)
    return {
        "language": "python",
        "version": version(sys.version_info),
        "implementation": name,
        "gil": gil() if gil else name not in UNLOCKED,
        "details": {
            "clock": "monotonic" if now != time.time else "time"
        },
    }


UNLOCKED = ("jython", "ironpython", "graalpy", "micropython")


def main():
    number = int(os.getenv("TANDEM_FD"))
    if sys.platform.startswith("java"):
        out = open("/dev/fd/%d" % number, "w")
    else:
        out = getattr(os, "fdopen", open)(number, "w")

    def send(message):
        out.write(json.dumps(message) + "\n")
        try:
            out.flush()
        except OSError:
            pass  # MicroPython has written it, and cannot sync a pipe

    def failed(why):
        send({"failed": why})
        return 1

    request = json.loads(sys.stdin.readline())
    params = request["params"]
    variant = VARIANTS.get(request["variant"])
    if request["topic"] != "history" or variant is None:
        have = ", ".join(sorted(VARIANTS))
        return failed("unknown topic or variant: have history: " + have)
    params.setdefault("workers", 1)
    for name in ("n", "workers"):
        if type(params.get(name)) is not int:
            return failed('param "%s": want an integer' % name)
    if params["workers"] < 1:
        return failed('param "workers": want at least 1')
    send({"ready": ready()})
    if json.loads(sys.stdin.readline() or "{}") != {"go": True}:
        return 1
    start = now()
    try:
        answer, metrics = variant(**params)
    except Skip as skip:
        send({"skipped": str(skip)})
        return 0
    except Exception as error:
        failed("%s: %s" % (type(error).__name__, error))
        raise
    elapsed = now() - start
    send(
        {
            "done": {
                "elapsed_ns": int(elapsed * 1e9),
                "answer": str(answer),
                "metrics": metrics,
            }
        }
    )
    # The runner takes its last readings while this process stands.
    while sys.stdin.readline():
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
