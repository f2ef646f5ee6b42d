// Package session is one run: it measures pair after pair and keeps what it
// measured.
//
// Its one decision: a pair is finished before the next begins, and nothing
// measured is lost. Whatever ends a run - its last pair, Ctrl-C, a full disk, a
// crash - what was journaled until then is a valid run, and most of its pairs
// are whole.
package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/cgroup"
	"tandem/runner/machine"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/project"
	"tandem/runner/quiet"
	"tandem/runner/sample"
	"tandem/runner/scratch"
	"tandem/runner/site"
	"tandem/runner/store"
	"tandem/runner/summary"
	"tandem/runner/trial"
)

// ErrInterrupted is the error of a run that the user stopped.
var ErrInterrupted = errors.New("interrupted")

// sampleEvery is how often the cores and the tree are read during a trial.
const sampleEvery = 20 * time.Millisecond

// Options are what a run shall be.
type Options struct {
	Plan      plan.Selection
	Catalog   []*catalog.Pair // every pair that there is, in the order in which they are measured
	Seed      uint64
	Calibrate time.Duration // 0: each language does the same work
	URLs      []string      // the user's own list; nil: the site's
	Trace     bool          // events in every round, not in trials of their own
	Folder    string        // where the run is kept; empty: below the project's results
	Tandem    string        // version of the program
	Command   []string      // what the user typed
	Build     project.Build // the Go side, where the plan has it
	Bounds
}

// Bounds are what a run may take. They may change when it is resumed.
type Bounds struct {
	Rounds   int           // just this many; 0: until the intervals are narrow enough
	Budget   time.Duration // begin no pair and no further round after it; 0: what the profile has
	Patience time.Duration // how long a pair may wait for a quiet machine in all
	Guard    []string      // see trial.Options
}

// A Progress is told how a run gets on. Every call comes from the goroutine
// that measures, between trials, and delays the next one.
type Progress interface {
	Pair(at, of int, p *catalog.Pair)                             // a pair begins; at counts from 1
	Trial(c model.Cell, round, rounds int, times []time.Duration) // a trial begins; times are those before it
	Ended(t *model.Trial)
	Measured(p *catalog.Pair) // a pair is as finished as this run makes it
	Note(format string, args ...any)
}

// A Session is one run under way.
type Session struct {
	project  project.Project
	progress Progress
	pairs    []*catalog.Pair // in the order in which they are measured
	runtimes map[string]model.Runtime
	limit    Limit
	bounds   Bounds
	build    project.Build

	run      *store.Run
	manifest model.Manifest
	trials   []model.Trial // the journal
	cells    map[string]*cell

	group    *cgroup.Group // nil where none can be made
	children *trial.Supervisor
	watch    *sample.Watcher
	scratch  *scratch.Folders
	gate     quiet.Gate
	site     *site.Site // nil where no pair needs it
	noise    noise
	programs programs
	stopped  atomic.Bool
}

// A cell is what the journal holds of one of the plan's.
type cell struct {
	done  map[int]bool    // rounds that are not to be run again
	times []time.Duration // of the measured rounds that were ok
	bad   int             // trials that failed
	over  bool            // not to be tried again in this run
}

// New prepares a run: everything that can be wrong with it is found before
// anything is measured. Its errors are the user's where they wrap ErrUsage.
func New(ctx context.Context, p project.Project, o Options, progress Progress) (*Session, error) {
	if o.URLs != nil {
		o.Plan.Set = append(slices.Clone(o.Plan.Set), fmt.Sprintf("urls=%d", len(o.URLs)))
	}
	cells, err := plan.Build(o.Plan)
	if err != nil {
		return nil, usageError{err}
	}
	if err := checkCalibrate(o.Plan.Pairs, o.Calibrate); err != nil {
		return nil, err
	}
	now := time.Now()
	m := model.Manifest{
		ID:     store.NewID(now, o.Seed),
		Tandem: o.Tandem, Command: o.Command, CreatedAt: now,
		Profile: o.Plan.Profile, Seed: o.Seed, Plan: cells, Runtimes: o.Plan.Runtimes, URLs: o.URLs, Trace: o.Trace,
		Env: settings(o.Build),
	}
	if m.Sources, err = p.Sources(); err != nil {
		return nil, err
	}
	for _, own := range o.Plan.Pairs {
		if own.Folder != "" {
			m.Pairs = append(m.Pairs, own.Kept())
		}
	}
	s := &Session{project: p, progress: progress, bounds: o.Bounds, build: o.Build}
	if err := s.prepare(ctx, &m, o.Catalog); err != nil {
		return nil, err
	}
	if err := s.calibrate(ctx, &m, o.Calibrate); err != nil {
		s.Close()
		return nil, err
	}
	dir := o.Folder
	if dir == "" {
		dir = p.Run(m.ID)
	}
	if s.run, err = store.Create(dir, m); err != nil {
		s.Close()
		return nil, err
	}
	s.take(m)
	if o.Folder == "" {
		if err := store.Latest(p.Results(), m.ID); err != nil {
			progress.Note("%v", err)
		}
	}
	return s, nil
}

// Dir is the run's folder.
func (s *Session) Dir() string { return s.run.Dir() }

// Manifest is what the run is.
func (s *Session) Manifest() model.Manifest { return s.manifest }

// Watcher is what sees the trials while they run.
func (s *Session) Watcher() *sample.Watcher { return s.watch }

// Trials are what was measured so far.
func (s *Session) Trials() []model.Trial { return s.trials }

// Stop ends the run after the trial that goes on, as if the user had interrupted
// it then. Any goroutine may call it.
func (s *Session) Stop() { s.stopped.Store(true) }

// prepare sets up what every trial needs, and notes the machine in m.
func (s *Session) prepare(ctx context.Context, m *model.Manifest, pairs []*catalog.Pair) (err error) {
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	m.Warnings = nil
	s.choose(m.Plan, pairs)
	s.runtimes = map[string]model.Runtime{}
	for _, r := range m.Runtimes {
		s.runtimes[r.ID] = r
	}
	s.bound(m)
	if s.build.Warning != "" {
		m.Warnings = append(m.Warnings, s.build.Warning)
		s.progress.Note("%s", s.build.Warning)
	}
	if err := s.findPrograms(ctx, m); err != nil {
		return err
	}
	noGroup := error(nil)
	s.group, noGroup = cgroup.New("run")
	if s.children, err = trial.New(trial.Options{Group: s.group, Guard: s.bounds.Guard}); err != nil {
		return err
	}
	if s.watch, err = sample.New(sampleEvery, s.group); err != nil {
		return err
	}
	if s.scratch, err = scratch.New(); err != nil {
		return err
	}
	s.gate = quiet.Gate{Window: 50 * time.Millisecond, Limit: summary.MostForeign}
	was := m.Machine
	if m.Machine, err = machine.Describe(ctx, s.group); err != nil {
		return err
	}
	if noGroup != nil { // as for any ordinary user: nothing to be warned of
		m.Machine.Cgroup = "none (tandem doctor says why): processor time comes from processes' own clocks"
	}
	if was.Cores > 0 && (was.CPU != m.Machine.CPU || was.Cores != m.Machine.Cores) {
		return fmt.Errorf("going on with %s: it ran on %d cores of %q, and these are %d of %q; start a new run",
			m.ID, was.Cores, was.CPU, m.Machine.Cores, m.Machine.CPU)
	}
	if q := m.Machine.Quota; q > 0 {
		m.Warnings = append(m.Warnings, fmt.Sprintf("a control group allows %.2f cores' worth of time: what uses more is stopped for a while, and times jump", q))
	}
	if m.URLs == nil && slices.ContainsFunc(s.pairs, needsSite) {
		if s.site, err = site.Start(site.Options{}); err != nil {
			return err
		}
	}
	return nil
}

// choose keeps the catalog's pairs that the plan has.
func (s *Session) choose(cells []model.Cell, pairs []*catalog.Pair) {
	for _, p := range pairs {
		if slices.ContainsFunc(cells, func(c model.Cell) bool { return c.Pair == p.ID }) {
			s.pairs = append(s.pairs, p)
		}
	}
}

// take makes m, whose plan is now settled, the session's manifest.
func (s *Session) take(m model.Manifest) {
	s.manifest = m
	s.trials = nil
	s.cells = map[string]*cell{}
	for _, c := range m.Plan {
		s.cells[c.Key()] = &cell{done: map[int]bool{}}
	}
}

func needsSite(p *catalog.Pair) bool { return slices.Contains(p.Needs, "site") }

// Close lets go of everything that prepare made. Nothing it does can lose a
// measurement, so it only reports.
func (s *Session) Close() {
	var errs []error
	if s.site != nil {
		errs = append(errs, s.site.Close())
	}
	if s.children != nil {
		errs = append(errs, s.children.Close())
	}
	if s.watch != nil {
		errs = append(errs, s.watch.Close())
	}
	if s.group != nil {
		errs = append(errs, s.group.Remove())
	}
	if s.scratch != nil {
		errs = append(errs, s.scratch.Close())
	}
	errs = append(errs, os.RemoveAll(s.programs.folder))
	if s.run != nil {
		errs = append(errs, s.run.Close())
	}
	if err := errors.Join(errs...); err != nil {
		s.progress.Note("cleaning up: %v", err)
	}
}

// A usageError is a mistake in what the user asked for.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Is makes errors.Is(err, ErrUsage) true.
func (usageError) Is(target error) bool { return target == ErrUsage }

// ErrUsage marks errors that are mistakes in what the user asked for.
var ErrUsage = errors.New("wrong usage")
