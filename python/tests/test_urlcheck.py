"""The faults that a checker meets are tested by runner/site, against
one site for both languages."""

from __future__ import annotations

import functools
import http.client
import io
import multiprocessing
import pickle
import re
import socket
import ssl
import threading
import urllib.error
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import topics, urlcheck, urlcheck_http, urlcheck_workers
from tandem.events import silent
from tandem.urlcheck_http import Result


# The same texts as in go/urlcheck/urlcheck_test.go.
@pytest.mark.parametrize(
    ("want", "results"),
    [
        ("crc=00000000", []),
        ("ok=1 crc=82aeac7f\n200 ok\n0", [(200, "ok")]),
        (
            "ok=1 server-error=1 crc=fa98211e\n"
            "200 ok, 503 server-error\n0 1",
            [(200, "ok"), (503, "server-error")],
        ),
        (
            "ok=1 server-error=1 crc=e6459849\n"
            "503 server-error, 200 ok\n0 1",
            [(503, "server-error"), (200, "ok")],
        ),
        (
            "redirect=1 dns=2 failed=1 crc=d8257ff2\n"
            "0 dns, 0 failed, 304 redirect\n0 1 0 2",
            [(0, "dns"), (0, "failed"), (0, "dns"), (304, "redirect")],
        ),
        (
            "ok=3 protocol-error=1 crc=2c578929\n"
            "200 ok, 0 protocol-error, 204 ok\n0*2 1 2",
            [
                (200, "ok"),
                (200, "ok"),
                (0, "protocol-error"),
                (204, "ok"),
            ],
        ),
    ],
)
def test_answer(want: str, results: list[tuple[int, str]]) -> None:
    assert urlcheck_http.answer(Result(*r) for r in results) == want


def test_answer_is_bounded() -> None:
    """However many URLs there are."""
    many = 600_000
    same = [Result(200, "ok")] * many
    assert urlcheck_http.answer(same).endswith("\n200 ok\n0*600000")
    mixed = [Result(200, "ok"), Result(404, "client-error")] * 300_000
    assert "\n" not in urlcheck_http.answer(mixed)


# The same URLs as in go/urlcheck/urlcheck_test.go.
@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("http://a.example", "http a.example /"),
        ("HTTP://A.Example:80/X?Y#Z", "http a.example /X?Y"),
        ("https://a.example.:0443?x", "https a.example /?x"),
        (
            'http://a.example:8080/../%2e/|"?',
            'http a.example:8080 /../%2e/|"',
        ),
        ("http://[::1]:80//x?y", "http [::1] //x?y"),
        ("http://127.0.0.1:8080/#", "http 127.0.0.1:8080 /"),
        ("http://a_b.localhost", "http a_b.localhost /"),
        ("http://127.1/", "no such host"),
        ("http://0x7f000001/", "no such host"),
        ("http://a..example/", "no such host"),
        ("http://no.invalid/", "no such host"),
        ("http://" + "x" * 64, "no such host"),
        ("", "bad"),
        ("http://", "bad"),
        ("ftp://a.example/", "bad"),
        ("http://a]b/", "bad"),
        ("http://[::1/", "bad"),
        ("http://[::1%25lo]/", "bad"),
        ("http://[127.0.0.1]/", "bad"),
        ("http://me@a.example/", "bad"),
        ("http://a.example:/", "bad"),
        ("http://a.example:0/", "bad"),
        ("http://a.example:65536/", "bad"),
        ("http://a.example/ x", "bad"),
        ("http://\u00e4.example/", "bad"),
        ("http://a.example/\x00", "bad"),
        ("http://a\\b/", "bad"),
    ],
)
def test_split(url: str, want: str) -> None:
    try:
        got = " ".join(urlcheck_http.split(url))
    except socket.gaierror:
        got = "no such host"
    except urlcheck_http.BadURL:
        got = "bad"
    assert got == want


@given(st.text())
def test_any_text_is_classified(text: str) -> None:
    host = re.sub("[/?#]", "", text)  # or nobody knows whom it names
    for url in (text, f"http://{host}.invalid"):
        result = urlcheck_http.check(url, 60.0)
        assert result.outcome in ("dns", "failed")


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("https://example.org", "example.org"),
        ("https://example.org:8080/a/b?c", "example.org:8080"),
        ("http://127.0.0.1:80/a.org?latency=1ms", "a.org"),
        ("http://127.0.0.1:80/a.org", "a.org"),
        ("http://127.0.0.1:80/", "127.0.0.1:80"),
        ("http://127.0.0.1:80/?x", "127.0.0.1:80"),
        ("no URL", ""),
    ],
)
def test_name(url: str, want: str) -> None:
    assert urlcheck_http.name(url) == want


coroutines = topics.plain(urlcheck_workers.coroutines)
FORK = multiprocessing.get_context("fork")
POOLS: list[Any] = [
    urlcheck.threads,
    urlcheck.threads_keep_alive,
    functools.partial(urlcheck.processes, start=FORK),
    functools.partial(urlcheck.imap_unordered, start=FORK),
    coroutines,
]


@pytest.fixture(params=POOLS)
def pool(request: pytest.FixtureRequest) -> object:
    if request.param is coroutines:
        pytest.importorskip("aiohttp")
    return request.param


def test_no_urls(pool) -> None:  # type: ignore[no-untyped-def]
    assert pool([], 9, 1.0, note=silent) == []


def test_in_order(pool, server: str) -> None:  # type: ignore[no-untyped-def]
    statuses = [200, 301, 404, 500, 503, 204 + 2] * 4
    urls = [f"{server}/{status}" for status in statuses]
    want = [urlcheck_http.answered(status) for status in statuses]
    assert pool(urls, 3, 60.0, note=silent) == want


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from([200, 302, 404, 503]), max_size=12),
    st.integers(1, 20),
)
def test_any_number(
    server: str, statuses: list[int], workers: int
) -> None:
    urls = [f"{server}/{status}" for status in statuses]
    want = urlcheck.sequential(urls, 60.0, silent)
    for pool in (urlcheck.threads, urlcheck.threads_keep_alive):
        assert pool(urls, workers, 60.0, note=silent) == want


def test_notes(server: str) -> None:
    notes: list[tuple[int, str, str]] = []

    def note(*event: object) -> None:
        notes.append(event)  # type: ignore[arg-type]

    urls = [f"{server}/200"] * 9
    urlcheck.threads(urls, 2, 60.0, note)
    for worker in 0, 1:
        kinds = [kind for w, kind, _ in notes if w == worker]
        assert kinds == ["start", "finish"] * (len(kinds) // 2)
    assert len(notes) == 18
    assert {name for _, _, name in notes} == {"200"}


@pytest.mark.parametrize(
    ("error", "want"),
    [
        (TimeoutError(), "timeout"),
        (UnicodeError("label too long"), "dns"),
        (ConnectionRefusedError(), "refused"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "reset"),
        (ssl.SSLEOFError(), "reset"),
        (ssl.SSLError(), "tls"),
        (ssl.SSLCertVerificationError(), "tls"),
        (urlcheck_http.NotHTTP("junk"), "protocol-error"),
        (http.client.BadStatusLine("junk"), "protocol-error"),
        (http.client.RemoteDisconnected("gone"), "reset"),
        (http.client.IncompleteRead(b""), "reset"),
        (OSError(113, "no route to host"), "failed"),
        (ValueError("what is this"), "failed"),
    ],
)
def test_failure(error: Exception, want: str) -> None:
    assert urlcheck_http.failure(error, late=False) == (0, want)
    assert urlcheck_http.failure(error, late=True) == (0, "timeout")
    wrapped = urllib.error.URLError(error)
    assert urlcheck_http.failure(wrapped, late=False) == (0, want)


def test_result_travels() -> None:
    result = Result(200, urlcheck_http.OK)
    assert pickle.load(io.BytesIO(pickle.dumps(result))) == result


def test_what_comes_behind_an_answer_is_nobodys() -> None:
    """It is not the answer to the next check of the same host."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    more = b"x" * 100_000
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        def serve() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.recv(4096)
                    connection.sendall(answer + more)
                    connection.recv(4096)  # until the client leaves

        thread = threading.Thread(target=serve)
        thread.start()
        keeper = urlcheck_http.Keeper()
        for _ in range(2):
            assert keeper.check(url, 10.0) == (200, "ok")
        keeper.close()
        thread.join()
