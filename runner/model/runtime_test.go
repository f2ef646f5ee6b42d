package model

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompareVersion(t *testing.T) {
	order := []string{"2.7", "3.9.18", "3.13.0a1", "3.13.0rc2", "3.13.0", "3.13.1", "3.13.10", "4"}
	for i, a := range order {
		for k, b := range order {
			require.Equal(t, i < k, CompareVersion(a, b) < 0, "%s %s", a, b)
			require.Equal(t, i == k, CompareVersion(a, b) == 0, "%s %s", a, b)
		}
	}
}

// From old to new, and no two have the same name.
func TestRuntimesInOrder(t *testing.T) {
	python := func(implementation, version string, gil, free bool) Runtime {
		return Runtime{Side: "python", Implementation: implementation, Version: version, GIL: gil, FreeThreaded: free}
	}
	pypy := python("pypy", "3.9.16", true, false)
	pypy.Release = "7.3.11"
	locked := python("cpython", "3.13.5", true, true)
	locked.Label = "-X gil=1"
	want := []Runtime{
		{Side: "go", Implementation: "gc", Version: "1.9.7"}, {Side: "go", Implementation: "gc", Version: "1.26.8"},
		python("cpython", "2.7.18", true, false), python("cpython", "3.9.18", true, false), python("cpython", "3.10.1", true, false),
		python("cpython", "3.13.5", true, false), locked, python("cpython", "3.13.5", false, true),
		python("jython", "2.7.4", false, false), pypy,
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Runtime.Compare)
	require.Equal(t, want, got)
	var names, shorts []string
	for _, r := range want[3:] {
		names, shorts = append(names, r.Name()), append(shorts, r.Short())
	}
	require.Equal(t, []string{
		"CPython 3.9.18", "CPython 3.10.1", "CPython 3.13.5", "free-threaded CPython 3.13.5 with its lock on (-X gil=1)",
		"free-threaded CPython 3.13.5", "Jython 2.7.4", "PyPy 7.3.11, Python 3.9",
	}, names)
	require.Equal(t, []string{
		"CPython 3.9", "CPython 3.10", "CPython 3.13", "free-threaded CPython 3.13 with its lock on (-X gil=1)",
		"free-threaded CPython 3.13", "Jython 2.7", "PyPy 7.3.11, Python 3.9",
	}, shorts)
}
