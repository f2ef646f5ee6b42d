package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tandem/runner/catalog"
	"tandem/runner/command"
)

// compareFlags is what the user typed after `tandem compare`.
type compareFlags struct {
	runFlags
	names   names
	sweeps  []string
	answer  string
	timeout time.Duration
	prepare string
	cleanup string
	env     []string
	shell   bool
}

func compareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare [-n NAME] COMMAND...",
		Short: "compare commands, whatever they are written in",
		Long: `Compare runs commands as run does a pair's variants: every one once a round, in a
random order, each a fresh process whose time is from its start to its end. They
must give the same answer, which is what they print where --answer says nothing
else; the first is what the others are measured against. A command is one
argument. It is taken apart as a shell would, but run without one; {n} is a
parameter that --sweep gives values.`,
		Example: `  tandem compare './primes 100000' 'python3 primes.py 100000'
  tandem compare -n pool 'python3 a.py {n}' -n loop 'python3 b.py' --sweep n=1,2,4
  tandem compare --answer 'found (\d+)' ./a ./b
  tandem compare --shell 'sort < words | uniq' 'sort -u words'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && f.resume == "" {
				return usageError{errors.New("compare needs a command, and better two: tandem compare './a' 'python3 b.py'")}
			}
			return f.run(cmd, args, f.pair)
		},
	}
	f.add(cmd)
	f.names.flags = cmd.Flags()
	flags := cmd.Flags()
	flags.VarP(&f.names, "name", "n", "name of the command that follows")
	flags.StringArrayVar(&f.sweeps, "sweep", nil, "values of a parameter, name=1,2,4 (repeatable)")
	flags.StringVar(&f.answer, "answer", "", "what of the output must be the same: a regular expression (its first group), sorted (lines in any order), file:PATH, none (default all of it)")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "end a command after this time")
	flags.StringVar(&f.prepare, "prepare", "", "run this before each trial, untimed")
	flags.StringVar(&f.cleanup, "cleanup", "", "run this after each trial, untimed")
	flags.StringArrayVar(&f.env, "env", nil, "set a variable for the commands, NAME=value (repeatable)")
	flags.BoolVar(&f.shell, "shell", false, "run the commands with sh -c, whose start is then in their time")
	return cmd
}

// names are those of commands, by the place of the command that each stands
// before.
type names struct {
	flags *pflag.FlagSet
	of    map[int]string
}

func (n *names) Set(name string) error {
	at := n.flags.NArg()
	if n.of[at] != "" {
		return fmt.Errorf("%q and %q name the same command", n.of[at], name)
	}
	if name == "" {
		return errors.New("it is empty")
	}
	if n.of == nil {
		n.of = map[int]string{}
	}
	n.of[at] = name
	return nil
}

func (n *names) String() string { return "" }
func (n *names) Type() string   { return "name" }

// pair is the pair that the commands make, read from the same text as that of a
// folder would be: so a run can keep it.
func (f *compareFlags) pair(commands []string) ([]*catalog.Pair, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	text, err := f.text(commands)
	if err != nil {
		return nil, usageError{err}
	}
	p, err := catalog.ParseOwn("compare", dir, text)
	if err != nil {
		return nil, usageError{err}
	}
	return []*catalog.Pair{p}, nil
}

// text is the pair.toml that says what the command line does.
func (f *compareFlags) text(commands []string) (string, error) {
	for at, name := range f.names.of {
		if at >= len(commands) {
			return "", fmt.Errorf("-n %q stands before no command", name)
		}
	}
	var params, variants []map[string]any
	var known []string
	var err error
	words := func(line string) []string {
		if line == "" || err != nil {
			return nil
		}
		if f.shell {
			return []string{"/bin/sh", "-c", line}
		}
		var words []string
		words, err = command.Split(line)
		return words
	}
	for i, line := range commands {
		name := cmp.Or(f.names.of[i], command.Brief(line))
		if line == "" {
			return "", fmt.Errorf("command %d is empty", i+1)
		}
		if slices.Contains(known, name) {
			return "", fmt.Errorf("two commands are called %q; name them apart with -n", name)
		}
		known = append(known, name)
		variants = append(variants, map[string]any{
			"name": name, "command": words(line), "prepare": words(f.prepare), "cleanup": words(f.cleanup), "env": f.env,
		})
	}
	for _, sweep := range f.sweeps {
		name, values, ok := strings.Cut(sweep, "=")
		if !ok || name == "" || slices.Contains(strings.Split(values, ","), "") {
			return "", fmt.Errorf("--sweep %q: write it as name=1,2,4", sweep)
		}
		if !slices.ContainsFunc(commands, func(line string) bool { return slices.Contains(command.Names(line), name) }) {
			return "", fmt.Errorf("--sweep %s: no command has {%s}", sweep, name)
		}
		params = append(params, map[string]any{"name": name, "values": typed(strings.Split(values, ","))})
	}
	answer := map[string]any{}
	file, isFile := strings.CutPrefix(f.answer, "file:")
	switch {
	case isFile && file == "":
		return "", errors.New("--answer file: names no file; write it as file:PATH")
	case isFile:
		answer["file"] = file
	case f.answer == "none":
		answer["none"] = true
	case f.answer == "sorted":
		answer["lines"] = "sorted"
	default:
		if _, e := regexp.Compile(f.answer); e != nil {
			return "", fmt.Errorf("--answer %q is no regular expression: %w; there are also sorted, file:PATH and none", f.answer, e)
		}
		answer["pattern"] = f.answer
	}
	if f.timeout <= 0 {
		return "", fmt.Errorf("--timeout %v: it must be more than nothing, such as 10s", f.timeout)
	}
	if err != nil {
		return "", err
	}
	text, err := toml.Marshal(map[string]any{
		"id": "compare", "title": "Commands compared", "deadline": f.timeout.String(), "answer": answer, "param": params, "variant": variants,
	})
	return string(text), err
}

// typed makes numbers of values where all of them are.
func typed(texts []string) []any {
	ints, floats, words := make([]any, 0, len(texts)), make([]any, 0, len(texts)), make([]any, 0, len(texts))
	for _, text := range texts {
		words = append(words, text)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
			ints = append(ints, n)
		}
		if x, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) {
			floats = append(floats, x)
		}
	}
	for _, all := range [][]any{ints, floats} {
		if len(all) == len(texts) {
			return all
		}
	}
	return words
}
