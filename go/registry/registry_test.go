package registry

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/require"
)

// A half is what one language has of a topic.
type half struct {
	Variants  []string
	Functions []function // of the module, in the order of the file
}

type function struct {
	Name     string
	Args     []string
	Defaults int
}

// list prints what the Python half has.
const list = `
import ast, inspect, json, sys
sys.path.insert(0, sys.argv[1])
from tandem import registry

def functions(topic):
    module = sys.modules["tandem." + topic.replace("-", "_")]
    source = inspect.getsource(module)
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            args = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            yield {"Name": node.name, "Args": [a.arg for a in args],
                   "Defaults": len(node.args.defaults + node.args.kw_defaults)}

print(json.dumps({
    topic: {"Variants": list(variants()), "Functions": list(functions(topic))}
    for topic, variants in registry.TOPICS.items()
}))
`

func pythonHalf(t *testing.T) map[string]half {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here to ask for the other half")
	}
	// go test repeats a result from its cache unless a file has changed that
	// the test itself opened.
	root := filepath.Join("..", "..", "python")
	files, err := filepath.Glob(filepath.Join(root, "tandem", "*.py"))
	require.NoError(t, err)
	for _, file := range files {
		_, err := os.ReadFile(file)
		require.NoError(t, err)
	}

	cmd := exec.Command(python, "-c", list, root)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var topics map[string]half
	require.NoError(t, json.Unmarshal(out, &topics))
	return topics
}

func goHalf(t *testing.T, topic string) half {
	name := strings.ReplaceAll(topic, "-", "")
	path := filepath.Join("..", name, name+".go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	h := half{Variants: slices.Collect(maps.Keys(Topics[topic]))}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil {
			continue
		}
		var args []string
		for _, field := range f.Type.Params.List {
			for _, name := range field.Names {
				args = append(args, snake(name.Name))
			}
		}
		h.Functions = append(h.Functions, function{Name: f.Name.Name, Args: args})
	}
	return h
}

// goOnly are parameters that Python has no use for: its modules keep the
// client themselves, and know no context.
var goOnly = []string{"ctx", "client"}

// pythonOnly are parameters that Go has no use for: it has goroutines where
// Python has a choice of pools.
var pythonOnly = []string{"pool"}

// Both languages have the same topics, and the variants that the catalog says.
func TestCatalog(t *testing.T) {
	python := pythonHalf(t)
	require.ElementsMatch(t, slices.Collect(maps.Keys(Topics)), slices.Collect(maps.Keys(python)))
	for topic := range Topics {
		text, err := os.ReadFile(filepath.Join("..", "..", "runner", "catalog", topic+".toml"))
		require.NoError(t, err)
		var pair struct {
			Variant []struct{ Side, Name string }
		}
		require.NoError(t, toml.Unmarshal(text, &pair))
		want := map[string][]string{}
		for _, v := range pair.Variant {
			want[v.Side] = append(want[v.Side], v.Name)
		}
		require.ElementsMatch(t, want["go"], goHalf(t, topic).Variants, "%s in Go", topic)
		require.ElementsMatch(t, want["python"], python[topic].Variants, "%s in Python", topic)
	}
}

// The two halves of a topic are read side by side: a function that both have
// stands at the same place among these, and takes the same parameters, but
// for those that only one of them has a use for. Go has no default values, so Python has
// none there either.
func TestMirrored(t *testing.T) {
	python := pythonHalf(t)
	for topic := range Topics {
		t.Run(topic, func(t *testing.T) {
			inGo, inPython := goHalf(t, topic), python[topic]
			theirs := map[string]function{}
			for _, f := range inPython.Functions {
				theirs[f.Name] = f
			}

			var order []string
			for _, f := range inGo.Functions {
				name := snake(f.Name)
				twin, both := theirs[name]
				if !both {
					continue
				}
				order = append(order, name)
				if !ast.IsExported(f.Name) {
					continue
				}
				require.Equal(t, without(goOnly, f.Args), without(pythonOnly, twin.Args), "parameters of %s", name)
				require.Zero(t, twin.Defaults, "default values of %s", name)
			}
			require.NotEmpty(t, order)

			var other []string
			for _, f := range inPython.Functions {
				if slices.Contains(order, f.Name) {
					other = append(other, f.Name)
				}
			}
			require.Equal(t, order, other, "order of the functions")
		})
	}
}

func without(names, args []string) []string {
	return slices.DeleteFunc(append([]string{}, args...), func(arg string) bool { return slices.Contains(names, arg) })
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
