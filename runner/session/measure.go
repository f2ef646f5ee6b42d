package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/quiet"
	"tandem/runner/summary"
)

// A Limit is when a profile has seen enough of a pair.
type Limit struct {
	Least, Most int           // rounds
	First       int           // 0, which warms up
	Width       float64       // see claims.Needs
	Extra       time.Duration // for the rounds after the least, a pair; what one leaves, the next may use
	Busy        time.Duration // the same on a machine that others use, which takes more rounds
}

// limits of the profiles. The least number of rounds is that under which there
// is no interval, and no budget goes below it.
var limits = map[string]Limit{
	catalog.Quick: {Least: model.MinRounds, Most: 20, Width: 0.1, Extra: 700 * time.Millisecond, Busy: 2500 * time.Millisecond},
	catalog.Paper: {Least: model.MinRounds, Most: 30, Width: 0.03, Extra: 50 * time.Second, Busy: 50 * time.Second},
}

// bound settles how much is measured, and notes it in m.
func (s *Session) bound(m *model.Manifest) {
	s.limit = limits[m.Profile]
	if n := s.bounds.Rounds; n > 0 {
		s.limit.Least, s.limit.Most = n, n
	}
	m.FixedRounds, m.Rounds, m.StopWidth = s.bounds.Rounds, s.limit.Most, s.limit.Width
	m.Budget = s.bounds.Budget.String()
}

// Run measures pair after pair until all are narrow enough, the budget is
// spent, or the user stops it.
func (s *Session) Run(ctx context.Context) error {
	err := s.measure(ctx)
	if s.run.Gone() {
		dir, lost := s.run.Rescue()
		if lost == nil {
			s.progress.Note("the run's folder was deleted; what was measured is kept in %s", dir)
		}
		err = errors.Join(err, lost)
	}
	s.manifest.EndedAt = time.Now()
	s.manifest.Complete = err == nil && len(s.unmeasured()) == 0
	return errors.Join(err, s.run.UpdateManifest(s.manifest))
}

// limitOf is when a pair has seen enough.
func (s *Session) limitOf(p *catalog.Pair) Limit {
	l := s.limit
	if p.Rounds > 0 && s.bounds.Rounds == 0 {
		l.Least, l.Most = p.Rounds, p.Rounds
		l.First = map[bool]int{true: 1}[p.Rounds == 1]
	}
	return l
}

func (s *Session) measure(ctx context.Context) error {
	begun := time.Now()
	over := func() bool { return s.bounds.Budget > 0 && time.Since(begun) > s.bounds.Budget }
	var spare time.Duration // for rounds after the least
	for i, p := range s.pairs {
		if i > 0 && over() {
			s.progress.Note("the budget of %v is spent: %d of %d pairs measured; go on with --resume %s", s.bounds.Budget, i, len(s.pairs), s.Dir())
			return nil
		}
		s.progress.Pair(i+1, len(s.pairs), p)
		spare += s.limit.Extra
		used, err := s.pair(ctx, p, func(used time.Duration) bool {
			if s.noise.busy() {
				used -= s.limit.Busy - s.limit.Extra
			}
			return used > spare || over()
		})
		if err != nil {
			return err
		}
		spare = max(0, spare-used)
		s.progress.Measured(p)
	}
	return nil
}

// pair runs a pair's rounds until its intervals are narrow enough. Round 0
// warms the machine up and is left out of every figure. It returns the time
// that the rounds after the least ones took; spent says when that is too much.
func (s *Session) pair(ctx context.Context, p *catalog.Pair, spent func(time.Duration) bool) (extra time.Duration, err error) {
	s.noise = noise{patience: s.bounds.Patience}
	if s.bounds.Patience > 0 {
		s.noise.Tries = len(s.plan(p))
	}
	limit := s.limitOf(p)
	for round := limit.First; round <= limit.Most; round++ {
		begun := time.Now()
		if round > limit.Least && spent(extra) {
			break
		}
		cells := s.due(p, round)
		if err := s.round(ctx, p, cells, round, s.manifest.Trace && round > 0); err != nil {
			return extra, err
		}
		if round > limit.Least {
			if len(cells) == 0 && !s.begun(p, round) {
				break
			}
			extra += time.Since(begun)
		}
	}
	return extra, s.trace(ctx, p)
}

// mostTraces bounds the attempts at a trace that is typical of the rounds.
const mostTraces = 3

// trace runs the cells of a pair whose order is the point once more, and now
// with its events: until one takes as long as the rounds did. Its time is in
// no figure, for to watch who does what takes time too.
func (s *Session) trace(ctx context.Context, p *catalog.Pair) error {
	if !p.Traced || s.manifest.Trace {
		return nil
	}
	for try := range mostTraces {
		if try > 0 && s.noise.busy() {
			break // none will be undisturbed
		}
		rows := s.rows(p, s.limit.Most+1)
		var cells []model.Cell
		for _, r := range rows.Rows() {
			c := r.Cell(p.ID)
			if h := s.cells[c.Key()]; h != nil && !h.over && r.Shown != nil && s.traces(c) < mostTraces && (r.Traced == nil || !r.Typical(r.Traced)) {
				cells = append(cells, c)
			}
		}
		if err := s.round(ctx, p, cells, 0, true); err != nil {
			return err
		}
	}
	return nil
}

// traces counts the attempts at a cell's trace.
func (s *Session) traces(c model.Cell) (n int) {
	for _, t := range s.trials {
		if t.Traced && t.Round == 0 && t.Cell().Key() == c.Key() {
			n++
		}
	}
	return n
}

// round runs some cells of a pair, each once.
func (s *Session) round(ctx context.Context, p *catalog.Pair, cells []model.Cell, round int, traced bool) error {
	if len(cells) == 0 {
		return nil
	}
	capacity := 0.0
	if p.Work != "io" { // work that waits does not need the cores
		capacity = s.capacity()
	}
	for _, c := range cells {
		if err := s.noise.await(ctx, s.gate); err != nil {
			return err
		}
		for again := true; again; {
			if ctx.Err() != nil || s.stopped.Load() {
				return ErrInterrupted
			}
			t := s.trial(ctx, p, c, round, traced, capacity)
			if err := s.run.Append(t); err != nil {
				return err
			}
			s.remember(t)
			s.progress.Ended(&t)
			if t.Status == model.Interrupted {
				return ErrInterrupted
			}
			s.noise.heard(summary.Noisy(&t))
			again = s.noise.Again(s.noise.loud) && t.Status == model.OK && round > 0
		}
	}
	return nil
}

// A noise is how a pair gets on with who else uses the machine: it waits for
// them, within bounds, and tries again what they disturbed.
type noise struct {
	plan.Retry
	patience time.Duration // left, to wait for a quiet machine
	loud     bool          // the last trial was disturbed
	trials   [2]int        // so far: those that were not, and those that were
}

func (n *noise) heard(disturbed bool) {
	n.loud = disturbed
	if disturbed {
		n.trials[1]++
	} else {
		n.trials[0]++
	}
}

// busy says whether others use the machine more often than not.
func (n *noise) busy() bool { return n.trials[1] > n.trials[0] }

// await holds the next trial back, within bounds, while others use the machine.
// A trial that was not disturbed has just shown that nobody does.
func (n *noise) await(ctx context.Context, gate quiet.Gate) error {
	if !n.loud || n.patience <= 0 {
		return nil
	}
	gate.MaxWait = n.patience
	_, waited, err := gate.Wait(ctx)
	n.patience -= waited
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	return err
}

// capacity probes how many cores' worth of work the machine does now. A probe
// is short and a whole round stands on it, so the best of a few counts: what
// none of them finds is not there.
func (s *Session) capacity() (best float64) {
	cores := float64(s.manifest.Machine.Cores)
	for range 3 {
		best = max(best, quiet.Capacity(5*time.Millisecond))
		if best >= summary.LeastCapacity*cores {
			break
		}
	}
	return best
}

// plan is the plan's cells of a pair.
func (s *Session) plan(p *catalog.Pair) []model.Cell {
	return slices.DeleteFunc(slices.Clone(s.manifest.Plan), func(c model.Cell) bool { return c.Pair != p.ID })
}

// due lists, in the round's order, what it must still run of a pair: not cells
// that were given up, nor trials that the journal already holds, nor, after
// the least rounds, what is narrow enough.
func (s *Session) due(p *catalog.Pair, round int) []model.Cell {
	wide := func(model.Cell) bool { return true }
	if round > s.limitOf(p).Least {
		wide = s.wide(p, round)
	}
	warm := map[string]bool{} // runtimes
	cells := s.plan(p)
	var due []model.Cell
	for _, i := range plan.Order(len(cells), s.manifest.Seed, p.ID, round) {
		c := cells[i]
		if round == 0 {
			if warm[c.Runtime] {
				continue
			}
			warm[c.Runtime] = true
		}
		if h := s.cells[c.Key()]; !h.over && !h.done[round] && wide(c) {
			due = append(due, c)
		}
	}
	return due
}

// wide tells the cells that a comparison needs which is not yet narrow enough,
// by the rounds before this one.
func (s *Session) wide(p *catalog.Pair, round int) func(model.Cell) bool {
	if s.bounds.Rounds > 0 {
		return func(model.Cell) bool { return true }
	}
	wanted := map[string]bool{}
	for _, need := range claims.Needs(s.manifest, s.rows(p, round), p, s.limit.Width) {
		if !need.Met() {
			for _, c := range need.Cells {
				wanted[c.Key()] = true
			}
		}
	}
	return func(c model.Cell) bool { return wanted[c.Key()] }
}

// rows summarises a pair by the rounds before one.
func (s *Session) rows(p *catalog.Pair, round int) *summary.Pair {
	m := s.manifest
	m.Plan = s.plan(p)
	var trials []model.Trial
	for _, t := range s.trials {
		if t.Pair == p.ID && t.Round < round {
			trials = append(trials, t)
		}
	}
	return &summary.Of(m, trials, s.pairs).Pairs[0]
}

// begun says whether the journal has a trial of a round, as after a resume.
func (s *Session) begun(p *catalog.Pair, round int) bool {
	return slices.ContainsFunc(s.trials, func(t model.Trial) bool { return t.Pair == p.ID && t.Round == round })
}

// unmeasured are the pairs that lack rounds without which there is no interval.
func (s *Session) unmeasured() (pairs []*catalog.Pair) {
	for _, p := range s.pairs {
		limit := s.limitOf(p)
		for round := limit.First; round <= limit.Least; round++ {
			if len(s.due(p, round)) > 0 {
				pairs = append(pairs, p)
				break
			}
		}
	}
	return pairs
}

// remember takes a trial into account for what is still to run.
func (s *Session) remember(t model.Trial) {
	h := s.cells[t.Cell().Key()]
	if h == nil || t.Status == model.Interrupted {
		return
	}
	s.trials = append(s.trials, t)
	h.done[t.Round] = true
	switch t.Status {
	case model.OK:
		if t.Round > 0 {
			h.times = append(h.times, time.Duration(t.WallNS))
		}
	case model.Skipped, model.Timeout:
		h.over = true // it would be the same, and long, each time
	default:
		h.bad++
		h.over = h.bad >= 2
	}
}
