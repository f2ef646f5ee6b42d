"""Compresses six blocks: in coroutines that never wait, or in threads."""

import asyncio
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

BLOCK = bytes(range(256)) * 16000


def squeeze(_):
    return len(zlib.compress(BLOCK, 6))


async def one():
    return squeeze(None)


async def coroutines():
    return sum(await asyncio.gather(*[one() for _ in range(6)]))


if sys.argv[1] == "coroutines":
    print(asyncio.run(coroutines()))
else:
    with ThreadPoolExecutor(6) as pool:
        print(sum(pool.map(squeeze, range(6))))
