"""The tasks, each of which sleeps, and where a result is reached."""

from __future__ import annotations

import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note

    # One task: its number from 0, and how many units it sleeps.
    Job = tuple[int, int]


def jobs(tasks: str) -> list[Job]:
    """Read a list of tasks such as "1 5 3": the units that each one
    sleeps."""
    for word in tasks.split():
        if not (word.isascii() and word.isdigit()):
            raise ValueError(
                f'tasks has "{word}", want a whole number of units'
            )
    if not tasks.split():
        raise ValueError("tasks is empty, want units such as 1 5 3")
    return list(enumerate(map(int, tasks.split())))


def work(job: Job, unit: float, note: Note) -> Job:
    """Do a job: sleep."""
    number, units = job
    note(number, "start", str(units))
    time.sleep(units * unit)
    note(number, "finish", str(units))
    return job


def reach(job: Job, note: Note) -> int:
    """Here a result has reached the one who asked for it."""
    number, units = job
    note(number, "reach", str(units))
    note(number, "mark", f"reach-{units}")
    return units


def answer(reached: list[int]) -> str:
    """The same in whatever order the results came."""
    return " ".join(map(str, sorted(reached)))
