package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/cgroup"
	"tandem/runner/plan"
	"tandem/runner/quiet"
	"tandem/runner/sample"
	"tandem/runner/scratch"
	"tandem/runner/site"
	"tandem/runner/store"
	"tandem/runner/summary"
	"tandem/runner/trial"
)

// sampleEvery is how often the cores and the tree are read during a trial.
const sampleEvery = 20 * time.Millisecond

// A session is one run under way.
type session struct {
	project  project
	pairs    map[string]*catalog.Pair
	runtimes map[string]store.Runtime
	limit    limit

	run      *store.Run
	manifest store.Manifest
	group    *cgroup.Group // nil where none can be made
	children *trial.Supervisor
	watch    *sample.Watcher
	scratch  *scratch.Folders
	gate     quiet.Gate
	quiet    bool       // the machine was, while the last trial ran
	site     *site.Site // nil where no pair needs it
	urls     []string   // the user's own list, nil: the site's

	answers  map[string]reference
	journal  map[string]*history // by cell
	progress *progress
}

// A reference is the answer that others are held against, and whose it is.
type reference struct{ answer, from string }

// A history is what the journal holds of one cell.
type history struct {
	done  map[int]bool // rounds that are not to be run again
	walls []float64    // seconds, of the measured rounds that were ok and undisturbed
	bad   int          // trials that failed
	over  bool         // not to be tried again in this run
}

// newSession prepares a run from the command line: everything that can be
// wrong with it is found before anything is measured.
func newSession(ctx context.Context, p project, f *runFlags, args []string, stderr io.Writer) (*session, error) {
	pairs, err := selectPairs(args)
	if err != nil {
		return nil, err
	}
	urls, err := f.urlList()
	if err != nil {
		return nil, err
	}
	found, err := f.runtimes(ctx, p)
	if err != nil {
		return nil, err
	}
	params := f.params
	if urls != nil {
		params = append(slices.Clone(params), fmt.Sprintf("urls=%d", len(urls)))
	}
	cells, err := plan.Build(plan.Selection{
		Pairs: pairs, Profile: f.profile, Sides: f.sides(), Variants: f.variants, Runtimes: found, Set: params,
	})
	if err != nil {
		return nil, usageError{err}
	}
	if err := checkCalibrate(pairs, f); err != nil {
		return nil, err
	}
	now := time.Now()
	m := store.Manifest{
		ID:     store.NewID(now, f.seed),
		Tandem: version(), Command: append([]string{"tandem"}, os.Args[1:]...), CreatedAt: now,
		Profile: f.profile, Seed: f.seed, Plan: cells, Runtimes: found, URLs: urls, Trace: f.trace,
		Env: settings(),
	}
	if m.Sources, err = p.sources(); err != nil {
		return nil, err
	}
	s := &session{project: p, urls: urls}
	if err := s.prepare(ctx, &m, f, stderr); err != nil {
		return nil, err
	}
	if err := s.calibrate(ctx, &m, f.calibrate); err != nil {
		s.close()
		return nil, err
	}
	dir := f.out
	if dir == "" {
		dir = p.run(m.ID)
	}
	if s.run, err = store.Create(dir, m); err != nil {
		s.close()
		return nil, err
	}
	s.take(m)
	if f.out == "" {
		if err := store.Latest(p.results(), m.ID); err != nil {
			fmt.Fprintf(stderr, "tandem: %v\n", err)
		}
	}
	return s, nil
}

// resumeSession takes up a run where its journal ends.
func resumeSession(ctx context.Context, p project, f *runFlags, stderr io.Writer) (*session, error) {
	run, err := store.Open(p.run(f.resume))
	if err != nil {
		return nil, err
	}
	m := run.Manifest()
	if f.rounds == 0 {
		f.rounds = m.FixedRounds
	}
	f.profile = m.Profile
	now, err := p.sources()
	if err == nil && !maps.Equal(now, m.Sources) {
		err = fmt.Errorf("going on with %s: the code that it measures has changed since; start a new run", m.ID)
	}
	if err != nil {
		return nil, errors.Join(err, run.Close())
	}
	m.Resumed = append(m.Resumed, time.Now())
	s := &session{project: p, run: run, urls: m.URLs}
	if err := s.prepare(ctx, &m, f, stderr); err != nil {
		return nil, err
	}
	s.take(m)
	for _, t := range run.Trials() {
		s.remember(t)
	}
	return s, nil
}

// prepare sets up what every trial needs, and notes the machine in m.
func (s *session) prepare(ctx context.Context, m *store.Manifest, f *runFlags, stderr io.Writer) (err error) {
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	all, err := catalog.All()
	if err != nil {
		return err
	}
	s.pairs = map[string]*catalog.Pair{}
	for _, p := range all {
		s.pairs[p.ID] = p
	}
	s.runtimes = map[string]store.Runtime{}
	for _, r := range m.Runtimes {
		s.runtimes[r.ID] = r
		if r.Side == catalog.Go {
			if _, err := s.project.buildPairs(ctx); err != nil {
				return err
			}
		}
	}
	s.limit = limits[m.Profile]
	measured := map[string]bool{}
	for _, c := range m.Plan {
		measured[c.Pair] = true
	}
	s.limit.budget = min(s.limit.budget, time.Duration(len(measured))*s.limit.pair)
	if f.budget > 0 {
		s.limit.budget, s.limit.firm = f.budget, true
	}
	if f.rounds > 0 {
		s.limit.stop = plan.Stop{MinRounds: f.rounds, MaxRounds: f.rounds}
		if f.budget == 0 {
			s.limit.budget = 0 // the user said how much; take the time it needs
		}
		m.FixedRounds = f.rounds
	}
	m.Rounds, m.Budget, m.StopWidth = s.limit.stop.MaxRounds, s.limit.budget.String(), s.limit.stop.Width

	m.Warnings = nil
	if s.group, err = cgroup.New("run"); err != nil {
		m.Warnings = append(m.Warnings, fmt.Sprintf("no control group: %v; CPU time is what the kernel accounts to processes as they end", err))
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding tandem's own binary for the guard: %w", err)
	}
	if s.children, err = trial.New(trial.Options{Group: s.group, Guard: guardArgv(self)}); err != nil {
		return err
	}
	if s.watch, err = sample.New(sampleEvery, s.group); err != nil {
		return err
	}
	if s.scratch, err = scratch.New(); err != nil {
		return err
	}
	s.gate = quiet.Gate{Window: 50 * time.Millisecond, Limit: summary.MostForeign, MaxWait: f.patience}
	if m.Machine, err = machine(ctx, s.group); err != nil {
		return err
	}
	if s.urls == nil && slices.ContainsFunc(m.Plan, func(c store.Cell) bool { return s.needs(c, "site") }) {
		if s.site, err = site.Start(site.Options{}); err != nil {
			return err
		}
	}
	s.progress = newProgress(stderr)
	return nil
}

// take makes m, whose plan is now settled, the session's manifest.
func (s *session) take(m store.Manifest) {
	s.manifest = m
	s.answers = map[string]reference{}
	s.journal = map[string]*history{}
	for _, c := range m.Plan {
		s.journal[c.Key()] = &history{done: map[int]bool{}}
	}
}

// settings are the variables that change what the runtimes do.
func settings() map[string]string {
	found := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if name == "GOMAXPROCS" || name == "GODEBUG" || name == "GOGC" || name == "GOMEMLIMIT" || strings.HasPrefix(name, "PYTHON") {
			found[name] = value
		}
	}
	return found
}

func (s *session) needs(c store.Cell, what string) bool {
	return slices.Contains(s.pairs[c.Pair].Needs, what)
}

// close lets go of everything that prepare made. Nothing it does can lose a
// measurement, so it only reports.
func (s *session) close() {
	if s.progress != nil {
		s.progress.done()
	}
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
	if s.run != nil {
		errs = append(errs, s.run.Close())
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintf(os.Stderr, "tandem: cleaning up: %v\n", err)
	}
}

// measure runs rounds until every pair has seen enough, the budget is spent,
// or the user stops it. Round 0 warms the machine up and is left out of every
// figure.
func (s *session) measure(ctx context.Context) error {
	started := time.Now()
	s.progress.start(s.trialsLeft())
	err := s.rounds(ctx, started)
	s.progress.done()
	s.manifest.EndedAt = time.Now()
	s.manifest.Complete = err == nil
	return errors.Join(err, s.run.UpdateManifest(s.manifest))
}

func (s *session) rounds(ctx context.Context, started time.Time) error {
	for round := 0; round <= s.limit.stop.MaxRounds; round++ {
		if round > 1 && s.overBudget(time.Since(started), round) {
			s.progress.note("the budget of %v is spent after round %d", s.limit.budget, round-1)
			return nil
		}
		cells := s.unsettled(round)
		if len(cells) == 0 {
			continue
		}
		capacity := s.capacity()
		for _, c := range cells {
			if ctx.Err() != nil {
				return errInterrupted
			}
			if err := s.await(ctx); err != nil {
				return err
			}
			t := s.trial(ctx, c, round, capacity)
			s.quiet = t.ForeignCPU <= summary.MostForeign && t.StealCPU <= summary.MostSteal
			if err := s.run.Append(t); err != nil {
				return err
			}
			s.remember(t)
			s.progress.step(t)
			if t.Status == store.Interrupted {
				return errInterrupted
			}
		}
		s.progress.round(round, s.limit.stop.MaxRounds, s.trialsLeft())
	}
	return nil
}

// overBudget says whether a round may no longer begin. The first one always
// runs, for a budget must not make a run that measured nothing; and a default
// budget is stretched by a third for the rounds without which there is no
// interval, and so nothing to read.
func (s *session) overBudget(spent time.Duration, round int) bool {
	budget := s.limit.budget
	if !s.limit.firm && round <= s.limit.stop.MinRounds {
		budget += budget / 3
	}
	return budget > 0 && spent > budget
}

// capacity probes how many cores' worth of work the machine does now. A probe
// is short and a whole round stands on it, so the best of a few counts: what
// none of them finds is not there.
func (s *session) capacity() (best float64) {
	cores := float64(s.manifest.Machine.Cores)
	for range 5 {
		best = max(best, quiet.Capacity(10*time.Millisecond))
		if best >= summary.LeastCapacity*cores {
			break
		}
	}
	return best
}

// await holds the next trial back, within bounds, while others use the machine.
// A trial that was not disturbed has just shown that nobody does.
func (s *session) await(ctx context.Context) error {
	if s.quiet || s.gate.MaxWait == 0 {
		return nil
	}
	_, _, err := s.gate.Wait(ctx)
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// unsettled lists, in the round's order, the cells that the round must still
// run: not those of pairs that have seen enough, of cells that were given up,
// or of trials that the journal already holds.
func (s *session) unsettled(round int) []store.Cell {
	settled := map[string]bool{}
	if round > s.limit.stop.MinRounds {
		walls := map[string][][]float64{}
		for _, c := range s.manifest.Plan {
			if h := s.journal[c.Key()]; !h.over {
				walls[c.Pair] = append(walls[c.Pair], h.walls)
			}
		}
		for pair, groups := range walls {
			settled[pair] = s.limit.stop.Reached(groups)
		}
	}
	warm := map[string]bool{} // pair and runtime
	var cells []store.Cell
	for _, i := range plan.Order(len(s.manifest.Plan), s.manifest.Seed, round) {
		c := s.manifest.Plan[i]
		if round == 0 && !s.pairs[c.Pair].Traced {
			if key := c.Pair + " " + c.Runtime; warm[key] {
				continue
			} else {
				warm[key] = true
			}
		}
		if h := s.journal[c.Key()]; !h.over && !h.done[round] && !settled[c.Pair] {
			cells = append(cells, c)
		}
	}
	return cells
}

// trialsLeft is how many trials are still to come at the most.
func (s *session) trialsLeft() int {
	n := 0
	for round := 0; round <= s.limit.stop.MaxRounds; round++ {
		n += len(s.unsettled(round))
	}
	return n
}

// trial runs one cell once and returns its line of the journal.
func (s *session) trial(ctx context.Context, c store.Cell, round int, capacity float64) store.Trial {
	s.progress.begin(c, round, s.limit.stop.MaxRounds, s.journal[c.Key()].walls)
	// The warm-up's time is in no figure, so it carries the trace: watching
	// who does what moves no median.
	out, used := s.execute(ctx, c, s.manifest.Trace || round == 0)
	t := store.Trial{
		Schema: store.Schema,
		Pair:   c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params,
		Round: round, Status: out.Status, Message: out.Message,
		WallNS: out.Wall.Nanoseconds(), StartupNS: out.Startup.Nanoseconds(),
		Answer: out.Answer, Metrics: out.Metrics, StartedAt: out.StartedAt, Log: out.Log,
		CPUUserNS: used.User.Nanoseconds(), CPUSysNS: used.Sys.Nanoseconds(),
		PeakRSSBytes: used.PeakRSS, PeakThreads: used.PeakThreads,
		CtxVoluntary: used.Voluntary, CtxInvoluntary: used.Involuntary,
		ForeignCPU: used.Foreign, StealCPU: used.Steal, RunnerCPU: used.Runner,
		Methods: used.Methods, Capacity: capacity,
	}
	if t.ForeignCPU < used.ForeignStep {
		t.ForeignCPU = 0 // a trial this short cannot tell it from none
	}
	if out.Wall > 0 {
		t.Parallelism = float64(used.User+used.Sys) / float64(out.Wall)
	}
	if t.Status == store.OK {
		s.judge(&t, c)
	}
	if t.Status == store.OK {
		used.Samples.Events = out.Events
		rel, err := s.run.SaveSamples(t, used.Samples)
		if err != nil {
			s.progress.note("%v", err) // the trial itself is not lost
		}
		t.Samples = rel
	}
	return t
}

// execute runs a cell's child under the sampler's eyes.
func (s *session) execute(ctx context.Context, c store.Cell, trace bool) (trial.Outcome, sample.Usage) {
	pair, r := s.pairs[c.Pair], s.runtimes[c.Runtime]
	v := pair.Variant(c.Side, c.Variant)
	if v.Requires != "" && !r.Packages[v.Requires] {
		why := fmt.Sprintf("%s is not installed for %s; 'make' installs it in the project's own environment", v.Requires, r.Path)
		return trial.Outcome{Status: store.Skipped, Message: why, StartedAt: time.Now()}, sample.Usage{}
	}
	out := s.children.Run(ctx, trial.Spec{
		Argv: s.project.argv(r, v), Env: s.project.environ(append(s.scratch.Environ(), v.Env...)), Dir: s.project.root,
		Request:  trial.Request{Topic: c.Pair, Variant: c.Variant, Params: s.params(c), Trace: trace},
		Deadline: time.Duration(pair.Deadline),
	}, s.watch)
	if err := s.scratch.Clear(); err != nil {
		s.progress.note("removing what a trial left: %v", err)
	}
	return out, s.watch.Result(sample.Total{
		User: out.Usage.User, Sys: out.Usage.Sys,
		Voluntary: out.Usage.Voluntary, Involuntary: out.Usage.Involuntary,
	}, out.Wall)
}

// params are what the child receives: the cell's own, and what the runner adds.
func (s *session) params(c store.Cell) map[string]any {
	params := maps.Clone(c.Params)
	if s.needs(c, "site") {
		params["targets"] = s.targets(c)
	}
	return params
}

func (s *session) targets(c store.Cell) []string {
	if s.urls != nil {
		return s.urls
	}
	faults, _ := c.Params["faults"].(bool)
	return s.site.URLs(int(number(c.Params["urls"])), time.Duration(number(c.Params["latency"])), faults)
}

// number reads a whole number that may have been through JSON.
func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	}
	return 0
}

// judge marks a trial whose answer is not the pair's.
func (s *session) judge(t *store.Trial, c store.Cell) {
	want, from := s.expected(t, c)
	if t.Answer == want {
		return
	}
	t.Status = store.WrongAnswer
	t.Message = fmt.Sprintf("answered %q, but %s says %q", t.Answer, from, want)
}

// expected is the right answer and where it is from: the catalog, the site, or
// else the first trial that answered. Parameters that some variant does not
// read cannot matter to the answer, or the variants could not agree.
func (s *session) expected(t *store.Trial, c store.Cell) (want, from string) {
	pair := s.pairs[c.Pair]
	if want = pair.Expected(c.Params); want != "" {
		return want, "the catalog"
	}
	if s.site != nil && s.needs(c, "site") {
		return s.site.Expected(s.targets(c), time.Duration(number(c.Params["timeout"]))), "the site that was checked"
	}
	common := map[string]any{}
	for name, value := range c.Params {
		if !slices.ContainsFunc(pair.Variants, func(v catalog.Variant) bool { return !v.Reads(name) }) {
			common[name] = value
		}
	}
	key := c.Pair + " " + store.ParamsKey(common)
	ref, ok := s.answers[key]
	if !ok {
		ref = reference{t.Answer, fmt.Sprintf("%s/%s, which answered first,", c.Side, c.Variant)}
		s.answers[key] = ref
	}
	return ref.answer, ref.from
}

// remember takes a trial into account for what is still to run.
func (s *session) remember(t store.Trial) {
	h := s.journal[t.Cell().Key()]
	if h == nil || t.Status == store.Interrupted {
		return
	}
	h.done[t.Round] = true
	switch t.Status {
	case store.OK:
		if t.Round > 0 && !summary.Spoiled(&t, s.pairs[t.Pair], s.manifest.Machine.Cores) {
			h.walls = append(h.walls, float64(t.WallNS)/1e9)
		}
	case store.Skipped, store.Timeout:
		h.over = true // it would be the same, and long, each time
	default:
		h.bad++
		h.over = h.bad >= 2
	}
}
