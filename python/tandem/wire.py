"""Reads and writes lines of JSON, the protocol's.

Its one decision: nothing is imported that CPython does not have in C.
The json module brings the re module along, which takes as long to
import as the interpreter to start; its C half, on which it stands, does
all that is needed here. Where there is none, json itself does it.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import Any


class _Plain:
    """How json reads unless it is told otherwise."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float


_read: Any = None
_write: Any = None
try:
    import _json

    plain: Any = _Plain()
    plain.memo = {}
    _read = _json.make_scanner(plain)
    default: Any = None
    _write = _json.make_encoder(
        None, default, _json.encode_basestring_ascii,
        None, ":", ",", False, False, False,
    )  # fmt: skip
except (ImportError, AttributeError, TypeError):
    pass


def loads(line: bytes) -> Any:
    """Read one value. What is none is a ValueError."""
    if _read is None:
        import json

        return json.loads(line)
    text = line.decode().strip(" \t\r\n")
    try:
        value, end = _read(text, 0)
    except StopIteration as stop:
        raise ValueError(f"no JSON at char {stop.value}") from None
    if end < len(text):
        raise ValueError(f"more than one value at char {end}")
    return value


def dumps(value: object) -> str:
    """Write a value. A number that is not finite is a ValueError."""
    if _write is None:
        import json

        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return "".join(_write(value, 0))
