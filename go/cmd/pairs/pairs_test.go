package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/require"
)

// What the runner makes URLs of: the children get these.
var site = []string{"urls", "latency", "faults"}

// A pair is what the catalog says of its variants.
type pair struct {
	Needs   []string
	History bool
	Param   []struct{ Name string }
	Variant []variant
}

type variant struct {
	Side, Name string
	Reads      []string
	Processes  bool
}

// reads is what a variant's parameters should be.
func (p pair) reads(v variant) []string {
	if len(v.Reads) == 0 {
		for _, param := range p.Param {
			v.Reads = append(v.Reads, param.Name)
		}
	}
	if slices.Contains(p.Needs, "site") {
		v.Reads = slices.DeleteFunc(slices.Clone(v.Reads), func(name string) bool { return slices.Contains(site, name) })
		v.Reads = append(v.Reads, "targets")
	}
	if v.Processes {
		v.Reads = append(slices.Clone(v.Reads), "start")
	}
	return v.Reads
}

func (p pair) on(side string) (all []variant) {
	return slices.DeleteFunc(slices.Clone(p.Variant), func(v variant) bool { return v.Side != side })
}

func readCatalog(t *testing.T) map[string]pair {
	files, err := filepath.Glob("../../../runner/catalog/*.toml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	pairs := map[string]pair{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var p pair
		require.NoError(t, toml.Unmarshal(text, &p))
		if len(p.Variant) == 0 {
			continue // it lists the sources
		}
		if p.History {
			continue // its programs are no topics
		}
		pairs[strings.TrimSuffix(filepath.Base(file), ".toml")] = p
	}
	return pairs
}

// A half is what Python has of a topic.
type half struct {
	Variants map[string][]string // parameters
	order    []string            // of the variants
}

func (h *half) UnmarshalJSON(text []byte) error {
	type plain half
	if err := json.Unmarshal(text, (*plain)(h)); err != nil {
		return err
	}
	// A map forgets the order of its keys.
	var raw struct{ Variants json.RawMessage }
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	at := map[string]int{}
	for name := range h.Variants {
		at[name] = strings.Index(string(raw.Variants), `"`+name+`":`)
		h.order = append(h.order, name)
	}
	slices.SortFunc(h.order, func(a, b string) int { return at[a] - at[b] })
	return nil
}

func readPython(t *testing.T) map[string]half {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here to ask for the other half")
	}
	root := filepath.Join("..", "..", "..", "python", "tandem")
	// go test repeats a result from its cache unless a file has changed that
	// the test itself opened.
	files, err := filepath.Glob(filepath.Join(root, "*.py"))
	require.NoError(t, err)
	for _, file := range files {
		_, err := os.ReadFile(file)
		require.NoError(t, err)
	}
	cmd := exec.Command(python, root, "--list")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var topics map[string]half
	require.NoError(t, json.Unmarshal(out, &topics))
	return topics
}

// The catalog's pairs are the topics of this half, with the same variants in
// the same order, and each reads what the catalog says.
func TestCatalog(t *testing.T) {
	pairs := readCatalog(t)
	require.ElementsMatch(t, slices.Collect(maps.Keys(pairs)), slices.Collect(maps.Keys(topics)), "run go generate ./go/cmd/pairs")
	for id, p := range pairs {
		want := p.on("go")
		require.Len(t, topics[id], len(want), id)
		for i, entry := range topics[id] {
			require.Equal(t, want[i].Name, entry.Name, id)
			require.ElementsMatch(t, p.reads(want[i]), entry.Params, "parameters of %s %s", id, entry.Name)
		}
	}
}

// And so are those of the other half.
func TestCatalogInPython(t *testing.T) {
	pairs, python := readCatalog(t), readPython(t)
	require.ElementsMatch(t, slices.Collect(maps.Keys(pairs)), slices.Collect(maps.Keys(python)))
	for id, p := range pairs {
		var names []string
		for _, v := range p.on("python") {
			names = append(names, v.Name)
			require.ElementsMatch(t, p.reads(v), python[id].Variants[v.Name], "parameters of %s %s", id, v.Name)
		}
		require.Equal(t, names, python[id].order, id)
	}
}

// The two halves of a topic are read side by side: functions that both have
// stand in files of the same name, in the same order, and so do the parameters
// of variants.
func TestMirrored(t *testing.T) {
	for id, python := range readPython(t) {
		t.Run(id, func(t *testing.T) {
			here, there := inGo(t, id), inPython(t, id)
			require.NotEmpty(t, there[""])
			for file, names := range here {
				require.Equal(t, common(names, there[file]), common(there[file], names), "order of the functions of %q", file)
				for other, elsewhere := range there {
					if other != file {
						require.Empty(t, common(names, elsewhere), "functions of %q here and of %q there", file, other)
					}
				}
			}
			for _, entry := range topics[id] {
				params, both := python.Variants[entry.Name]
				if !both {
					continue
				}
				require.Equal(t, common(entry.Params, params), common(params, entry.Params), "parameters of %s", entry.Name)
			}
		})
	}
}

// inGo has the functions of a topic's files, by the names that Python would give
// them: "" is the file that is named after the topic.
func inGo(t *testing.T, id string) map[string][]string {
	topic := strings.ReplaceAll(id, "-", "")
	paths, err := filepath.Glob(filepath.Join("..", "..", topic, "*.go"))
	require.NoError(t, err)
	files := map[string][]string{}
	for _, path := range paths {
		file := strings.TrimSuffix(filepath.Base(path), ".go")
		if strings.HasSuffix(file, "_test") {
			continue
		}
		if file == topic {
			file = ""
		}
		code, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		for _, decl := range code.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				files[file] = append(files[file], snake(f.Name.Name))
			}
		}
	}
	return files
}

var defines = regexp.MustCompile(`(?m)^(?:async )?def (\w+)`)

// inPython has those of the other half: sieve.py, sieve_x.py, but not
// sieve_segmented.py, which is another topic.
func inPython(t *testing.T, id string) map[string][]string {
	topic := strings.ReplaceAll(id, "-", "_")
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "python", "tandem", topic+"*.py"))
	require.NoError(t, err)
	files := map[string][]string{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".py")
		file, ok := strings.CutPrefix(name, topic+"_")
		if !ok && name != topic || ofAnother(name, topic) {
			continue
		}
		if name == topic {
			file = ""
		}
		code, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range defines.FindAllStringSubmatch(string(code), -1) {
			files[file] = append(files[file], m[1])
		}
	}
	return files
}

// ofAnother says whether a Python file's name begins with that of a topic whose
// own name begins with this one's.
func ofAnother(name, topic string) bool {
	for id := range topics {
		other := strings.ReplaceAll(id, "-", "_")
		if len(other) > len(topic) && (name == other || strings.HasPrefix(name, other+"_")) {
			return true
		}
	}
	return false
}

// common is the names that are also in the other list.
func common(names, other []string) []string {
	return slices.DeleteFunc(append([]string{}, names...), func(name string) bool { return !slices.Contains(other, name) })
}

// snake writes a Go name as Python does: WorkerPool is worker_pool.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
