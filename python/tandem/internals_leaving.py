"""What becomes of workers when main returns."""

from __future__ import annotations

import subprocess
import sys

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.internals_threads import Facts


# A program whose main thread ends and leaves a worker behind, which
# waits for what the other program below says.
LEAVE = """
import os, threading
def work():
    {wait}
    os.write(1, b"outlived main")
threading.Thread(target=work, daemon={daemon}).start()
os.write(1, b"returning ")
"""


def main_returns() -> Facts:
    """Whether a program ends when its main thread has nothing more to
    do, although a worker is still there. Another process must try
    that: once with a plain thread, which waits for the main thread to
    end, and once with a daemon, which waits for ever."""
    plain = said("threading.main_thread().join()", False)
    daemon = said("os.read(0, 1)", True)
    facts: Facts = {}
    if plain.startswith("returning"):
        facts["main_returns_kills"] = "outlived" not in plain
    if daemon.startswith("returning"):
        facts["main_returns_kills_daemons"] = "killed" not in daemon
    return facts


def said(wait: str, daemon: bool) -> str:
    """What a program said that leaves such a worker behind, and
    "killed" if it did not end by itself."""
    program = LEAVE.format(wait=wait, daemon=daemon)
    # Nothing is ever written to its input, which stays open.
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            child.wait(10)
            verdict = ""
        except subprocess.TimeoutExpired:
            child.kill()
            verdict = " killed"
        assert child.stdout
        return child.stdout.read().decode() + verdict
