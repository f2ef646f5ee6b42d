# What is this interpreter? Runs on any Python, even one that is too old.
import sys

# Python looks for modules in the working directory first: a stranger's
# json.py there would run.
if sys.path[:1] == [""]:
    del sys.path[0]

import json
import os


def version(info):
    text = "%d.%d.%d" % (info[0], info[1], info[2])
    if len(info) > 3 and info[3] not in ("final", ""):
        text += info[3][:1] + "".join(map(str, info[4:]))
    return text


own = getattr(sys, "implementation", None)
if own is not None:
    name = own.name
    release = version(own.version)
else:
    import platform

    name = platform.python_implementation().lower()
    release = version(getattr(sys, "pypy_version_info", sys.version_info))

unlocked = ("jython", "ironpython", "graalpy", "micropython")
gil = getattr(sys, "_is_gil_enabled", None)
facts = {
    "executable": sys.executable,
    "version": version(sys.version_info),
    "info": list(sys.version_info[:3]),
    "implementation": name,
    "release": release,
    "gil": gil() if gil else name not in unlocked,
    "free_threaded": False,
    # What a wrapper may have set.
    "settings": [
        str(getattr(sys, "flags", "")),
        str(getattr(sys, "_xoptions", "")),
    ]
    + [
        key + "=" + value
        for key, value in sorted(getattr(os, "environ", {}).items())
        if key.startswith(("PYTHON", "PYPY", "LD_", "JAVA"))
    ],
    "packages": {},
}
try:
    import sysconfig

    free = sysconfig.get_config_var("Py_GIL_DISABLED")
    facts["free_threaded"] = bool(free)
except Exception:
    pass
if sys.version_info >= (3, 9):
    import importlib.util

    facts["packages"] = {
        "aiohttp": importlib.util.find_spec("aiohttp") is not None
    }
print(json.dumps(facts))
