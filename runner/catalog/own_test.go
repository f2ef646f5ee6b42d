package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/command"
	"tandem/runner/model"
)

const own = `
[[param]]
name = "n"
values = [1, 2]

[[variant]]
language = "go"
name = "pool"
command = ["./main", "{n}"]
source = ["main.go"]

[[variant]]
language = "python"
name = "loop"
command = ["python3", "main.py"]

[[variant]]
language = "python"
name = "pool"
command = ["python3", "main.py", "{n}"]

[[claim]]
id = "X1"
says = "It holds."
[[claim.test]]
measure = "wall"
of = "python/pool"
against = "go/pool"
is = "above"
`

func TestOwnPairsMaySayLittle(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my pair")
	require.NoError(t, os.Mkdir(dir, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(dir, OwnFile), []byte(own), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n"), 0o666))
	p, err := Own(dir)
	require.NoError(t, err)
	require.Equal(t, "my-pair", p.ID)
	require.Equal(t, time.Minute, time.Duration(p.Deadline))
	require.Equal(t, []string{"go", "python"}, p.Sides())
	require.Equal(t, "int", p.Param("n").Type)
	require.Equal(t, []any{int64(1), int64(2)}, p.Param("n").Paper)
	require.Equal(t, "my pair/pair.toml, my-pair", p.Claims[0].Source.String())
	require.Empty(t, p.Reference(), "the most variants are right")

	// A command reads what it names; each side has a baseline, and each side's
	// is held against the first one's.
	require.True(t, p.Variant("go", "pool").Takes("n"))
	require.False(t, p.Variant("python", "loop").Takes("n"))
	require.Equal(t, "pool", p.BaselineOf("go", "pool"))
	require.Equal(t, "loop", p.BaselineOf("python", "pool"))
	require.Len(t, p.Contrasts, 2)
	require.Equal(t, "go/pool", p.Contrasts[0].Against)
	require.Equal(t, "python/loop", p.Contrasts[1].Against)

	params := map[string]any{"n": int64(2)}
	require.Equal(t, command.Program{Argv: []string{"./main", "2"}}, p.Program(p.Variant("go", "pool"), params))
	require.Equal(t, dir, p.Dir(p.Variant("go", "pool")))

	// A run keeps it, whatever becomes of the folder.
	kept := p.Kept()
	require.Equal(t, map[string]string{"main.go": "package main\n"}, kept.Sources)
	require.NoError(t, os.RemoveAll(dir))
	pairs, err := OfRun([]model.OwnPair{kept}, []*Pair{{ID: "other"}})
	require.NoError(t, err)
	require.Len(t, pairs, 2)
	require.Equal(t, p, pairs[0])
}

func TestMistakesInOwnPairsAreFound(t *testing.T) {
	for want, text := range map[string]string{
		`p/pair.toml:3: unknown key "variant.comand"`: "\n[[variant]]\ncomand = [\"a\"]",
		`p/pair.toml:3: `:                               "\n[[variant]]\ncommand = \"./a\"",
		`variant c/b: env has "A"; write it as`:         "[[variant]]\nlanguage = \"c\"\nname = \"b\"\nenv = [\"A\"]\ncommand = [\"a\"]",
		`language is "a b"; it is one word`:             "[[variant]]\nlanguage = \"a b\"\ncommand = [\"a\"]",
		`protocol is "http"; it is "tandem"`:            "[[variant]]\nprotocol = \"http\"\ncommand = [\"a\"]",
		`parameter "n": values is missing`:              "[[param]]\nname = \"n\"\n[[variant]]\ncommand = [\"a\"]",
		`reference is "b", which is no variant`:         "answer = { reference = \"b\" }\n[[variant]]\nname = \"a\"\ncommand = [\"a\"]",
		`time: from and to go together`:                 "time = { from = \"a\" }\n[[variant]]\ncommand = [\"a\"]",
		`claim X1: test 1: of is "a/c", which is no va`: "[[variant]]\nlanguage = \"a\"\nname = \"b\"\ncommand = [\"a\"]\n[[claim]]\nid = \"X1\"\nsays = \"s\"\n[[claim.test]]\nmeasure = \"wall\"\nof = \"a/c\"\nis = \"above\"",
		`there is no [[variant]]`:                       "title = \"x\"",
		`id is "../a"; it is of letters`:                "id = \"../a\"\n[[variant]]\ncommand = [\"a\"]",
		`id is "` + strings.Repeat("x", 61):             "id = \"" + strings.Repeat("x", 61) + "\"\n[[variant]]\ncommand = [\"a\"]",
		`variant "a\nb"...: a name is at most`:          "[[variant]]\nname = \"a\\nb\"\ncommand = [\"a\"]",
		`variant "a\u202e"...: a name is at most`:       "[[variant]]\nname = \"a\\u202e\"\ncommand = [\"a\"]",
		`variant "yyy`:                                  "[[variant]]\nname = \"" + strings.Repeat("y", 201) + "\"\ncommand = [\"a\"]",
		`deadline is -5s; it must be more`:              "deadline = \"-5s\"\n[[variant]]\ncommand = [\"a\"]",
		`parameter "n": no variant names {n}`:           "[[param]]\nname = \"n\"\nvalues = 1\n[[variant]]\ncommand = [\"a\"]",
		`parameter "": a name is of letters`:            "[[param]]\nvalues = 1\n[[variant]]\ncommand = [\"a\"]",
		`parameter "a b": a name is of letters`:         "[[param]]\nname = \"a b\"\nvalues = 1\n[[variant]]\ncommand = [\"a\"]",
		`"n": values is missing: one value`:             "[[param]]\nname = \"n\"\nvalues = []\n[[variant]]\ncommand = [\"a\", \"{n}\"]",
		`"n": values has [1]; a value is a number`:      "[[param]]\nname = \"n\"\nvalues = [[1]]\n[[variant]]\ncommand = [\"a\", \"{n}\"]",
		`"n": values has map[a:1]; a value is a num`:    "[[param]]\nname = \"n\"\nvalues = {a = 1}\n[[variant]]\ncommand = [\"a\", \"{n}\"]",
		`"n": values are of one kind`:                   "[[param]]\nname = \"n\"\nvalues = [1, \"x\"]\n[[variant]]\ncommand = [\"a\", \"{n}\"]",
		`"n": quick: NaN is no number`:                  "[[param]]\nname = \"n\"\nvalues = [nan, 1.0]\n[[variant]]\ncommand = [\"a\", \"{n}\"]",
	} {
		_, err := ParseOwn("p/pair.toml", "/p", text)
		require.ErrorContains(t, err, want)
	}
	// Whole numbers are numbers among others.
	p, err := ParseOwn("p", "/p", "[[param]]\nname = \"n\"\nvalues = [1, 2.5]\n[[variant]]\ncommand = [\"a\", \"{n}\"]")
	require.NoError(t, err)
	require.Equal(t, []any{1.0, 2.5}, p.Param("n").Quick)
	// What is to be shown must be there.
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, OwnFile), []byte("[[variant]]\nname = \"a\"\ncommand = [\"a\"]\nsource = [\"gone.go\"]"), 0o666))
	_, err = Own(dir)
	require.ErrorContains(t, err, `variant "a": source "gone.go" is no file of at most 256 KB`)
	_, err = Own(t.TempDir())
	require.ErrorContains(t, err, "has no pair.toml")
	// Commands are no part of the catalog.
	_, err = parse("p.toml", []byte("schema = 1\nid = \"p\"\ntitle = \"p\"\nquestion = \"p?\"\nwork = \"cpu\"\ndeadline = \"1s\"\n[[variant]]\nside = \"go\"\nname = \"a\"\ncommand = [\"a\"]"))
	require.ErrorContains(t, err, "a command belongs in the pair.toml of a folder")
}

// A baseline is needed where several are compared, and on that side alone.
func TestOneSidedPairs(t *testing.T) {
	one := func(sides ...string) string {
		text := "baseline = \"loop\"\n"
		for _, v := range sides {
			side, name, _ := strings.Cut(v, "/")
			text += "[[variant]]\nlanguage = \"" + side + "\"\nname = \"" + name + "\"\ncommand = [\"a\"]\n"
		}
		return text
	}
	_, err := ParseOwn("p", "/p", one("c/loop", "c/pool"))
	require.NoError(t, err)
	_, err = ParseOwn("p", "/p", one("c/loop", "c/pool", "rust/pool"))
	require.NoError(t, err, "one alone is compared with nothing of its side")
	_, err = ParseOwn("p", "/p", one("c/loop", "rust/pool", "rust/tasks"))
	require.ErrorContains(t, err, `baseline "loop" is no variant of the rust side`)
}

// The budgets of make bench are pairs without a mistake.
func TestBenchmarksAreSound(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "bench", "*", OwnFile))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		p, err := Own(filepath.Dir(file))
		require.NoError(t, err)
		require.NotEmpty(t, p.Claims, file)
		require.Positive(t, p.Rounds, file)
	}
}
