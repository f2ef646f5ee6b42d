"""What comes of one check, by rules that both languages keep.

Its one decision: http.client and aiohttp read the answer, and the rules
only look at the lines that they have read. They turn down what a
library elsewhere would.

It is read beside go/urlcheck/http.go: same names, same order.
"""

from __future__ import annotations

import errno
import http.client
import io
import re
import socket
import ssl
import time
import urllib.request
import zlib
from collections import Counter, namedtuple
from functools import lru_cache, partial
from itertools import groupby

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

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
PROTOCOL = "protocol-error"  # what came is not HTTP
FAILED = "failed"  # anything else

# What can come of a check, as answer counts it.
OUTCOMES = (
    OK, REDIRECT, CLIENT_ERROR, SERVER_ERROR, REFUSED,
    TIMEOUT, DNS, TLS, RESET, PROTOCOL, FAILED,
)  # fmt: skip

# What an answer may have. More than that is no HTTP to us, but of a
# body only the first part is read, and the rest does not matter.
MAX_HEAD = 64 << 10  # bytes, interim answers and all
MAX_FIELDS = 90  # http.client stops at a hundred
MAX_BODY = 16 << 20  # bytes

# This bounds what an answer says of each URL.
MAX_WORDS = 64 << 10  # bytes

# What came of one check. The status is HTTP's; 0 unless the whole
# answer came.
Result = namedtuple("Result", "status outcome")


def answer(results: Iterable[Result]) -> str:
    """Sum results up: a line that says how many there are of each
    outcome, with a checksum of all of them in the order of the URLs.
    Then, unless that is long, a line of all different results, and a
    line that says whose they are: each time the place of a result in
    the line above, and for how many URLs on end."""
    results = list(results)
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
    line += f"crc={total:08x}"
    each = words(results)
    if each and len(each) <= MAX_WORDS:
        line += "\n" + each
    return line


def words(results: Sequence[Result]) -> str:
    places: dict[str, int] = {}
    runs = []
    for (status, outcome), equal in groupby(results):
        count = sum(1 for _ in equal)
        place = places.setdefault(f"{status} {outcome}", len(places))
        runs.append(f"{place}*{count}" if count > 1 else str(place))
        if 2 * len(runs) > MAX_WORDS:
            break  # too long, whatever follows
    if not runs:
        return ""
    return ", ".join(places) + "\n" + " ".join(runs)


def name(url: str) -> str:
    """What a timeline calls a URL: its host, or, on this machine,
    where all have the same host, what its path begins with."""
    rest = url.partition("://")[2]
    host, _, path = rest.partition("/")
    path = path.partition("?")[0]
    if host.startswith("127.0.0.1:") and path:
        return path
    return host


class BadURL(ValueError):
    """This is no URL that can be checked, and why."""


_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.I)
_HOST = re.compile(
    r"(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(?::0*([0-9]{1,5}))?"
)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(_BYTE + rf"(?:\.{_BYTE}){{3}}")
_PORTS = {"http": 80, "https": 443}


@lru_cache(1024)
def split(url: str) -> tuple[str, str, str]:
    """Take a URL apart that begins with http or https and names a
    host: scheme, host with port, and what is asked for, as it is
    written. A host that cannot exist is a socket.gaierror, so nobody
    need be asked."""
    if not re.fullmatch("[!-~]*", url):
        raise BadURL("a URL holds only plain characters")
    found = _URL.fullmatch(url)
    if not found:
        raise BadURL("want a URL that begins with http:// or https://")
    scheme, host, target = found.groups()
    scheme = scheme.lower()
    parts = _HOST.fullmatch(host.lower())
    if not parts:
        raise BadURL("no host after ://, or one that cannot be")
    host, port = parts.groups()
    if port and not 0 < int(port) < 65536:
        raise BadURL(f"port {port}: want 1 to 65535")
    host = existing(host)
    if port and int(port) != _PORTS[scheme]:
        host += ":" + port

    if target.endswith("?"):  # aiohttp drops it too
        target = target[:-1]
    if not target.startswith("/"):
        target = "/" + target
    return scheme, host, target


def existing(host: str) -> str:
    """Return a host as it is asked for, or why it cannot be."""
    if host.startswith("["):
        try:
            socket.inet_pton(socket.AF_INET6, host[1:-1])
        except OSError:
            raise BadURL(
                f"host {host}: want IPv6 in brackets"
            ) from None
        return host
    name = host[:-1] if host.endswith(".") else host
    labels = name.split(".")
    last = labels[-1]
    cannot = len(name) > 253 or last == "invalid"
    for label in labels:
        cannot = cannot or not 0 < len(label) < 64
    # Some resolvers take 127.1 and 0x7f000001 for addresses.
    if last.isdigit() or last.startswith("0x"):
        cannot = cannot or not _IPV4.fullmatch(name)
    if cannot:
        raise socket.gaierror(socket.EAI_NONAME, "no such host")
    return name


def lookup(host: str) -> str:
    """The name by which a host is looked up: whatever.localhost is
    this machine, which resolvers do not all know."""
    return "localhost" if host.endswith(".localhost") else host


# What a request says, so that no server answers one language another
# thing than the other.
HEADERS = {"User-Agent": "tandem", "Accept-Encoding": "identity"}


class Connection(http.client.HTTPConnection):
    """A connection to a server on which every wait ends at the same
    deadline. A socket's own timeout will not do: it holds for one
    wait, and an answer that drips is a wait for each drop. Only the
    lookup of a name cannot be cut off; it is judged when it ends."""

    sock: Any

    def __init__(
        self,
        host: str,
        timeout: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.tls = tls
        self.response_class: Any = Response
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
            (lookup(self.host), self.port), self.left()
        )
        # Without this a request may wait for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            try:
                sock.settimeout(self.left())
                sock = self.tls.wrap_socket(
                    sock, server_hostname=self.host
                )
            except BaseException as error:
                sock.close()
                if isinstance(error, RuntimeError):
                    # PyPy has no words for an alert unknown to it.
                    raise ssl.SSLError(str(error)) from None
                raise
        self.sock = _Socket(sock, self.left)


class _Socket:
    """What http.client uses of a socket."""

    def __init__(self, sock: Any, left: Callable[[], float]) -> None:
        self.sock, self.left, self.close = sock, left, sock.close
        self.more = False  # came than the answer that was asked for

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

    def makefile(self, mode: str) -> _Lines:
        file = self.sock.makefile(mode, buffering=0)
        return _Lines(_Reader(file, self.limit), self)


class _Reader(io.RawIOBase):
    """A socket's file, each read of which is limited."""

    def __init__(self, file: Any, limit: Callable[[], None]) -> None:
        self.file, self.limit = file, limit
        self.begun = False  # something has come
        self.over = False  # nothing more is wanted

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.over:
            return 0
        self.limit()
        read: int | None = self.file.readinto(buffer)
        if read:
            self.begun = True
        return read

    def close(self) -> None:
        super().close()
        self.file.close()


class NotHTTP(http.client.HTTPException):
    """What came is not HTTP, and why."""


# A line of an answer's head, or of a body in chunks.
_VALUE = rb"[\t -~\x80-\xff]*"
_STATUS = re.compile(
    rb"HTTP/(?:1\.[01] [2-5]|\d\.\d 1)\d\d(?: " + _VALUE + rb")?\r?\n"
)
_FIELD = re.compile(rb"[!#$%&'*+.^_`|~\w-]+:" + _VALUE + rb"\r?\n")
_LOOSE = re.compile(rb"[ !#$%&'*+.^_`|~\w-]+:" + _VALUE + rb"\r?\n")
_FOLDED = re.compile(rb"[ \t]" + _VALUE + rb"\r?\n")
# A head that can be looked at in one go, and the lines that say where
# the answer ends.
WHOLE = re.compile(
    rb"HTTP/1\.[01] [2-5]\d\d(?: " + _VALUE + rb")?\r\n"
    rb"(?:[!#$%&'*+.^_`|~\w-]+:" + _VALUE + rb"\r\n){0,90}\r\n"
)
_NEEDED = re.compile(
    rb"^(?:content-length|transfer-encoding|trailer|connection"
    rb"|keep-alive|proxy-connection):.*\n",
    re.I | re.M,
)
_CHUNK = re.compile(rb"[\dA-Fa-f]{1,16}(?:[ \t]*|;[^\r\n]*)\r\n")
_ENDS = (b"\r\n", b"\n")


class Head:
    """Holds the lines of an answer's head to what HTTP says of them:
    the heads of interim answers, and the answer's own."""

    over = False
    size = 0  # bytes, of all heads
    most = MAX_FIELDS

    # Of the head that is looked at.
    fields = 0
    version = status = b""
    lengths: tuple[bytes, ...] = ()
    codings: tuple[bytes, ...] = ()
    trailers: tuple[bytes, ...] = ()
    _name: str | None = None  # of these, that comes now
    _rule: re.Pattern[bytes] | None = None
    _last = b""

    @property
    def interim(self) -> bool:
        return self.status[:1] == b"1"

    def whole(self, text: bytes) -> list[bytes]:
        """Look at what WHOLE found. Return the lines that matter."""
        needed: list[bytes] = _NEEDED.findall(text)
        self.version, self.status = text[5:8], text[9:12]
        for line in needed:
            self._field(line)
        self.size = len(text)
        if self.size > MAX_HEAD:
            raise NotHTTP("the head is too long")
        self._end()
        return needed

    def line(self, line: bytes) -> None:
        """Look at the next line, with its end."""
        self.size += len(line)
        if self.size > MAX_HEAD:
            raise NotHTTP("the head is too long")
        if not self.status:
            self._status(line)
            return
        # As in Go: a header is looked at when the next line shows that
        # it is over.
        if self._rule and not self._rule.fullmatch(self._last):
            raise NotHTTP("a header has what no header may have")
        self._last = line
        if line in _ENDS:
            self._end()
        elif line[:1] in b" \t":
            self._rule = _FOLDED
            if not self.fields:
                raise NotHTTP("no header goes before this")
            if self._name:
                *others, value = getattr(self, self._name)
                value = (value + b" " + line.strip()).strip()
                setattr(self, self._name, (*others, value))
        else:
            # Go's library shows nothing of interim answers.
            self._rule = _LOOSE if self.interim else _FIELD
            self._field(line)

    def _status(self, line: bytes) -> None:
        self.version, self.status = line[5:8], line[9:12]
        if not _STATUS.fullmatch(line) or self.status == b"101":
            raise NotHTTP("no status line, or none of HTTP/1")

    def _field(self, line: bytes) -> None:
        self.fields += 1
        if self.fields > self.most and not self.interim:
            raise NotHTTP("the headers are too many")
        name, colon, value = line.partition(b":")
        if not colon:
            raise NotHTTP("no header, and no end of them")
        self._name = _FRAMING.get(name.lower())
        if self._name:
            values = (*getattr(self, self._name), value.strip())
            setattr(self, self._name, values)

    def _end(self) -> None:
        sound(self)
        if self.interim:
            size = self.size
            self.__dict__.clear()  # the next one begins
            self.size = size
        else:
            self.over = True

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks, as HTTP/1.0 knows none."""
        return bool(self.codings) and self.version == b"1.1"

    @property
    def length(self) -> int | None:
        """How long the body says it is, unless it comes in chunks."""
        if self.chunked or not self.lengths:
            return None
        return int(self.lengths[0])


# What says where an answer ends.
_FRAMING = {
    b"content-length": "lengths",
    b"transfer-encoding": "codings",
    b"trailer": "trailers",
}


class _Lines(io.BufferedReader):
    """What http.client reads an answer from, line by line. The line
    that it read last is kept, and those of the head are looked at."""

    def __init__(self, reader: _Reader, socket: _Socket) -> None:
        super().__init__(reader)
        self.reader, self.head, self.last = reader, Head(), b""
        self.socket = socket

    def close(self) -> None:
        if not self.closed:
            self.reader.over = True
            self.socket.more = bool(self.peek(1))
        super().close()

    def readline(self, size: int | None = -1) -> bytes:
        head = self.head
        try:
            self.last = line = super().readline(size)
        except (ConnectionError, ssl.SSLError):
            if head.over or not self.reader.begun:
                raise
            raise NotHTTP("the head broke off") from None
        if line[-1:] != b"\n":
            if len(line) == size:
                raise NotHTTP("a line is too long")
            if head.over:
                raise http.client.IncompleteRead(line)
            if self.reader.begun:
                raise NotHTTP("the head broke off")
        elif not head.over:
            head.line(line)
        return line


class Response(http.client.HTTPResponse):
    """An answer in which http.client does not let pass what is not
    HTTP."""

    fp: _Lines

    def _read_status(self) -> Any:
        while True:
            status = super()._read_status()  # type: ignore[misc]
            if not self.fp.head.interim:
                return status
            http.client.parse_headers(self.fp)

    def begin(self) -> None:
        super().begin()
        head = self.fp.head
        self.chunked, self.chunk_left = head.chunked, None
        self.length = head.length
        if head.status in (b"204", b"304"):
            self.length = 0
        if self.length is None and not self.chunked:
            self.will_close = True

    def _read_next_chunk_size(self) -> int:
        try:
            size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        except ValueError:
            raise NotHTTP("no chunk's size") from None
        if not _CHUNK.fullmatch(self.fp.last):
            raise NotHTTP("no chunk's size")
        return size

    def _safe_read(self, amt: int) -> bytes:
        data: bytes = super()._safe_read(amt)  # type: ignore[misc]
        if self.chunked and self.chunk_left == 0 and data != b"\r\n":
            raise NotHTTP("no end of a chunk")
        return data

    def _read_and_discard_trailer(self) -> None:
        trailer = Head()
        trailer.status, trailer.version = b"200", b"1.0"
        trailer.most, line = 4096, b""
        while line not in _ENDS:
            line = io.BufferedReader.readline(self.fp, 4096)
            if line[-1:] != b"\n" or trailer.size + len(line) > 4096:
                raise http.client.IncompleteRead(line)
            trailer.line(line)
        if trailer.lengths:
            raise NotHTTP("the length cannot come so late")


@lru_cache(None)
def trusting() -> ssl.SSLContext:
    # Takes longer than a check: it reads all certificates we trust.
    context = ssl.create_default_context()
    # What Go's library wants and offers, whatever Python's version.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.hostname_checks_common_name = False
    return context


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, request: Any) -> Any:
        return self._open(request)

    def https_open(self, request: Any) -> Any:
        return self._open(request, tls=trusting())

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
        scheme, host, target = split(url)
        request = urllib.request.Request(
            f"{scheme}://{host}{target}", headers=HEADERS
        )
        with _opener.open(request, timeout=timeout) as response:
            drain(response)
            return answered(response.status)
    except Exception as error:
        return failure(error, time.monotonic() >= due)


def drain(response: Any) -> None:
    """Read the body, or what we read of a long one."""
    left = MAX_BODY
    while left > 0 and not response.isclosed():
        left -= len(response.read(min(left, 65536)))
    # Here http.client does not mind that there is less.
    if response.length and response.isclosed():
        raise http.client.IncompleteRead(b"", response.length)


def answered(status: int) -> Result:
    kind = {2: OK, 3: REDIRECT, 4: CLIENT_ERROR, 5: SERVER_ERROR}
    return Result(status, kind.get(status // 100, FAILED))


def sound(head: Head) -> None:
    """Turn down what a library may let pass, and another does not."""
    bodyless = head.status in (b"204", b"304")
    if head.chunked:
        if [coding.lower() for coding in head.codings] != [b"chunked"]:
            raise NotHTTP("no coding is known but chunked")
        if bodyless:
            raise NotHTTP("no body can follow such a status")
        for trailer in b",".join(head.trailers).lower().split(b","):
            if trailer.strip() in _FRAMING:
                raise NotHTTP("a trailer cannot come so late")
    for length in head.lengths:
        if not re.fullmatch(b"[0-9]+", length) or len(length) > 4000:
            raise NotHTTP("the length is no number")
        if int(length) >= 1 << 63 or length != head.lengths[0]:
            raise NotHTTP("the length is too much, or there are two")
        if head.status == b"204" and length != b"0":
            raise NotHTTP("no body can follow such a status")


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
    if is_a(http.client.HTTPException):
        return Result(0, PROTOCOL)
    return Result(0, FAILED)


class Keeper:
    """Keeps connections for the next check of the same host."""

    MOST = 16

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Connection] = {}

    def check(self, url: str, timeout: float) -> Result:
        """As check, on a kept connection where there is one."""
        due = time.monotonic() + timeout
        connection = None
        try:
            scheme, host, target = split(url)
            connection = self.kept.pop((scheme, host), None)
            response = None
            if connection is not None:
                try:
                    response = ask(connection, target, due)
                except ConnectionError:
                    # The server may close a connection that lies idle
                    # just when we take it up again: try once more.
                    connection.close()
            if connection is None or response is None:
                tls = trusting() if scheme == "https" else None
                connection = Connection(host, timeout, tls)
                response = ask(connection, target, due)
            drain(response)
        except Exception as error:
            if connection is not None:
                connection.close()
            return failure(error, time.monotonic() >= due)
        if not response.isclosed():
            connection.close()  # the body is longer than we read
        elif connection.sock is None or connection.sock.more:
            connection.close()  # the next would take it for its answer
        else:
            if len(self.kept) >= self.MOST:
                self.kept.pop(next(iter(self.kept))).close()
            self.kept[scheme, host] = connection
        return answered(response.status)

    def close(self) -> None:
        for connection in self.kept.values():
            connection.close()


def ask(
    connection: Connection, target: str, due: float
) -> http.client.HTTPResponse:
    connection.due = due
    connection.request("GET", target, headers=HEADERS)
    return connection.getresponse()
