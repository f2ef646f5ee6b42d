package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/runner/answer"
	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/model"
	"tandem/runner/session"
	"tandem/runner/summary"
)

// A Feed is a run's progress as viewers see it. It is a session.Progress: what
// it works out it does between trials, as the terminal does, and while a trial
// runs it only passes on what the run's own watcher has seen anyway.
type Feed struct {
	hub hub

	mu      sync.Mutex // guards all below
	state   state
	session *session.Session
	dir     string        // of the run, which need not be below the results
	seen    time.Duration // the last moment of the cores that was shown

	// These are the measuring goroutine's alone.
	pair       *catalog.Pair
	round      int
	rows       map[string]int // by the cell's key
	neighbours neighbours
}

// What a run may be doing.
const (
	idle      = "idle"
	preparing = "preparing"
	running   = "running"
	ended     = "ended"
)

// A state is all that the live page shows. Events change it: each has the
// fields that are new.
type state struct {
	Phase    string      `json:"phase"`
	Stopping bool        `json:"stopping"` // after the trial that goes on
	Message  string      `json:"message"`  // the last note, or how it ended
	Report   string      `json:"report"`   // its address, once it is written
	Cores    int         `json:"cores"`
	At       int         `json:"at"` // from 1
	Of       int         `json:"of"` // pairs
	Pair     *pairState  `json:"pair"`
	Before   []pairState `json:"before"` // pairs that are measured, without their rows
}

type pairState struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Question string     `json:"question"`
	Source   string     `json:"source"`
	Ask      string     `json:"ask"` // the prediction
	Choices  []string   `json:"choices"`
	Hands    []int      `json:"hands"` // a choice
	Shown    bool       `json:"shown"` // what is measured; not before the prediction is made
	Explain  string     `json:"explain"`
	Rows     []rowState `json:"rows"`
	Now      int        `json:"now"` // the row that runs, -1: none
	Round    int        `json:"round"`
	Rounds   int        `json:"rounds"`
	Answer   string     `json:"answer"` // once it is measured
	outcome  answer.Outcome
	Right    []int    `json:"right"` // the first and the last choice that it leaves
	Votes    string   `json:"votes"` // how the hands fared
	Verdicts []string `json:"verdicts"`
}

type rowState struct {
	key     string  // of its cell
	Side    string  `json:"side"`
	Runtime string  `json:"runtime"`
	Variant string  `json:"variant"`
	Params  string  `json:"params"` // those that are swept
	Dots    []dot   `json:"dots"`
	Median  float64 `json:"median"` // seconds; 0: none yet
	Lo      float64 `json:"lo"`     // 0: no interval yet
	Hi      float64 `json:"hi"`
	Summary string  `json:"summary"` // how sure it is, and against its baseline
}

// A dot is a trial.
type dot struct {
	Seconds float64 `json:"s"`
	Why     string  `json:"why,omitempty"` // it was disturbed, and by what
}

func newFeed() *Feed { return &Feed{state: state{Phase: idle, Before: []pairState{}}} }

// fields are what is new of the state, as a viewer gets it.
type fields map[string]any

// change changes the run's state, or its pair's, just as the viewers do. A
// slice of the state is decoded in place, so none may be somebody else's.
func (f *Feed) change(event string, changed fields) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.apply(event, changed)
}

func (f *Feed) apply(event string, changed fields) {
	text, err := json.Marshal(changed)
	if err == nil {
		var of any = &f.state
		if event == "pair" {
			of = f.state.Pair
		}
		err = json.Unmarshal(text, of)
	}
	if err != nil {
		panic(err) // a field that the state has not: a mistake in this file
	}
	f.hub.send(event, json.RawMessage(text))
}

// join adds a viewer, who gets the whole state first.
func (f *Feed) join() (*viewer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hub.join("state", f.state)
}

// Claim makes the feed that of a run of these pairs, which is about to begin,
// unless another one is under way. Their texts have the run's own numbers. The
// hands are those for the first pair.
func (f *Feed) Claim(pairs []*catalog.Pair, hands []int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Phase == preparing || f.state.Phase == running {
		return errBusy
	}
	f.state = state{Phase: preparing, Of: len(pairs), Before: []pairState{}}
	if len(pairs) > 0 {
		f.state.Pair = describe(pairs[0])
		if len(hands) == len(f.state.Pair.Hands) && len(hands) > 0 {
			f.state.Pair.Hands, f.state.Pair.Shown = hands, slices.Max(hands) > 0
		}
	}
	f.hub.send("state", f.state)
	return nil
}

// Begin says whose progress it is.
func (f *Feed) Begin(s *session.Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.session, f.dir, f.seen, f.pair = s, s.Dir(), 0, nil
	f.apply("run", fields{"phase": running, "cores": s.Watcher().Cores()})
}

// End says that the run is over, and why where that is an error. Its report is
// in the folder dir, if that is not empty.
func (f *Feed) End(dir string, err error) {
	message := "The run is complete."
	switch {
	case errors.Is(err, session.ErrInterrupted):
		message = "The run was stopped. What was measured until then is kept."
	case err != nil && dir != "":
		message = err.Error() + "\nWhat was measured until then is kept."
	case err != nil:
		message = err.Error()
	}
	if f.pair != nil {
		f.summarize() // a pair that is not whole
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.session, f.pair = nil, nil
	f.apply("run", fields{"phase": ended, "message": message, "report": f.report(dir)})
}

// report is the address of the report in the folder dir: of a single pair, at
// that pair.
func (f *Feed) report(dir string) string {
	switch {
	case dir == "":
		return ""
	case f.state.Of == 1 && f.state.Pair != nil:
		return reportOf(dir) + "#" + f.state.Pair.ID
	}
	return reportOf(dir)
}

// final is the address of the report that has taken the live page's place: once
// the run is over and no prediction is open any more.
func (f *Feed) final() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	covered := func(p pairState) bool { return !p.Shown }
	if f.state.Phase != ended || f.state.Pair != nil && covered(*f.state.Pair) || slices.ContainsFunc(f.state.Before, covered) {
		return ""
	}
	return f.state.Report
}

// stop ends the run after the trial that goes on.
func (f *Feed) stop() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.session == nil {
		return errors.New("no run is under way that could be stopped")
	}
	f.session.Stop()
	f.apply("run", fields{"stopping": true})
	return nil
}

// busy says whether a run is under way.
func (f *Feed) busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.Phase == preparing || f.state.Phase == running
}

// Pair shows a pair's question and its rows, with what an earlier part of the
// run measured of them.
func (f *Feed) Pair(at, of int, p *catalog.Pair) {
	f.pair, f.round = p, 0
	f.neighbours.look(0)
	m, table := f.table()
	rows := rowsOf(m, table)
	f.rows = map[string]int{}
	for i, r := range rows {
		f.rows[r.key] = i
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := describe(p.Filled(m.Plan))
	now.Rows = rows
	if last := f.state.Pair; last != nil && last.ID == p.ID { // its question was asked while the run was prepared
		now.Hands, now.Shown = last.Hands, last.Shown
	} else if last != nil && last.Answer != "" {
		last.Rows = []rowState{}
		f.state.Before = append(f.state.Before, *last)
	}
	f.state.Pair, f.state.At, f.state.Of = now, at, of
	f.hub.send("run", fields{"at": at, "of": of, "pair": now, "before": f.state.Before})
}

// Trial says what runs now; with a new round, what the rounds before it say.
func (f *Feed) Trial(c model.Cell, round, rounds int, _ []time.Duration) {
	if f.round > 0 && round != f.round {
		f.summarize()
	}
	f.round = round
	f.change("pair", fields{"now": f.rows[c.Key()], "round": round, "rounds": rounds})
}

// Ended drops a trial's dot into its row.
func (f *Feed) Ended(t *model.Trial) {
	f.sample() // a short trial had no tick of its own
	why, at := f.why(t), f.rows[t.Cell().Key()]
	f.mu.Lock()
	defer f.mu.Unlock()
	f.apply("pair", fields{"now": -1})
	row := &f.state.Pair.Rows[at]
	switch {
	case t.Status == model.Interrupted:
	case t.Status != model.OK:
		row.Summary = fmt.Sprintf("%s: %s", t.Status, t.Message)
		f.hub.send("row", fields{"row": at, "summary": row.Summary})
	case t.Round > 0:
		row.Dots = append(row.Dots, dot{float64(t.WallNS) / 1e9, why})
		f.hub.send("dot", fields{"row": at, "dot": row.Dots[len(row.Dots)-1]})
	}
}

// Measured shows a pair's answer, and how the claims fared.
func (f *Feed) Measured(p *catalog.Pair) {
	f.summarize()
	m, table := f.table()
	verdicts := []string{}
	for _, j := range claims.Judge(m, summary.Summary{Pairs: []summary.Pair{*table}}, []*catalog.Pair{p}) {
		if j.Pair == p.ID && j.Verdict != model.OnPaper && j.Verdict != model.NotTried {
			found := j.Why
			if j.Text != "" {
				found = "Here: " + j.Text
			}
			verdicts = append(verdicts, fmt.Sprintf("%s: %s %s", j.Verdict, j.Says, found))
		}
	}
	right := []int{}
	o, decided := answer.Predicted(m, table, p)
	if decided {
		right = []int{o.First, o.Last}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.state.Pair
	now.Answer, now.Right, now.Verdicts, now.outcome = answer.Sentence(m, table, p), right, verdicts, o
	now.Explain = p.Filled(m.Plan).Predict.Explain
	now.grade()
	f.state.Report = f.report(f.session.Dir())
	f.hub.send("run", fields{"pair": now, "report": f.state.Report})
}

// grade says how the hands fared, once the answer is out.
func (p *pairState) grade() {
	switch {
	case p.Answer == "" || slices.Max(append(p.Hands, 0)) == 0:
		p.Votes = ""
	case len(p.Right) == 0:
		p.Votes = "Nothing that was measured decides the prediction."
	default:
		p.Votes = p.outcome.Votes(p.Choices, p.Hands)
	}
}

// Note shows a line beside the progress.
func (f *Feed) Note(format string, args ...any) {
	f.change("run", fields{"message": fmt.Sprintf(format, args...)})
}

// vote keeps a show of hands: how many for each choice of a pair's prediction.
// They count, however late, until what was measured is shown.
func (f *Feed) vote(id string, hands []int, show bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.state.Pair
	if i := slices.IndexFunc(f.state.Before, func(b pairState) bool { return b.ID == id }); i >= 0 {
		p = &f.state.Before[i]
	}
	switch {
	case p == nil || p.ID != id || len(hands) != len(p.Choices):
		return fmt.Errorf("hands for %q: want a pair of this run, and one number for each of its choices", id)
	case p.Shown && !slices.Equal(hands, p.Hands):
		return fmt.Errorf("what was measured of %s is shown: who votes now does not predict", id)
	}
	p.Hands, p.Shown = hands, p.Shown || show
	p.grade()
	f.hub.send("run", fields{"pair": f.state.Pair, "before": f.state.Before})
	return nil
}

// sample passes on what the run's watcher has seen of the cores since the last
// time. It is called some times a second, and does nothing for nobody.
func (f *Feed) sample() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.session == nil || f.hub.empty() {
		return
	}
	own, other := make([]float64, f.state.Cores), make([]float64, f.state.Cores)
	at, foreign, ok := f.session.Watcher().Latest(f.seen, own, other)
	if ok {
		f.seen = at
		f.hub.send("cores", fields{"own": shares(own), "other": shares(other), "foreign": percent(foreign) / 100})
	}
}

// shares are whole per cents: nobody sees more.
func shares(values []float64) (all []int) {
	for _, v := range values {
		all = append(all, int(percent(v)))
	}
	return all
}

func percent(v float64) float64 { return float64(int(100*v + 0.5)) }

// why names what disturbed a trial; empty where nothing did.
func (f *Feed) why(t *model.Trial) string {
	if t.Status != model.OK || !summary.Disturbed(t, f.pair, f.session.Manifest().Machine.Cores) {
		return ""
	}
	var parts []string
	if t.ForeignCPU > summary.MostForeign {
		text := fmt.Sprintf("other programs used %.2f cores", t.ForeignCPU)
		if who := f.neighbours.look(time.Second); len(who) > 0 {
			text += " (" + strings.Join(who, ", ") + ")"
		}
		parts = append(parts, text)
	}
	if t.StealCPU > summary.MostSteal {
		parts = append(parts, fmt.Sprintf("the hypervisor took %.2f cores", t.StealCPU))
	}
	if len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("the cores did the work of %.2f", t.Capacity))
	}
	return strings.Join(parts, ", ")
}

// summarize puts what the rounds so far say into the rows.
func (f *Feed) summarize() {
	rows := rowsOf(f.table())
	f.mu.Lock()
	defer f.mu.Unlock()
	summaries := make([]fields, len(rows))
	for i, r := range rows {
		rows[i].Dots = f.state.Pair.Rows[i].Dots // with those that were tried again
		summaries[i] = fields{"median": r.Median, "lo": r.Lo, "hi": r.Hi, "summary": r.Summary}
	}
	f.state.Pair.Rows = rows
	f.hub.send("rows", summaries)
}

// table summarises the pair that is measured.
func (f *Feed) table() (model.Manifest, *summary.Pair) {
	m := f.session.Manifest()
	m.Plan = slices.DeleteFunc(slices.Clone(m.Plan), func(c model.Cell) bool { return c.Pair != f.pair.ID })
	trials := slices.DeleteFunc(slices.Clone(f.session.Trials()), func(t model.Trial) bool { return t.Pair != f.pair.ID })
	return m, &summary.Of(m, trials, []*catalog.Pair{f.pair}).Pairs[0]
}

// describe is a pair before anything is measured. It may predict nothing.
func describe(p *catalog.Pair) *pairState {
	choices := append([]string{}, p.Predict.Choices...)
	return &pairState{
		ID: p.ID, Title: p.Title, Question: p.Question, Source: p.Source.String(), Ask: p.Predict.Question,
		Choices: choices, Hands: make([]int, len(choices)), Shown: len(choices) == 0,
		Now: -1, Rows: []rowState{}, Verdicts: []string{}, Right: []int{},
	}
}
