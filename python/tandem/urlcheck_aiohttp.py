"""The checks of urlcheck_http in coroutines, with aiohttp.

Its one decision: aiohttp's parser reads an answer, but sees its head
only when our rules have, and alone: what comes behind an answer cannot
undo it.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from tandem import urlcheck_http as rules

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import Any


class _Handler(ResponseHandler):
    """aiohttp's end of a connection."""

    head: rules.Head | None = None

    def set_response_params(self, **params: Any) -> None:
        # A request is about to be sent.
        self.head, self.held, self.seen = rules.Head(), bytearray(), 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        if self.head is not None and not self.head.over:
            self.held += data
            data = self.looked_at(self.head)
        if data:
            super().data_received(data)
        # aiohttp does not tell who waits for the body.
        if self._exception is not None:
            self.give_up(self._exception)

    def looked_at(self, head: rules.Head) -> bytes:
        """Hand the head over once it is whole, and return what came
        with it."""
        try:
            whole = None if head.size else rules.WHOLE.match(self.held)
            if whole:
                self.seen = whole.end()
                head.whole(whole[0])
            while not head.over:
                end = self.held.find(b"\n", self.seen) + 1
                if not end:
                    if head.size + len(self.held) > rules.MAX_HEAD:
                        raise rules.NotHTTP("a line is too long")
                    return b""
                interim = head.interim
                head.line(bytes(self.held[self.seen : end]))
                self.seen = end
                if interim and not head.status:
                    del self.held[:end]  # nobody waits for that
                    self.seen = 0
        except rules.NotHTTP as error:
            self.set_exception(HttpProcessingError(message=str(error)))
            if self.transport is not None:
                self.transport.close()
            return b""
        text = framed(head, bytes(self.held[: self.seen]))
        rest = bytes(self.held[self.seen :])
        self.held.clear()
        if len(rest) == head.length and head.status[:1] != b"3":
            return text + rest  # nothing comes behind the body
        super().data_received(text)
        return rest

    def connection_lost(self, exc: BaseException | None) -> None:
        head = self.head
        if head and not head.over and (self.held or head.size):
            exc = HttpProcessingError(message="the head broke off")
        elif exc is not None:
            # The end of the connection is no end of the body now.
            self.give_up(exc)
        super().connection_lost(exc)

    def give_up(self, error: BaseException) -> None:
        body = self._payload
        if body is None or body.is_eof() or body.exception():
            return
        body.set_exception(error)


def framed(head: rules.Head, text: bytes) -> bytes:
    """Have a head say once where its body ends, as the others take it:
    aiohttp turns down two equal lengths, and one beside chunks."""
    once = len(head.lengths) + head.chunked < 2
    if once and head.chunked == bool(head.codings):
        return text
    text = _FRAMING.sub(b"", text)
    ends = b"Transfer-Encoding: chunked\r\n"
    if not head.chunked:
        ends = b""
        if head.lengths:
            ends = b"Content-Length: " + head.lengths[0] + b"\r\n"
    return text.replace(b"\n", b"\n" + ends, 1)


_FRAMING = re.compile(
    rb"^(?:content-length|transfer-encoding):.*\n(?:[ \t].*\n)*",
    re.I | re.M,
)


class _Resolver(ThreadedResolver):
    """Asks the system, as the others do."""

    async def resolve(self, host: str, *args: Any, **more: Any) -> Any:
        return await super().resolve(rules.lookup(host), *args, **more)


def session(workers: int, timeout: float) -> aiohttp.ClientSession:
    """Make a client for so many checks at once. It belongs to the loop
    that runs, and whoever makes it closes it there."""
    connector = aiohttp.TCPConnector(
        limit=workers, ssl=rules.trusting(), resolver=_Resolver()
    )
    # There is no other way to say who reads a connection.
    make: Any = partial(_Handler, loop=asyncio.get_running_loop())
    connector._factory = make
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=rules.HEADERS,
        skip_auto_headers=["Accept"],
        timeout=aiohttp.ClientTimeout(timeout),
        auto_decompress=False,
        max_line_size=rules.MAX_HEAD,
        max_field_size=rules.MAX_HEAD,
    )


async def check_in(
    client: aiohttp.ClientSession, url: str
) -> rules.Result:
    """As check, without a thread that waits."""
    try:
        scheme, host, target = rules.split(url)
        sent = URL(f"{scheme}://{host}{target}", encoded=True)
        async with client.get(sent, allow_redirects=False) as response:
            left, body = rules.MAX_BODY, response.content
            while left > 0 and not body.at_eof():
                left -= len(await body.readany())
            return rules.answered(response.status)
    except (
        aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError,
    ):  # fmt: skip
        return rules.Result(0, rules.RESET)
    except (aiohttp.ClientResponseError, HttpProcessingError):
        return rules.Result(0, rules.PROTOCOL)
    except Exception as error:
        # Before Python 3.11 this is no TimeoutError.
        late = isinstance(error, asyncio.TimeoutError)
        cause = error.__cause__  # aiohttp makes new ones of some
        if isinstance(error, aiohttp.ClientOSError) and cause:
            return rules.failure(cause, late)
        return rules.failure(error, late)
