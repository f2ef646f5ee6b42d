"""How much has been taken from the source when the first result is there?"""

import itertools
import time
from multiprocessing.pool import ThreadPool

taken = itertools.count()


def items():
    for i in range(30):
        next(taken)
        yield i


def slow(i):
    time.sleep(0.01)
    return i


with ThreadPool(2) as pool:
    results = pool.imap(slow, items())
    first = next(results)
    print("taken:", next(taken))
    print("sum:", first + sum(results))
