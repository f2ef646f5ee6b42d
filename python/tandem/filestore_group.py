"""Threads that fail as one."""

from __future__ import annotations

import threading

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable


class Group:
    """Threads of which the first exception is raised in the end, when
    all are done."""

    def __init__(self) -> None:
        self.failed: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[..., None], *args: object) -> None:
        """Start a thread."""

        def run() -> None:
            try:
                work(*args)
            except BaseException as error:
                self.failed = self.failed or error

        thread = threading.Thread(target=run)
        thread.start()
        self._threads.append(thread)

    def __enter__(self) -> Group:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for thread in self._threads:
            thread.join()
        if self.failed and kind is None:
            raise self.failed
