"""A child of the runner: runs one variant once, then ends.

Started as "python path/to/tandem/__main__.py", or as "python -m tandem"
with the folder above on the path. See runner/PROTOCOL.md. With --list
it says which topics there are, and what each of them has.
"""

import os
import sys

if not __package__:
    # Started as a file, whose folder is now first on the path: there
    # our modules could be taken for the top level ones of others.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0] = os.path.dirname(here)

# Workers that are started afresh import this file too.
if __name__ == "__main__":
    from tandem import trial

    status = trial.main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # The runner waits for this process to be gone. To take an
    # interpreter apart takes longer than many a trial.
    os._exit(status)
