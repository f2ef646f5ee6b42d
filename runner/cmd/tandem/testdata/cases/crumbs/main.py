"""Triples numbers in two processes, so many in a message."""

import concurrent.futures
import sys


def triple(i):
    return 3 * i


if __name__ == "__main__":
    size = int(sys.argv[1])
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(triple, range(4000), chunksize=size)))
