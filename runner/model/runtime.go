package model

// Name is what readers call a runtime.
func (r Runtime) Name() string {
	if r.Label != "" {
		return r.name() + " (" + r.Label + ")"
	}
	return r.name()
}

func (r Runtime) name() string {
	switch {
	case r.Implementation == Command:
		return r.ID
	case r.Side == "go":
		return "Go " + r.Version
	case r.Implementation == "cpython" && !r.GIL:
		return "free-threaded CPython " + r.Version
	case r.Implementation == "cpython":
		return "CPython " + r.Version
	case r.Implementation == "pypy":
		return "PyPy " + r.Version
	}
	return r.ID
}
