"""The baseline for Python's coroutines: bare asyncio streams that keep
their connections. It reads just enough of an answer to find its end,
has no deadline and no errors, and so does less than a checker must."""

import asyncio
import sys
import time
import urllib.parse


async def main(url, number, workers):
    parts = urllib.parse.urlsplit(url)
    request = (
        f"GET {parts.path}?{parts.query} HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\n\r\n"
    ).encode()
    jobs = iter(range(number))

    async def work():
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port
        )
        for _ in jobs:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise ValueError(head)
            at = head.index(b"Content-Length: ") + 16
            length = int(head[at : head.index(b"\r", at)])
            await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(work() for _ in range(workers)))


start = time.monotonic()
asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
print(time.monotonic() - start)
