"""Adds up the squares below a number in one loop."""

import sys

print("sum", sum(i * i for i in range(int(sys.argv[1]))))
