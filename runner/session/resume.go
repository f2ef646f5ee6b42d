package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/project"
	"tandem/runner/runtimes"
	"tandem/runner/store"
)

// A Resumption is what the user gives again to go on with a run. What the run's
// own files say is data: it names no program to run and no host to ask.
type Resumption struct {
	Folder  string
	Catalog []*catalog.Pair
	Pythons []string // interpreters to take, beside those that are found
	Gos     []string // toolchains to take, beside the runner's own
	URLs    []string // the user's list, where the run has one
	Bounds
}

// Resume takes up a run where its journal ends.
func Resume(ctx context.Context, p project.Project, o Resumption, progress Progress) (*Session, error) {
	run, err := store.Open(o.Folder)
	if err != nil {
		return nil, err
	}
	m := run.Manifest()
	if o.Rounds == 0 {
		o.Rounds = m.FixedRounds
	}
	s := &Session{project: p, progress: progress, bounds: o.Bounds, run: run}
	if err := s.again(ctx, &m, &o); err != nil {
		s.Close()
		return nil, fmt.Errorf("going on with %s: %w", m.ID, err)
	}
	m.Resumed = append(m.Resumed, time.Now())
	if err := s.prepare(ctx, &m, o.Catalog); err != nil {
		return nil, err
	}
	s.take(m)
	for _, t := range run.Trials() {
		s.remember(t)
	}
	return s, nil
}

// again makes sure that what will be measured is what was measured.
func (s *Session) again(ctx context.Context, m *model.Manifest, o *Resumption) error {
	now, err := s.project.Sources()
	if err != nil {
		return err
	}
	if !maps.Equal(now, m.Sources) {
		return errors.New("the code that it measures has changed since; start a new run")
	}
	for _, own := range m.Pairs {
		if !slices.ContainsFunc(o.Catalog, func(p *catalog.Pair) bool { return p.Folder != "" && p.Text == own.Text }) {
			return usageError{fmt.Errorf("it ran commands of its own (%s); name them again as they were: tandem run FOLDER --resume RUN, or the same tandem compare with --resume RUN", own.Folder)}
		}
	}
	if err := checkPlan(m, o.Catalog); err != nil {
		return err
	}
	switch {
	case m.URLs == nil && o.URLs != nil:
		return usageError{errors.New("--urls: it checked no list; start a new run")}
	case m.URLs != nil && o.URLs == nil:
		return usageError{fmt.Errorf("it checks a list of %d URLs; give the list again with --urls", len(m.URLs))}
	case !slices.Equal(m.URLs, o.URLs):
		return usageError{errors.New("--urls: the list is not the one that it checked; start a new run")}
	}
	found, err := s.lookUp(ctx, m.Runtimes, o.Pythons, o.Gos)
	if err != nil {
		return err
	}
	m.Runtimes = found
	return sameSettings(m.Env, settings(s.build))
}

// checkPlan says which cell the catalog does not have, or would not run.
func checkPlan(m *model.Manifest, pairs []*catalog.Pair) error {
	for _, c := range m.Plan {
		p := catalog.Find(pairs, c.Pair)
		if p == nil || p.Variant(c.Side, c.Variant) == nil {
			return fmt.Errorf("there is no %s %s/%s; start a new run", c.Pair, c.Side, c.Variant)
		}
		if !slices.ContainsFunc(m.Runtimes, func(r model.Runtime) bool { return r.ID == c.Runtime && r.Side == c.Side }) {
			return fmt.Errorf("its plan runs %s %s/%s on %s, which is none of its runtimes; start a new run", c.Pair, c.Side, c.Variant, c.Runtime)
		}
		for name, v := range c.Params {
			q := p.Param(name)
			if q == nil {
				return fmt.Errorf("%s has no parameter %q; start a new run", c.Pair, name)
			}
			if _, err := q.Parse(q.Format(v)); err != nil {
				return fmt.Errorf("%s: %w; start a new run", c.Pair, err)
			}
		}
	}
	return nil
}

// lookUp finds a run's runtimes again: where the user's own PATH, options and
// checkout have them, and nowhere else.
func (s *Session) lookUp(ctx context.Context, wanted []model.Runtime, pythons, gos []string) ([]model.Runtime, error) {
	var named, around []model.Runtime
	if len(pythons) > 0 {
		var err error
		if named, err = runtimes.Pythons(ctx, s.project.Root, pythons); err != nil {
			return nil, usageError{err}
		}
	}
	var found []model.Runtime
	for _, w := range wanted {
		var r model.Runtime
		switch {
		case w.Implementation == model.Command:
			r = w // nothing of it is executed
		case w.Side == catalog.Go:
			name := cmp.Or(w.Toolchain, project.Local)
			if w.Toolchain != "" && !slices.Contains(gos, name) {
				return nil, usageError{fmt.Errorf("it was built by %q too; name it again with --go", name)}
			}
			build, err := s.project.BuildWith(ctx, name)
			if err != nil {
				return nil, err
			}
			if r = runtimes.GoBy(name, build.Path, build.Version, build.Settings, build.Old); r.Version != w.Version {
				return nil, fmt.Errorf("it was measured with Go %s and this is Go %s; start a new run", w.Version, r.Version)
			}
			if w.Build != "" && r.Build != w.Build {
				return nil, fmt.Errorf("Go %s built it with %q, and now with %q; start a new run", w.Version, w.Build, r.Build)
			}
			if s.build.Path == "" {
				s.build = build
			}
		case w.Side == catalog.Python:
			if around == nil {
				if own, err := runtimes.Default(ctx, s.project.Root); err == nil {
					around = append(around, own)
				}
			}
			var ok bool
			if r, ok = s.python(w, &named, around); !ok {
				around, _ = runtimes.Find(ctx, s.project.Root)
				if r, ok = s.python(w, &named, around); !ok {
					return nil, usageError{fmt.Errorf("%s, which was at %s, is none of the Pythons that are found here; name it with --python, or start a new run (tandem doctor lists them)", w.Name(), w.Spec())}
				}
			}
		default:
			return nil, fmt.Errorf("%s is a runtime of an unknown side %q", w.ID, w.Side)
		}
		r.ID, r.Label = w.ID, w.Label // two of one version are told apart
		found = append(found, r)
	}
	return found, nil
}

// python chooses the interpreter that a run had: of those that the user named,
// each once, by what it is; of those found around also by where it is.
func (s *Session) python(w model.Runtime, named *[]model.Runtime, around []model.Runtime) (model.Runtime, bool) {
	like := func(r model.Runtime) bool {
		return r.Implementation == w.Implementation && r.Version == w.Version && r.GIL == w.GIL && r.FreeThreaded == w.FreeThreaded &&
			slices.Equal(r.Args, w.Args) && slices.Equal(r.Env, w.Env)
	}
	there := func(r model.Runtime) bool {
		venv := filepath.Join(".venv", "bin", "python") // of a checkout that was moved
		return r.Path == w.Path || r.Path == s.project.Path(venv) && strings.HasSuffix(w.Path, string(filepath.Separator)+venv)
	}
	both := func(r model.Runtime) bool { return like(r) && there(r) }
	for _, test := range []func(model.Runtime) bool{both, like} {
		if i := slices.IndexFunc(*named, test); i >= 0 {
			r := (*named)[i]
			*named = slices.Delete(*named, i, i+1)
			return r, true
		}
	}
	for _, r := range around {
		if both(r) {
			return r, true
		}
	}
	return model.Runtime{}, false
}

// settings are what changes what the runtimes do: the variables that reach
// them, and how the Go side was built.
func settings(b project.Build) map[string]string {
	found := map[string]string{}
	if b.Settings != "" {
		found["go build"] = b.Settings
	}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		starts := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		switch {
		case name == "PYTHONPATH": // the runner sets its own
		case slices.Contains([]string{"GOMAXPROCS", "GODEBUG", "GOGC", "GOMEMLIMIT", "GOTRACEBACK", "GORACE", "GLIBC_TUNABLES"}, name),
			slices.ContainsFunc([]string{"PYTHON", "PYPY", "LD_", "DYLD_", "MALLOC_"}, starts):
			found[name] = value
		}
	}
	return found
}

// sameSettings says which settings are not what they were.
func sameSettings(was, now map[string]string) error {
	names := slices.Sorted(maps.Keys(was))
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, ok := was[name]; !ok {
			names = append(names, name)
		}
	}
	say := func(settings map[string]string, name string) string {
		if v, ok := settings[name]; ok {
			return fmt.Sprintf("%q", v)
		}
		return "not set"
	}
	var changed []string
	for _, name := range names {
		if before, after := say(was, name), say(now, name); before != after {
			changed = append(changed, fmt.Sprintf("%s was %s and is %s", name, before, after))
		}
	}
	if changed == nil {
		return nil
	}
	return fmt.Errorf("what the runtimes do has changed: %s; set it as it was, or start a new run", strings.Join(changed, ", "))
}
