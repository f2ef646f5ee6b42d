package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/command"
	"tandem/runner/model"
	"tandem/runner/sample"
	"tandem/runner/trial"
)

// programs are what the commands of a run stand for.
type programs struct {
	child  string            // runs a command, see command.Main; empty where no pair needs it
	folder string            // where what `go run` would have built is; empty: nothing was
	real   map[string]string // paths of executables, by folder and name
	built  map[string]bool   // by folder and command
}

// findPrograms builds what the plan's commands need, and finds all of them.
func (s *Session) findPrograms(ctx context.Context, m *model.Manifest) error {
	s.programs = programs{real: map[string]string{}, built: map[string]bool{}}
	for _, c := range m.Plan {
		p := catalog.Find(s.pairs, c.Pair)
		v := p.Variant(c.Side, c.Variant)
		if len(v.Command) == 0 || lacks(v, s.runtimes[c.Runtime]) != "" {
			continue
		}
		if s.programs.child == "" {
			var err error
			if s.programs.child, err = s.project.BuildCommand(ctx); err != nil {
				return err
			}
		}
		dir := p.Dir(v)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usageError{fmt.Errorf("variant %q: there is no folder %s to run in (cwd)", v.Name, dir)}
		}
		if len(v.Build) > 0 {
			if err := s.make(ctx, v.Build, dir, v.Env); err != nil {
				return fmt.Errorf("variant %q: %w", v.Name, err)
			}
		}
		for _, words := range [][]string{v.Command, v.Prepare, v.Cleanup} {
			if len(words) == 0 {
				continue
			}
			_, warning, err := s.words(ctx, p, v, p.Words(words, c.Params))
			if err != nil {
				return fmt.Errorf("variant %q: %w", v.Name, err)
			}
			if warning != "" && !slices.Contains(m.Warnings, warning) {
				m.Warnings = append(m.Warnings, warning)
				s.progress.Note("%s", warning)
			}
		}
	}
	return s.sumPrograms(m)
}

// make runs a build, once.
func (s *Session) make(ctx context.Context, words []string, dir string, env []string) error {
	key := dir + "\x00" + strings.Join(words, "\x00")
	if s.programs.built[key] {
		return nil
	}
	s.programs.built[key] = true
	return command.Build(ctx, words, dir, env)
}

// words are a command that can be executed. Its errors are the user's, but for
// what does not build.
func (s *Session) words(ctx context.Context, p *catalog.Pair, v *catalog.Variant, argv []string) (_ []string, warning string, err error) {
	dir := p.Dir(v)
	if build, run, ok := command.GoRun(argv, ""); ok {
		if s.programs.folder == "" {
			if s.programs.folder, err = os.MkdirTemp("", "tandem-built-"); err != nil {
				return nil, "", err
			}
		}
		sum := sha256.Sum256([]byte(dir + "\x00" + strings.Join(build, "\x00")))
		path := filepath.Join(s.programs.folder, hex.EncodeToString(sum[:8]))
		build, run, _ = command.GoRun(argv, path)
		return run, "", s.make(ctx, build, dir, v.Env)
	}
	key := dir + "\x00" + argv[0]
	if real := s.programs.real[key]; real != "" {
		return append([]string{real}, argv[1:]...), "", nil
	}
	found, warning, err := command.Find(ctx, argv, dir)
	if err != nil {
		return nil, "", usageError{err}
	}
	s.programs.real[key] = found[0]
	return found, warning, nil
}

// command runs a cell that is a command, and what goes before and after it.
func (s *Session) command(ctx context.Context, p *catalog.Pair, v *catalog.Variant, c model.Cell, trace bool) (trial.Outcome, sample.Usage) {
	env := environ(append(s.scratch.Environ(), p.Words(v.Env, c.Params)...))
	run := func(program command.Program, obs trial.Observer) trial.Outcome {
		argv, _, err := s.words(ctx, p, v, program.Argv)
		if err != nil {
			return trial.Outcome{Status: model.Crashed, Message: err.Error(), StartedAt: time.Now()}
		}
		program.Argv = argv
		spec := trial.Spec{
			Argv: []string{s.programs.child}, Env: env, Dir: p.Dir(v), Deadline: time.Duration(p.Deadline),
			Request: trial.Request{Topic: c.Pair, Variant: c.Variant, Params: map[string]any{"program": program}},
		}
		if v.Protocol != "" && obs != nil {
			spec.Argv, spec.Request.Params, spec.Request.Trace = argv, c.Params, trace
		}
		out := s.children.Run(ctx, spec, obs)
		switch out.Status {
		case model.Crashed:
			if !strings.Contains(out.Message, "; it printed ") { // which says it already
				out.Message += lastLines(out.Log)
			}
		case model.Timeout:
			out.Message = strings.Replace(out.Message, "the pair's deadline", "the pair's deadline (deadline in pair.toml, --timeout of tandem compare)", 1)
		}
		return out
	}
	aside := func(words []string) trial.Outcome {
		if len(words) == 0 {
			return trial.Outcome{Status: model.OK}
		}
		return run(command.Program{Argv: p.Words(words, c.Params), Answer: command.Answer{None: true}}, nil)
	}
	defer func() {
		if err := s.scratch.Clear(); err != nil {
			s.progress.Note("removing what a trial left: %v", err)
		}
	}()
	if out := aside(v.Prepare); out.Status != model.OK {
		out.Message = "prepare: " + out.Message
		return out, sample.Usage{}
	}
	out := run(p.Program(v, c.Params), s.watch)
	used := s.watch.Result(sample.Total(out.Usage), out.Wall)
	if p.Answer.None {
		out.Answer = ""
	}
	if v.Protocol == "" { // the child is not the program
		out.Startup = time.Duration(out.Metrics[command.Startup])
		delete(out.Metrics, command.Startup)
		without(&used, command.Take(out.Metrics))
	}
	if after := aside(v.Cleanup); after.Status != model.OK && out.Status == model.OK {
		out.Status, out.Message = after.Status, "cleanup: "+after.Message
	}
	return out, used
}

// unseen is less memory than a process has, in bytes: the child's own, read twice.
const unseen = 256 << 10

// without leaves what the child itself used out of the figures.
func without(used *sample.Usage, child command.Share) {
	used.User = max(0, used.User-child.User)
	used.Sys = max(0, used.Sys-child.Sys)
	used.Voluntary = max(0, used.Voluntary-child.Voluntary)
	used.Involuntary = max(0, used.Involuntary-child.Involuntary)
	used.PeakRSS, used.PeakPSS = max(0, used.PeakRSS-child.Memory), max(0, used.PeakPSS-child.Memory)
	switch {
	case child.ProgramsPeak == 0 && used.PeakRSS < unseen:
		used.PeakRSS, used.PeakPSS = 0, 0
		used.Methods["rss"] = fmt.Sprintf("none: gone too fast to be seen, and less than the %.1f MB that the kernel says of all that the child starts", float64(child.ProgramsLeast)/1e6)
	case used.PeakRSS <= child.ProgramsPeak: // one process, or none that was seen
		used.PeakRSS, used.PeakPSS = child.ProgramsPeak, 0
		used.Methods["rss"] = "wait4 of the largest process"
	}
	used.PeakThreads = max(1, used.PeakThreads-int(child.Threads))
	for i := range used.Samples.RSS {
		used.Samples.RSS[i] = max(0, used.Samples.RSS[i]-child.Memory)
	}
	for i := range used.Samples.Threads {
		used.Samples.Threads[i] = max(0, used.Samples.Threads[i]-int(child.Threads))
	}
	for _, name := range []string{"cpu", "rss", "threads", "ctx"} {
		if used.Methods[name] != "" && (name != "rss" || used.PeakRSS != child.ProgramsPeak) {
			used.Methods[name] += ", less the share of the child that starts the command"
		}
	}
}

// environ is the user's environment with some settings in the place of what
// stood there.
func environ(settings []string) []string {
	env := os.Environ()
	for _, set := range settings {
		name, _, _ := strings.Cut(set, "=")
		env = slices.DeleteFunc(env, func(old string) bool { return strings.HasPrefix(old, name+"=") })
	}
	return append(env, settings...)
}

// lastLines quotes the end of what a program printed.
func lastLines(log string) string {
	const most, width = 5, 400
	lines := strings.Split(strings.TrimSpace(log), "\n")
	text := strings.Join(lines[max(0, len(lines)-most):], " | ")
	if text == "" {
		return "; it printed nothing"
	}
	if len(text) > width {
		text = "..." + strings.ToValidUTF8(text[len(text)-width:], "")
	}
	return "; it printed last: " + text
}

// sumPrograms makes sure that what a run's own pairs execute is what it began with.
func (s *Session) sumPrograms(m *model.Manifest) error {
	for i := range m.Pairs {
		at := slices.IndexFunc(s.pairs, func(p *catalog.Pair) bool { return p.Folder != "" && p.Text == m.Pairs[i].Text })
		if at < 0 {
			continue // none of the plan's
		}
		sum, err := sumOf(s.pairs[at])
		if err != nil {
			return fmt.Errorf("reading what will be measured: %w", err)
		}
		if m.Pairs[i].Sum != "" && m.Pairs[i].Sum != sum {
			return fmt.Errorf("going on with %s: the programs that it measures have changed since; start a new run", m.ID)
		}
		m.Pairs[i].Sum = sum
	}
	return nil
}

// sumOf has the SHA-256 of the files of a pair's folder that its commands name.
func sumOf(p *catalog.Pair) (string, error) {
	sum := sha256.New()
	for i := range p.Variants {
		v := &p.Variants[i]
		for _, name := range slices.Concat(v.Command, v.Sources) {
			path := filepath.Join(p.Dir(v), name)
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
				continue
			}
			f, err := os.Open(path)
			if err != nil {
				continue // it may be executed and not read
			}
			fmt.Fprintln(sum, name)
			_, err = io.Copy(sum, f)
			f.Close()
			if err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
