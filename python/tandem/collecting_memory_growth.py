"""What was held, and by how much this process has grown."""

from __future__ import annotations

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.collecting_memory_stream import Sum


def most_resident() -> int:
    """The most bytes of this process that have been in memory; 0 where
    the system does not say."""
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def held(sum_: Sum) -> tuple[int, dict[str, float]]:
    """The total, and what was held. The runner weighs all processes
    together; what this one has grown by is a metric of its own."""
    total, held, grown = sum_
    metrics: dict[str, float] = {"held_items": held}
    if most_resident():
        metrics["caller_growth_bytes"] = grown
    return total, metrics
