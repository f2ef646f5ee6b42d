"""A child of the runner: runs one variant once, then ends.

Started as "python path/to/tandem", or as "python -m tandem" with the
folder above on the path. See runner/PROTOCOL.md.
"""

import os
import sys

if not __package__:
    # Started as a folder, which is now first on the path: there our
    # modules could be taken for the top level ones of others.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0] = os.path.dirname(here)

from tandem import registry, trial

# Workers that are started afresh import this file too.
if __name__ == "__main__":
    sys.exit(trial.main(registry.TOPICS))
