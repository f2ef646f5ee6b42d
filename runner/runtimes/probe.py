# What is this interpreter? Runs on any Python, even one that is too old.
import sys

# Python looks for modules in the working directory first: a stranger's
# json.py there would run.
if sys.path[:1] == [""]:
    del sys.path[0]

import json

info = list(sys.version_info[:3])
facts = {
    "executable": sys.executable,
    "version": ".".join(map(str, info)),
    "info": info,
}
if info >= [3, 9]:
    import importlib.util
    import multiprocessing
    import sysconfig

    gil = getattr(sys, "_is_gil_enabled", lambda: True)
    facts["implementation"] = sys.implementation.name
    facts["gil"] = gil()
    facts["free_threaded"] = bool(
        sysconfig.get_config_var("Py_GIL_DISABLED")
    )
    facts["start_method"] = multiprocessing.get_start_method()
    facts["packages"] = {
        name: importlib.util.find_spec(name) is not None
        for name in ["aiohttp"]
    }
print(json.dumps(facts))
