package model

import (
	"cmp"
	"slices"
	"strings"
)

// Name is what readers call a runtime. No two of a run have the same one.
func (r Runtime) Name() string { return r.with(r.name(r.Version)) }

// RuntimeName is the name of the runtime of an ID.
func (m *Manifest) RuntimeName(id string) string {
	for _, r := range m.Runtimes {
		if r.ID == id {
			return r.Name()
		}
	}
	return id
}

// Short is Name without the last part of a version: "CPython 3.11".
func (r Runtime) Short() string {
	parts := strings.Split(r.Version, ".")
	return r.with(r.name(strings.Join(parts[:min(len(parts), 2)], ".")))
}

func (r Runtime) with(name string) string {
	if r.Label != "" {
		return name + " (" + r.Label + ")"
	}
	return name
}

// proper are the names of implementations.
var proper = map[string]string{
	"cpython": "CPython", "pypy": "PyPy", "jython": "Jython", "graalpy": "GraalPy",
	"rustpython": "RustPython", "ironpython": "IronPython", "micropython": "MicroPython",
}

func (r Runtime) name(version string) string {
	name := proper[r.Implementation]
	switch {
	case r.Implementation == Command:
		return r.ID
	case r.Side == "go":
		return "Go " + version
	case name == "":
		return r.ID
	case r.Release != "":
		parts := strings.Split(r.Version, ".")
		return name + " " + r.Release + ", Python " + strings.Join(parts[:min(len(parts), 2)], ".")
	case r.Implementation == "cpython" && !r.GIL:
		return "free-threaded CPython " + version
	case r.FreeThreaded:
		return "free-threaded CPython " + version + " with its lock on"
	}
	return name + " " + version
}

// Argv is the command that starts the runtime, before what it shall run.
func (r Runtime) Argv() []string { return append([]string{r.Path}, r.Args...) }

// Spec names the runtime as --python and --go take it: a path alone is itself,
// whatever it contains.
func (r Runtime) Spec() string {
	if r.Side == "go" {
		return cmp.Or(r.Toolchain, "local")
	}
	words := slices.Concat(r.Env, r.Argv())
	if len(words) == 1 {
		return r.Path
	}
	for i, word := range words {
		switch {
		case !strings.ContainsAny(word, " \t,'\"") && word != "":
		case strings.Contains(word, "'"):
			words[i] = `"` + word + `"`
		default:
			words[i] = "'" + word + "'"
		}
	}
	return strings.Join(words, " ")
}

// Quote makes one word of a text for a shell, and nothing of nothing.
func Quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-,=:+@#%", r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Compare orders runtimes from old to new: by side, implementation (CPython
// first), version and lock, for builds without one came after those with.
func (r Runtime) Compare(o Runtime) int {
	lock := func(r Runtime) int {
		switch {
		case !r.GIL:
			return 2
		case r.FreeThreaded:
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(r.Side, o.Side),
		compareImplementation(r.Implementation, o.Implementation),
		CompareVersion(r.Version, o.Version),
		CompareVersion(r.Release, o.Release),
		cmp.Compare(lock(r), lock(o)))
}

func compareImplementation(a, b string) int {
	if a == b {
		return 0
	}
	switch "cpython" {
	case a:
		return -1
	case b:
		return 1
	}
	return cmp.Compare(a, b)
}

// CompareVersion orders versions such as 3.9.18, 3.13.0 and, before it,
// 3.13.0rc2.
func CompareVersion(a, b string) int {
	for a != "" || b != "" {
		var partA, partB string
		partA, a, _ = strings.Cut(a, ".")
		partB, b, _ = strings.Cut(b, ".")
		numberA, restA := leading(partA)
		numberB, restB := leading(partB)
		// Of 0 and 0rc2 the one without the rest is the later.
		if c := cmp.Or(cmp.Compare(numberA, numberB), -cmp.Compare(min(len(restA), 1), min(len(restB), 1)), cmp.Compare(restA, restB)); c != 0 {
			return c
		}
	}
	return 0
}

func leading(s string) (number int, rest string) {
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		number = number*10 + int(s[i]-'0')
	}
	return number, s[i:]
}
