"""What becomes of replies, and of those that nobody waits for."""

from __future__ import annotations

import asyncio
import queue

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from tandem.replicas import Ask


class NoneToAskError(ValueError):
    """There is no replica to ask."""


class AllFailedError(Exception):
    """Every replica failed: errors has why."""

    def __init__(self, errors: list[BaseException]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


def some(asks: Sequence[Any]) -> None:
    if not asks:
        raise NoneToAskError("there is no replica to ask")


class Reply:
    """What a replica returned or raised."""

    def __init__(self, ask: Ask) -> None:
        self._error: Exception | None = None
        try:
            self._value = ask()
        except Exception as error:
            self._error = error

    def result(self) -> int:
        if self._error:
            raise self._error
        return self._value


def reply(ask: Ask, replies: queue.Queue[Reply]) -> None:
    """What a thread does for one replica."""
    replies.put(Reply(ask))


def answers(
    done: Collection[asyncio.Future[int]], errors: list[BaseException]
) -> list[int]:
    """What tasks have returned; what they have raised goes to the
    errors."""
    errors += [e for e in (task.exception() for task in done) if e]
    return [task.result() for task in done if not task.exception()]


async def call_off(tasks: Collection[asyncio.Future[int]]) -> None:
    """Cancel tasks and wait for them to go, whatever they say."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
