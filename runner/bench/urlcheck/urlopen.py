"""The baseline for Python's threads: the first thing that the standard
library's documentation shows, in a pool of threads."""

import sys
import time
import urllib.request
from multiprocessing.pool import ThreadPool


def check(url):
    with urllib.request.urlopen(url) as response:
        return response.read()


url, number, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
start = time.monotonic()
with ThreadPool(workers) as pool:
    pool.map(check, [url] * number)
print(time.monotonic() - start)
