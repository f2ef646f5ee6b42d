"""Sends a block of 16 MB to workers eight times."""

import sys
from multiprocessing.pool import Pool, ThreadPool


def total(block):
    return len(block)


if __name__ == "__main__":
    kind = ThreadPool if sys.argv[1] == "threads" else Pool
    block = bytes(16_000_000)
    with kind(2) as pool:
        print(sum(pool.imap(total, [block] * 8)))
