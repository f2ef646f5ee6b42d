package main

import (
	_ "embed"
	"errors"
	"fmt"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/cobra"

	"tandem/runner/project"
)

var (
	//go:embed new-pair.txtar
	newPair []byte
	//go:embed new-command.txtar
	newCommands []byte
)

var pairName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func newCommand() *cobra.Command {
	var commands bool
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "make a pair of your own, which works, to be changed",
		Long: `New writes a small pair that runs at once: a file in the catalog, one in Go and one
in Python. With --command it writes a folder of that name instead, whose pair.toml
runs commands in any language.`,
		Example: `  tandem new summing
  tandem new primes --command`,
		Args: exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if !pairName.MatchString(name) {
				return usageError{fmt.Errorf("name %q: it is of small letters, digits and single dashes, such as merge-sort", name)}
			}
			if commands {
				return write(cmd, newCommands, ".", name, "./"+name)
			}
			p, err := project.Find()
			if err != nil {
				return err
			}
			if err := nameable(name, p); err != nil {
				return usageError{err}
			}
			return write(cmd, newPair, p.Root, name, name)
		},
	}
	cmd.Flags().BoolVar(&commands, "command", false, "a folder of commands, here")
	return cmd
}

// nameable says why neither a Go package nor a Python module can have a name.
func nameable(name string, p project.Project) error {
	goName, module := strings.ReplaceAll(name, "-", ""), strings.ReplaceAll(name, "-", "_")
	if token.IsKeyword(goName) || exists(p.Path("go", goName)) {
		return fmt.Errorf("name %q: Go has a word, or Tandem a package, of that name", name)
	}
	const ask = "import sys; sys.exit(sys.argv[1] in getattr(sys, 'stdlib_module_names', ()))"
	if err := exec.Command("python3", "-c", ask, module).Run(); errors.As(err, new(*exec.ExitError)) {
		return fmt.Errorf("name %q: Python's standard library has a module of that name, and imports would find this one", name)
	}
	return nil
}

// write makes the files of a template, none of which may be there.
func write(cmd *cobra.Command, template []byte, dir, name, run string) error {
	text := strings.NewReplacer("@NAME@", name, "@PACKAGE@", strings.ReplaceAll(name, "-", ""), "@MODULE@", strings.ReplaceAll(name, "-", "_")).Replace(string(template))
	files := txtar.Parse([]byte(text))
	for _, f := range files.Files {
		if path := filepath.Join(dir, f.Name); exists(path) {
			return usageError{fmt.Errorf("%s is there already; choose another name", path)}
		}
	}
	if err := txtar.Write(files, dir); err != nil {
		return fmt.Errorf("writing the pair %s: %w", name, err)
	}
	for _, f := range files.Files {
		fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(dir, f.Name))
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "run it: tandem run %s\n", run)
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
