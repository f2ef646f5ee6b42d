"""Says how a variant's processes are started.

Its one decision: never as the interpreter would by default, for that
depends on its version and on the system. A variant that starts
processes has a parameter start, of type Start, and is handed
multiprocessing as it is by that method.
"""

from __future__ import annotations

import os

from tandem.topics import Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from typing import Any

    Start = BaseContext

FORK = "fork"

# What each method would load while the clock runs.
LATE = {
    FORK: ["popen_fork"],
    "spawn": ["popen_spawn_posix"],
    "forkserver": ["popen_forkserver", "forkserver"],
}


def start(method: str) -> Start:
    """Multiprocessing that starts processes by a method, for all of
    this process, with what it needs loaded."""
    import multiprocessing.pool

    have = multiprocessing.get_all_start_methods()
    if method not in have:
        raise Skip(
            f"no start method {method} here: Python has "
            + ", ".join(have)
        )
    multiprocessing.set_start_method(method, True)
    folder = os.path.basename(os.environ.get("TMPDIR", ""))
    if folder.startswith("tandem-scratch-"):
        # The runner removes what is called after its folder: a killed
        # process cannot. Python has no other way to name semaphores.
        this: Any = multiprocessing.current_process()
        this._config["semprefix"] = f"/{folder}"
    for late in ["queues", "synchronize", *LATE[method]]:
        __import__("multiprocessing." + late)
    return multiprocessing.get_context(method)
