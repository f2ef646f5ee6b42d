"""The ceiling of Python's threads: http.client alone, in threads that
keep their connections. It looks at nothing that comes."""

import http.client
import sys
import threading
import time
import urllib.parse
from multiprocessing.pool import ThreadPool

url, number, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
parts = urllib.parse.urlsplit(url)
mine = threading.local()


def check(_):
    if not hasattr(mine, "connection"):
        mine.connection = http.client.HTTPConnection(parts.netloc)
    mine.connection.request("GET", f"{parts.path}?{parts.query}")
    return len(mine.connection.getresponse().read())


start = time.monotonic()
with ThreadPool(workers) as pool:
    pool.map(check, range(number))
print(time.monotonic() - start)
