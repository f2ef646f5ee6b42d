"""Cores by affinity and by quota: in a real group, and in files as
kernels and containers have them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem import cores

HERE = len(os.sched_getaffinity(0))
GROUPS = Path("/sys/fs/cgroup/cpu")


@pytest.fixture
def group() -> Iterator[Path]:
    """A group of version 1 around another, which has no quota."""
    outer = GROUPS / f"tandem-test-{os.getpid()}"
    try:
        (outer / "inner").mkdir(parents=True)
    except OSError as error:
        pytest.skip(f"no group can be made here: {error}")
    yield outer
    (outer / "inner").rmdir()
    outer.rmdir()


@pytest.mark.parametrize("quota", [50_000, 100_000, 150_000, -1])
def test_real_quota(group: Path, quota: int) -> None:
    (group / "cpu.cfs_quota_us").write_text(f"{quota}")
    code = """
import os, sys
with open(sys.argv[1], "w") as procs:
    procs.write(str(os.getpid()))
from tandem import parallel
print(parallel.at_least_one(0), parallel.at_least_one(7))
"""
    inner = group / "inner/cgroup.procs"
    out = subprocess.run(
        [sys.executable, "-c", code, str(inner)],
        env={**os.environ, "PYTHONPATH": "python"},
        capture_output=True,
        text=True,
        check=True,
    )
    allowed = HERE if quota < 0 else -(-quota // 100_000)
    assert out.stdout == f"{min(HERE, allowed)} 7\n"


@pytest.mark.parametrize(
    ("outer", "inner", "allowed"),
    [
        ("max 100000", "50000 100000", 1),
        ("150000 100000", "max 100000", 2),
        ("50000 100000", "900000 100000", 1),
        ("max 100000", "max 100000", HERE),
        ("10000000 100000", "max 100000", HERE),
    ],
)
def test_version_2(
    tmp_path: Path, outer: str, inner: str, allowed: int
) -> None:
    tree = tmp_path / "tree"
    (tree / "a/b").mkdir(parents=True)
    (tree / "a/cpu.max").write_text(outer + "\n")
    (tree / "a/b/cpu.max").write_text(inner + "\n")
    (tmp_path / "cgroup").write_text("1:cpuset:/x\n0::/host/a/b\n")
    (tmp_path / "mountinfo").write_text(
        "22 1 0:20 / /proc rw - proc proc rw\n"
        f"23 1 0:21 /host {tree} rw shared:4 - cgroup2 x rw\n"
    )
    assert cores.usable(str(tmp_path)) == min(HERE, allowed)


def test_nothing_known(tmp_path: Path) -> None:
    assert cores.usable(str(tmp_path)) == HERE
