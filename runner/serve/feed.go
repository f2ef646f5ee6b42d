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
	pairs []*catalog.Pair
	hub   hub

	mu      sync.Mutex // guards all below
	state   state
	session *session.Session
	dir     string        // of the run, which need not be below the results
	seen    time.Duration // the last moment of the cores that was shown
	hands   map[string][]int
	outcome answer.Outcome // of the pair that was measured last

	// These are the measuring goroutine's alone.
	pair       *catalog.Pair
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
	Phase    string     `json:"phase"`
	Stopping bool       `json:"stopping"` // after the trial that goes on
	Shown    bool       `json:"shown"`    // what is measured; not before the prediction is made
	Said     string     `json:"said"`     // the last note, or how it ended
	Report   string     `json:"report"`   // its address, once it is written
	Cores    int        `json:"cores"`
	At       int        `json:"at"` // from 1
	Of       int        `json:"of"` // pairs
	Pair     *pairState `json:"pair"`
	Before   []brief    `json:"before"` // pairs that are measured
}

// A brief is what stays of a pair when the next begins.
type brief struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Answer string `json:"answer"`
	Votes  string `json:"votes"`
}

type pairState struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Question string     `json:"question"`
	Source   string     `json:"source"`
	Ask      string     `json:"ask"` // the prediction
	Choices  []string   `json:"choices"`
	Hands    []int      `json:"hands"` // a choice
	Explain  string     `json:"explain"`
	Rows     []rowState `json:"rows"`
	Now      int        `json:"now"` // the row that runs, -1: none
	Round    int        `json:"round"`
	Rounds   int        `json:"rounds"`
	Traced   bool       `json:"traced"` // after the rounds, for the figures of who does what
	Answer   string     `json:"answer"` // once it is measured
	Right    []int      `json:"right"`  // the first and the last choice that it leaves
	Votes    string     `json:"votes"`  // how the hands fared
	Verdicts []string   `json:"verdicts"`
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
	Says    string  `json:"says"` // how sure it is, and against its baseline
}

// A dot is a trial.
type dot struct {
	Seconds float64 `json:"s"`
	Why     string  `json:"why,omitempty"` // it was disturbed, and by what
}

func newFeed(pairs []*catalog.Pair) *Feed {
	return &Feed{pairs: pairs, state: state{Phase: idle, Before: []brief{}}, hands: map[string][]int{}}
}

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
// unless another one is under way. The hands are those for the first pair.
func (f *Feed) Claim(names []string, hands []int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Phase == preparing || f.state.Phase == running {
		return errBusy
	}
	f.state = state{Phase: preparing, Of: len(names), Before: []brief{}, Shown: slices.Max(append(hands, 0)) > 0}
	f.hands = map[string][]int{}
	if len(names) > 0 {
		if p := f.find(names[0]); p != nil {
			if len(hands) == len(p.Predict.Choices) {
				f.hands[p.ID] = hands
			}
			f.state.Pair = f.describe(p.Filled(nil))
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
	said, report := "The run is complete.", ""
	if dir != "" {
		report = reportOf(dir)
	}
	switch {
	case errors.Is(err, session.ErrInterrupted):
		said = "The run was stopped. What was measured until then is kept."
	case err != nil && report != "":
		said = err.Error() + "\nWhat was measured until then is kept."
	case err != nil:
		said = err.Error()
	}
	if f.pair != nil {
		f.tell() // of a pair that is not whole
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.session, f.pair = nil, nil
	f.apply("run", fields{"phase": ended, "said": said, "report": report})
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

// show shows what is measured.
func (f *Feed) show() { f.change("run", fields{"shown": true}) }

// busy says whether a run is under way.
func (f *Feed) busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.Phase == preparing || f.state.Phase == running
}

// Pair shows a pair's question and its rows, with what an earlier part of the
// run measured of them.
func (f *Feed) Pair(at, of int, p *catalog.Pair) {
	f.pair = p
	f.neighbours.look(0)
	m, table := f.table()
	rows := rowsOf(m, table)
	f.rows = map[string]int{}
	for i, r := range rows {
		f.rows[r.key] = i
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.find(p.ID) == nil { // it is a folder's
		f.pairs = append(slices.Clone(f.pairs), p)
	}
	now := f.describe(p.Filled(m.Plan))
	now.Rows, f.state.Pair = rows, now
	f.state.Shown = f.state.Shown || len(now.Choices) == 0
	f.state.At, f.state.Of = at, of
	f.hub.send("run", fields{"at": at, "of": of, "pair": now, "shown": f.state.Shown})
}

// Trial says what runs now; with a new round, what the rounds before it say.
func (f *Feed) Trial(c model.Cell, round, rounds int, times []time.Duration) {
	if last := f.round(); last > 0 && round != last {
		f.tell()
	}
	f.change("pair", fields{"now": f.rows[c.Key()], "round": round, "rounds": rounds, "traced": round == 0 && len(times) > 0})
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
		row.Says = fmt.Sprintf("%s: %s", t.Status, t.Message)
		f.hub.send("row", fields{"row": at, "says": row.Says})
	case t.Round > 0:
		row.Dots = append(row.Dots, dot{float64(t.WallNS) / 1e9, why})
		f.hub.send("dot", fields{"row": at, "dot": row.Dots[len(row.Dots)-1]})
	}
}

// Measured shows a pair's answer, and how the claims fared.
func (f *Feed) Measured(p *catalog.Pair) {
	f.tell()
	m, table := f.table()
	said := answer.Sentence(m, table, p)
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
	f.outcome = o
	f.apply("pair", fields{"answer": said, "verdicts": verdicts, "explain": p.Filled(m.Plan).Predict.Explain, "right": right})
	f.apply("run", fields{"before": append(f.state.Before, brief{ID: p.ID, Title: p.Title, Answer: said}), "report": reportOf(f.session.Dir())})
	f.grade()
}

// grade says how the hands fared, once the answer is out.
func (f *Feed) grade() {
	now, last := f.state.Pair, len(f.state.Before)-1
	if now.Answer == "" || slices.Max(append(now.Hands, 0)) == 0 {
		return
	}
	said := "Nothing that was measured decides the prediction."
	if len(now.Right) > 0 {
		said = f.outcome.Votes(now.Choices, now.Hands)
	}
	f.apply("pair", fields{"votes": said})
	f.state.Before[last].Votes = now.Votes
	f.hub.send("run", fields{"before": f.state.Before})
}

// Note shows a line beside the progress.
func (f *Feed) Note(format string, args ...any) {
	f.change("run", fields{"said": fmt.Sprintf(format, args...)})
}

// vote keeps a show of hands: how many for each choice of a pair's prediction.
func (f *Feed) vote(id string, hands []int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.find(id)
	if p == nil || len(hands) != len(p.Predict.Choices) {
		return fmt.Errorf("hands for %q: want a pair, and one number for each of its choices", id)
	}
	if f.state.Shown && slices.ContainsFunc(f.state.Before, func(b brief) bool { return b.ID == id }) {
		return fmt.Errorf("the answer to %s is out: who votes now does not predict", id)
	}
	f.hands[id] = hands
	if now := f.state.Pair; now != nil && now.ID == id {
		f.apply("pair", fields{"hands": hands})
		f.grade()
	}
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

// tell puts what the rounds so far say into the rows.
func (f *Feed) tell() {
	rows := rowsOf(f.table())
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range rows {
		rows[i].Dots = f.state.Pair.Rows[i].Dots // with those that were tried again
	}
	f.state.Pair.Rows = rows
	said := make([]fields, len(rows))
	for i, r := range rows {
		said[i] = fields{"median": r.Median, "lo": r.Lo, "hi": r.Hi, "says": r.Says}
	}
	f.hub.send("rows", said)
}

// table summarises the pair that is measured.
func (f *Feed) table() (model.Manifest, *summary.Pair) {
	m := f.session.Manifest()
	m.Plan = slices.DeleteFunc(slices.Clone(m.Plan), func(c model.Cell) bool { return c.Pair != f.pair.ID })
	trials := slices.DeleteFunc(slices.Clone(f.session.Trials()), func(t model.Trial) bool { return t.Pair != f.pair.ID })
	return m, &summary.Of(m, trials, []*catalog.Pair{f.pair}).Pairs[0]
}

func (f *Feed) round() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.Pair.Round
}

func (f *Feed) find(id string) *catalog.Pair {
	i := slices.IndexFunc(f.pairs, func(p *catalog.Pair) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return f.pairs[i]
}

// describe is a pair before anything is measured.
func (f *Feed) describe(p *catalog.Pair) *pairState {
	hands := f.hands[p.ID]
	if hands == nil {
		hands = make([]int, len(p.Predict.Choices))
	}
	return &pairState{
		ID: p.ID, Title: p.Title, Question: p.Question, Source: p.Source.String(), Ask: p.Predict.Question,
		Choices: append([]string{}, p.Predict.Choices...), Hands: slices.Clone(hands), Now: -1, Rows: []rowState{}, Verdicts: []string{}, Right: []int{},
	}
}
