"""Asks for each URL of a list and says what came of it: work that
waits for the network and does little else.

Its one decision: the variants differ only in how checks wait at once.
One deadline holds for a whole check, from the connection to the body's
last byte, and no check follows a redirect.

It is read beside go/urlcheck/urlcheck.go: same names, same order.
"""

from __future__ import annotations

import errno
import http.client
import io
import multiprocessing.pool
import multiprocessing.sharedctypes
import socket
import ssl
import threading
import time
import urllib.parse
import urllib.request
import zlib
from collections import Counter, namedtuple
from functools import lru_cache, partial

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from aiohttp import ClientSession

    from tandem.events import Note
    from tandem.topics import Seconds, Work

# What can come of a check.
OK = "ok"  # 2xx, and the whole body
REDIRECT = "redirect"  # 3xx, which was not followed
CLIENT_ERROR = "client-error"  # 4xx
SERVER_ERROR = "server-error"  # 5xx
REFUSED = "refused"  # nobody listens there
TIMEOUT = "timeout"  # the deadline passed first
DNS = "dns"  # the name was not found
TLS = "tls"  # no trust, or no common language
RESET = "reset"  # broke off before the answer's end
FAILED = "failed"  # anything else

# What can come of a check, as answer counts it.
OUTCOMES = (
    OK, REDIRECT, CLIENT_ERROR, SERVER_ERROR,
    REFUSED, TIMEOUT, DNS, TLS, RESET, FAILED,
)  # fmt: skip

# What came of one check. The status is HTTP's; 0 unless the whole
# answer came.
Result = namedtuple("Result", "status outcome")


def answer(results: Iterable[Result]) -> str:
    """Sum results up in a line: how many of each outcome, and a
    checksum of all of them in the order of the URLs."""
    counts: Counter[str] = Counter()
    total = 0
    for status, outcome in results:
        counts[outcome] += 1
        line = f"{status} {outcome}\n"
        total = zlib.crc32(line.encode(), total)
    line = ""
    for outcome in OUTCOMES:
        if counts[outcome] > 0:
            line += f"{outcome}={counts[outcome]} "
    return line + f"crc={total:08x}"


def name(url: str) -> str:
    """What a timeline calls a URL: its host, or, on this machine,
    where all have the same host, what its path begins with."""
    rest = url.partition("://")[2]
    host, _, path = rest.partition("/")
    path = path.partition("?")[0]
    if host.startswith("127.0.0.1:") and path:
        return path
    return host


def lanes(urls: Sequence[str], workers: int) -> int:
    """How many of the workers have something to do."""
    return min(workers, max(len(urls), 1))


class Connection(http.client.HTTPConnection):
    """A connection to a server on which every wait ends at the same
    deadline. A socket's own timeout will not do: it holds for one
    wait, and an answer that drips is a wait for each drop. Only the
    lookup of a name cannot be cut off; it is judged when it ends."""

    def __init__(
        self,
        host: str,
        timeout: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.tls = tls
        if tls is not None:
            self.default_port = 443
        super().__init__(host, timeout=timeout)
        # Whoever uses it for another check sets this anew.
        self.due = time.monotonic() + timeout

    def left(self) -> float:
        """Seconds to the deadline."""
        seconds = self.due - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline of the check has passed")
        return seconds

    def connect(self) -> None:
        sock = socket.create_connection(
            (self.host, self.port), self.left()
        )
        # Without this a request may wait for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            sock.settimeout(self.left())
            sock = self.tls.wrap_socket(sock, server_hostname=self.host)
        self.sock = _Socket(sock, self.left)


class _Socket:
    """What http.client uses of a socket."""

    def __init__(self, sock: Any, left: Callable[[], float]) -> None:
        self.sock, self.left, self.close = sock, left, sock.close

    def limit(self) -> None:
        """Have the next wait end at the deadline. It may be off by a
        millisecond: to set it anew each time lets go of the GIL each
        time, and a hundred threads would fight for it."""
        left = self.left()
        if abs(left - self.sock.gettimeout()) > 0.001:
            self.sock.settimeout(left)

    def sendall(self, data: bytes) -> None:
        self.limit()
        self.sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        file = self.sock.makefile(mode, buffering=0)
        return io.BufferedReader(_Reader(file, self.limit))


class _Reader(io.RawIOBase):
    """A socket's file, each read of which is limited."""

    def __init__(self, file: Any, limit: Callable[[], None]) -> None:
        self.file, self.limit = file, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self.limit()
        read: int | None = self.file.readinto(buffer)
        return read

    def close(self) -> None:
        super().close()
        self.file.close()


@lru_cache(None)
def _tls() -> ssl.SSLContext:
    # Takes longer than a check: it reads all certificates we trust.
    return ssl.create_default_context()


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, request: Any) -> Any:
        return self._open(request)

    def https_open(self, request: Any) -> Any:
        return self._open(request, tls=_tls())

    def _open(self, request: Any, **arguments: Any) -> Any:
        connection: Any = Connection
        return self.do_open(connection, request, **arguments)


# An opener with one handler knows neither proxies nor redirects.
_opener = urllib.request.OpenerDirector()
_opener.add_handler(_Handler())


def check(url: str, timeout: float) -> Result:
    """Ask for one URL and read the answer to its end."""
    due = time.monotonic() + timeout
    try:
        with _opener.open(url, timeout=timeout) as response:
            response.read()
            return answered(response.status)
    except Exception as error:
        return failure(error, time.monotonic() >= due)


def answered(status: int) -> Result:
    kind = {2: OK, 3: REDIRECT, 4: CLIENT_ERROR, 5: SERVER_ERROR}
    return Result(status, kind.get(status // 100, FAILED))


def failure(error: BaseException, late: bool) -> Result:
    """Name what went wrong. The deadline comes first: a check that it
    cut off fails in many ways."""
    # urllib wraps what happened, and aiohttp does so in its own way.
    for wrapped in ("reason", "certificate_error", "os_error"):
        inner = getattr(error, wrapped, None)
        if isinstance(inner, BaseException):
            error = inner
    is_a = partial(isinstance, error)
    number = getattr(error, "errno", None)
    if late or is_a((TimeoutError, socket.timeout)):
        return Result(0, TIMEOUT)
    # Python itself turns down names that could never be looked up.
    if is_a((socket.gaierror, UnicodeError)):
        return Result(0, DNS)
    if is_a(ConnectionRefusedError):
        return Result(0, REFUSED)
    if is_a((
        ConnectionError, http.client.IncompleteRead,
        ssl.SSLEOFError, ssl.SSLZeroReturnError,
    )) or number in (errno.ECONNRESET, errno.EPIPE):  # fmt: skip
        return Result(0, RESET)
    if is_a(ssl.SSLError):
        return Result(0, TLS)
    return Result(0, FAILED)


# What a worker knows: a thread, or the only one of a process.
_me = threading.local()


def check_keeping(url: str, timeout: float) -> Result:
    """As check, on a connection that the thread keeps for the next."""
    due = time.monotonic() + timeout
    scheme, host, path, query, _ = urllib.parse.urlsplit(url)
    target = (path or "/") + (f"?{query}" if query else "")
    connection = _me.kept.pop((scheme, host), None)
    try:
        response = None
        if connection is not None:
            try:
                response = _request(connection, target, due)
            except ConnectionError:
                # The server may close a connection that lies idle just
                # when we take it up again: try once more.
                connection.close()
        if response is None:
            tls = _tls() if scheme == "https" else None
            connection = Connection(host, timeout, tls)
            response = _request(connection, target, due)
        response.read()
    except Exception as error:
        if connection is not None:
            connection.close()
        return failure(error, time.monotonic() >= due)
    if len(_me.kept) >= KEPT:
        oldest = next(iter(_me.kept))
        _me.kept.pop(oldest).close()
    _me.kept[scheme, host] = connection
    return answered(response.status)


# How many connections a thread keeps.
KEPT = 16


def _request(
    connection: Connection, target: str, due: float
) -> http.client.HTTPResponse:
    connection.due = due
    connection.request("GET", target)
    return connection.getresponse()


def sequential(
    targets: Sequence[str], timeout: Seconds, note: Note
) -> list[Result]:
    """Make one check after the other."""
    results = []
    for url in targets:
        note(0, "start", name(url))
        results.append(check(url, timeout))
        note(0, "finish", name(url))
    return results


# From here on each language has its own kinds of concurrency.


def threads(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """Make the checks in a pool of threads."""
    workers = lanes(targets, workers)
    enter = (multiprocessing.Value("i"), note)
    work = partial(_noted, check, timeout)
    with multiprocessing.pool.ThreadPool(
        workers, _enter, enter
    ) as pool:
        results = pool.map(work, targets)
        pool.close()
        pool.join()
    return results


def threads_keep_alive(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """The same, but each thread keeps its connections."""
    workers = lanes(targets, workers)
    kept: list[dict[Any, Connection]] = []
    enter = (multiprocessing.Value("i"), note, kept)
    work = partial(_noted, check_keeping, timeout)
    with multiprocessing.pool.ThreadPool(
        workers, _enter, enter
    ) as pool:
        results = pool.map(work, targets)
        pool.close()
        pool.join()
    for connections in kept:
        for connection in connections.values():
            connection.close()
    return results


def processes(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """Make the checks in a pool of processes: all results come at the
    end."""
    workers = lanes(targets, workers)
    enter = (multiprocessing.Value("i"), note)
    work = partial(_noted, check, timeout)
    with multiprocessing.Pool(workers, _enter_process, enter) as pool:
        results = pool.map(work, targets)
        pool.close()
        pool.join()
    return results


def imap_unordered(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """The same, but each result comes as it is completed, with its
    number: in any order."""
    workers = lanes(targets, workers)
    enter = (multiprocessing.Value("i"), note)
    work = partial(_numbered, timeout)
    results = [Result(0, FAILED)] * len(targets)
    with multiprocessing.Pool(workers, _enter_process, enter) as pool:
        for i, result in pool.imap_unordered(work, enumerate(targets)):
            results[i] = result
        pool.close()
        pool.join()
    return results


def _enter(
    count: Any, note: Note, kept: list[Any] | None = None
) -> None:
    """Begin a worker: give it its number."""
    with count.get_lock():
        _me.number = count.value
        count.value += 1
    _me.note = note
    _me.kept = {}
    if kept is not None:
        kept.append(_me.kept)


def _enter_process(count: Any, note: Note) -> None:
    _enter(count, note)
    # The last one's note tells what the pool cost before all of it
    # could check.
    note(0, "mark", "pool-ready")


def _noted(
    check: Callable[[str, float], Result], timeout: float, url: str
) -> Result:
    _me.note(_me.number, "start", name(url))
    result = check(url, timeout)
    _me.note(_me.number, "finish", name(url))
    return result


def _numbered(
    timeout: float, job: tuple[int, str]
) -> tuple[int, Result]:
    i, url = job
    return i, _noted(check, timeout, url)


def coroutines(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """Make the checks in coroutines of one thread, with aiohttp, which
    keeps connections. The coroutines share the list: who is free takes
    the next URL."""
    import asyncio

    async def work(client: ClientSession, number: int) -> None:
        for i, url in jobs:
            note(number, "start", name(url))
            results[i] = await check_in(client, url)
            note(number, "finish", name(url))

    async def work_all() -> None:
        async with session(workers, timeout) as client:
            await asyncio.gather(
                *(work(client, number) for number in range(workers))
            )

    workers = lanes(targets, workers)
    results = [Result(0, FAILED)] * len(targets)
    jobs = iter(enumerate(targets))
    asyncio.run(work_all())
    return results


def session(workers: int, timeout: float) -> ClientSession:
    """Make a client of aiohttp's for so many checks at once. It belongs
    to the loop that runs, and whoever makes it closes it there."""
    import aiohttp

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=workers),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(timeout),
        auto_decompress=False,
    )


async def check_in(client: ClientSession, url: str) -> Result:
    """As check, without a thread that waits."""
    import asyncio

    import aiohttp

    try:
        async with client.get(url, allow_redirects=False) as response:
            await response.read()
            return answered(response.status)
    except (
        aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError,
    ):  # fmt: skip
        return Result(0, RESET)
    except Exception as error:
        # Before Python 3.11 this is no TimeoutError.
        late = isinstance(error, asyncio.TimeoutError)
        return failure(error, late)


# The sum of all results, whatever the variant.
result = answer


def with_aiohttp(
    targets: Sequence[str], workers: int, timeout: Seconds
) -> Work:
    """Coroutines, with aiohttp imported before the clock runs."""
    import aiohttp  # noqa: F401

    return lambda note: coroutines(targets, workers, timeout, note)


VARIANTS = {
    "sequential": sequential,
    "threads": threads,
    "threads-keep-alive": threads_keep_alive,
    "processes": processes,
    "imap-unordered": imap_unordered,
    "asyncio": with_aiohttp,
}
