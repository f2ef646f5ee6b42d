package model

import "encoding/json"

// A Verdict is what a run says of a claim.
type Verdict string

// The verdicts, the clearest first.
const (
	Reproduced   Verdict = "reproduced"    // all of the interval is where the claim says
	Contradicted Verdict = "contradicted"  // all of it is on the other side
	NoDifference Verdict = "no difference" // all of it is within the margin of the bound
	Outdated     Verdict = "outdated"      // fails on the newest runtime, reproduced on an older one
	Inconclusive Verdict = "inconclusive"  // Remedy says what would decide it
	NotTried     Verdict = "not tried"     // this machine or this run has not what it needs; Remedy says what
	OnPaper      Verdict = "on paper"      // history: a source decides, not a run
)

// Verdicts lists all of them in that order.
var Verdicts = []Verdict{Reproduced, Contradicted, NoDifference, Outdated, Inconclusive, NotTried, OnPaper}

// A Judgement is what a run says of one claim: from where it is judged to where
// it is drawn.
type Judgement struct {
	ID           string  // "P1"
	Pair         string  // ID of the pair that tests it
	Says         string  // the claim, in our own words
	Source       Source  // where it stands
	Printed      string  // what the source printed for it, as text; may be empty
	PrintedRatio float64 // the same as a ratio; 0: none
	Note         string  // a settled fact that helps to read it; may be empty
	OnPaper      *Fact   // what decides it where no run does
	// Outcome is that of the newest runtime: of one version the one without a
	// lock, and of several implementations the first (see Runtime.Compare).
	Outcome
	// Runtimes has every runtime that was judged, the newest first; the
	// headline's implementation before others.
	Runtimes []Outcome
	Repeat   string // the command that measures it again; empty on paper
	Figure   string // anchor in the report
}

// An Outcome is what one runtime says of a claim.
type Outcome struct {
	Runtime string // its ID; empty on paper, or where the run has none that fits
	Name    string // what readers call it
	Verdict Verdict
	// Estimate is of the claim's first test, in the units of
	// catalog.Quantities; N == 0: not measured.
	Estimate Estimate
	// Text is Estimate with its unit, for readers.
	Text   string
	Why    string // one sentence, from what was measured
	Remedy string // what would decide it, where nothing does
}

// A Fact is what decides a claim about history: no experiment does.
type Fact struct {
	Fact   string `toml:"fact" json:"fact"`     // what is settled, one or two sentences
	Author string `toml:"author" json:"author"` //
	Title  string `toml:"title" json:"title"`   //
	Year   int    `toml:"year" json:"year"`     //
	Where  string `toml:"where" json:"where"`   // publisher, conference or document
}

type outcomeJSON struct {
	Runtime string   `json:"runtime,omitempty"`
	Verdict Verdict  `json:"verdict"`
	Value   *float64 `json:"value,omitempty"` // of the first test, in the catalog's units
	Lo      *float64 `json:"lo,omitempty"`
	Hi      *float64 `json:"hi,omitempty"`
	Rounds  int      `json:"rounds,omitempty"`
	Why     string   `json:"why"`
	Decide  string   `json:"decide,omitempty"`
}

// MarshalJSON writes the judgement as a row of `tandem claims --json`.
func (j Judgement) MarshalJSON() ([]byte, error) {
	var runtimes []outcomeJSON
	for _, o := range j.Runtimes {
		runtimes = append(runtimes, o.json())
	}
	return json.Marshal(struct {
		ID           string  `json:"id"`
		Pair         string  `json:"pair"`
		Claim        string  `json:"claim"`
		Source       Source  `json:"source"`
		Printed      string  `json:"printed,omitempty"`
		PrintedRatio float64 `json:"printed_ratio,omitempty"`
		outcomeJSON
		Runtimes []outcomeJSON `json:"runtimes,omitempty"`
		Note     string        `json:"note,omitempty"`
		OnPaper  *Fact         `json:"on_paper,omitempty"`
		Repeat   string        `json:"repeat,omitempty"`
		Figure   string        `json:"figure"`
	}{
		j.ID, j.Pair, j.Says, j.Source, j.Printed, j.PrintedRatio, j.json(), runtimes, j.Note, j.OnPaper, j.Repeat, j.Figure,
	})
}

func (o Outcome) json() outcomeJSON {
	out := outcomeJSON{Runtime: o.Runtime, Verdict: o.Verdict, Rounds: o.Estimate.N, Why: o.Why, Decide: o.Remedy}
	if o.Estimate.N > 0 {
		out.Value = &o.Estimate.Value
	}
	if o.Estimate.Interval {
		out.Lo, out.Hi = &o.Estimate.Lo, &o.Estimate.Hi
	}
	return out
}
