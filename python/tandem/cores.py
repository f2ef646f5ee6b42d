"""How many cores this process may keep busy.

Its one decision: what its control groups allow counts as well (docker
--cpus). Go's runtime knows that by itself, but is content with two.
"""

from __future__ import annotations

import math
import os

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator


def usable(proc: str = "/proc/self") -> int:
    """The cores by affinity, and so by cpuset, and by quota."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not every system has affinities
        cores = os.cpu_count() or 1
    least = min(map(_allowed, _groups(proc)), default=math.inf)
    return min(cores, math.ceil(least)) if least < cores else cores


def _groups(proc: str) -> Iterator[str]:
    """The folders of the groups that this process is in, and of those
    around them as far as they can be seen."""
    try:
        with open(proc + "/cgroup") as file:
            groups = [line.rstrip("\n").split(":", 2) for line in file]
        with open(proc + "/mountinfo") as file:
            mounts = [line.split() for line in file]
    except OSError:
        return
    for _, kinds, path in groups:  # 4:cpu,cpuacct:/a, or 0::/a
        for mount in mounts:  # .. / /sys/fs/cgroup .. cgroup x rw,cpu
            root, folder = mount[3:5]
            kind, options = mount[-3], mount[-1].split(",")
            if kinds and (kind != "cgroup" or "cpu" not in options):
                continue
            if not kinds and kind != "cgroup2":
                continue
            if "cpu" not in (kinds or "cpu").split(","):
                continue
            inner = os.path.relpath(path, root)
            while inner and not inner.startswith(".."):
                yield os.path.join(folder, inner)
                inner = os.path.dirname(inner)
            yield folder


def _allowed(group: str) -> float:
    """The cores' worth of time that a group allows."""

    def read(name: str) -> str:
        with open(os.path.join(group, name)) as file:
            return file.read()

    try:
        quota, period = read("cpu.max").split()
    except OSError:
        try:
            quota = read("cpu.cfs_quota_us")
            period = read("cpu.cfs_period_us")
        except OSError:  # a root has neither
            return math.inf
    if quota == "max" or int(quota) < 0:
        return math.inf
    return int(quota) / int(period)
