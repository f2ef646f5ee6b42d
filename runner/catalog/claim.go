package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"tandem/runner/model"
)

// A Claim is a sentence of a source that this pair puts to the test. It has no
// field for a verdict: that comes from a run, or, for what is settled history,
// from OnPaper being there.
type Claim struct {
	ID     string       `toml:"id"`     // "P1": one letter a source; "P6b" is a part of one
	Says   string       `toml:"says"`   // the claim in our words, one sentence
	Source model.Source `toml:"source"` // where it stands; left out: where the pair comes from
	// Printed is what the source printed for it, as text; may be empty.
	Printed string `toml:"printed"`
	// PrintedRatio is the same as the first test's ratio; 0: it printed none.
	PrintedRatio float64 `toml:"printed_ratio"`
	// Runtime restricts the claim to runtimes that have all of these: an
	// implementation ("cpython", "pypy", "jython", "gc"), "gil=true" or "gil=false",
	// and of those left "oldest" or "newest". Empty: all of the side.
	Runtime []string `toml:"runtime"`
	// Needs is what to add to `tandem run` where such a runtime, or a
	// variant, is not part of a run by default ("--python pypy3").
	Needs string `toml:"needs"`
	// Formerly is a variant ("side/name") that makes today's runtime do what
	// an older one did. A claim whose tests fail, and hold for that variant,
	// is outdated.
	Formerly string `toml:"formerly"`
	// Note is a settled fact that helps to read the verdict, with its source.
	Note string `toml:"note"`

	Tests   []Test      `toml:"test"` // the claim holds where all of them do
	OnPaper *model.Fact `toml:"on_paper"`
}

// A Test is what must be measured for a claim to hold.
type Test struct {
	// Measure is one of Quantities, or "metric:" and a metric's name.
	Measure string `toml:"measure"`
	Of      string `toml:"of"` // "side/variant"
	// Against is another "side/variant": the test is of the ratio of the
	// two, paired by round. Empty: of Of's own number, in the units of
	// Quantities.
	Against string `toml:"against"`
	// AgainstMeasure is what is measured of Against where it is something
	// else than of Of.
	AgainstMeasure string `toml:"against_measure"`
	// At picks the point of a sweep, by values or by Least and Most of those
	// that were run; AgainstAt that of Against where it is another one. Left
	// out: the first point that has both.
	At        map[string]any `toml:"at"`
	AgainstAt map[string]any `toml:"against_at"`

	Is string `toml:"is"` // Above, Below or Equal
	// Bound is never nil once loaded; left out: 1.
	Bound *float64 `toml:"bound"`
	// Margin is how far from the bound counts as no difference: 0.1 is
	// everything from bound/1.1 to bound*1.1, so that turning a ratio round
	// changes nothing. Never nil once loaded; left out: DefaultMargin.
	Margin *float64 `toml:"margin"`
	// Exact is for what a runtime states of itself: every round must say
	// the same, and then one is enough. It has no margin.
	Exact bool `toml:"exact"`
	// Steady is for what others on the machine do not change, such as the
	// bytes of a stack, or can only hide: disturbed rounds count as much.
	Steady bool `toml:"steady"`
}

// What a test can say of a number and its bound.
const (
	Above = "above"
	Below = "below"
	Equal = "equal"
)

// What a point can say instead of a number: the end of whatever was swept.
const (
	Least = "least"
	Most  = "most"
)

// DefaultMargin is the relative difference that counts as none where a test
// does not say.
const DefaultMargin = 0.1

// Quantities are what is measured of every trial, beside its own metrics:
// seconds for wall, startup, whole (both) and cpu; cores for parallelism; bytes for peak_rss;
// counts for the others.
var Quantities = []string{"wall", "startup", "whole", "cpu", "parallelism", "peak_rss", "peak_threads", "switches"}

var claimID = regexp.MustCompile(`^[A-Z][1-9][0-9]*[a-z]?$`)

// checkClaims says what is wrong with the pair's claims, and fills in what they
// leave out.
func (p *Pair) checkClaims() error {
	seen := map[string]bool{}
	for i := range p.Claims {
		c := &p.Claims[i]
		if !claimID.MatchString(c.ID) {
			return fmt.Errorf("claim %q: an id is a letter and a number, such as \"P1\" or \"P6b\"", c.ID)
		}
		if seen[c.ID] {
			return fmt.Errorf("claim %s stands there twice", c.ID)
		}
		seen[c.ID] = true
		if c.Source == (model.Source{}) {
			c.Source = p.Source
		}
		if err := c.check(p); err != nil {
			return fmt.Errorf("claim %s: %w", c.ID, err)
		}
	}
	return nil
}

func (c *Claim) check(p *Pair) error {
	switch {
	case c.Says == "":
		return errors.New("says is missing: the claim in our words")
	case c.Source.Document == "" || c.Source.Section == "" && c.Source.Figure == "":
		return errors.New("source is missing: the document, and the section or the figure in it")
	case len(c.Tests) > 0 && c.OnPaper != nil:
		return errors.New("it has both a test and an on_paper; what can be measured is")
	case len(c.Tests) == 0 && c.OnPaper == nil:
		return errors.New("it has neither a [[claim.test]] nor an on_paper")
	case c.OnPaper != nil && (len(c.Runtime) > 0 || c.Needs != "" || c.Formerly != ""):
		return errors.New("runtime, needs and formerly are for tests; on paper nothing runs")
	case c.Formerly != "" && p.VariantOf(c.Formerly) == nil:
		return fmt.Errorf("formerly is %q, which is no variant; write it as side/name", c.Formerly)
	case c.PrintedRatio < 0 || math.IsNaN(c.PrintedRatio) || math.IsInf(c.PrintedRatio, 0):
		return fmt.Errorf("printed_ratio is %v, which is no ratio", c.PrintedRatio)
	case c.PrintedRatio != 0 && (len(c.Tests) == 0 || c.Tests[0].Against == ""):
		return errors.New("printed_ratio needs a first test that is a ratio too (against)")
	}
	if f := c.OnPaper; f != nil && (f.Fact == "" || f.Author == "" || f.Title == "" || f.Year == 0 || f.Where == "") {
		return errors.New("on_paper needs all of fact, author, title, year and where")
	}
	if err := checkRuntime(c.Runtime); err != nil {
		return err
	}
	for i := range c.Tests {
		if err := c.Tests[i].check(p); err != nil {
			return fmt.Errorf("test %d: %w", i+1, err)
		}
	}
	return nil
}

// checkContrasts says what is wrong with what the answer is made of, and fills in
// what is left out.
func (p *Pair) checkContrasts() error {
	for i := range p.Contrasts {
		if err := p.Contrasts[i].check(p); err != nil {
			return fmt.Errorf("contrast %d: %w", i+1, err)
		}
	}
	for i := range p.Figures {
		if err := p.Figures[i].check(p); err != nil {
			return fmt.Errorf("figure %d: %w", i+1, err)
		}
	}
	q := &p.Predict
	if len(q.Bounds) == 0 {
		return nil
	}
	if len(q.Bounds) != len(q.Choices)-1 {
		return fmt.Errorf("predict: %d bounds part %d choices; give one less than choices", len(q.Bounds), len(q.Choices))
	}
	if err := q.About.check(p); err != nil {
		return fmt.Errorf("predict: about: %w", err)
	}
	return nil
}

// check fills in what is left out, and says what is wrong.
func (c *Contrast) check(p *Pair) error {
	if c.Measure == "" {
		c.Measure = "wall"
	}
	side, name, _ := strings.Cut(c.Of, "/")
	switch base := p.BaselineOf(side, name); {
	case c.Against != "":
	case c.AgainstAt != nil:
		c.Against = c.Of
	case base != "" && !strings.HasPrefix(c.Measure, "metric:"):
		c.Against = side + "/" + base
	}
	return c.Test().check(p)
}

// check says what is wrong with a figure of the runtimes.
func (f *Figure) check(p *Pair) error {
	if f.ID == "" || f.Title == "" || len(f.Show) == 0 {
		return errors.New("id, title and show are needed")
	}
	for i := range f.Show {
		c := &f.Show[i]
		c.Measure = cmp.Or(c.Measure, "wall")
		c.Says = cmp.Or(c.Says, c.Of)
		if err := errors.Join(c.Test().check(p), p.checkNames("says", c.Says)); err != nil {
			return fmt.Errorf("show %d: %w", i+1, err)
		}
	}
	return nil
}

// Test is the contrast as a test with the default bound and margin.
func (c *Contrast) Test() *Test {
	bound, margin := 1.0, DefaultMargin
	t := &Test{
		Measure: c.Measure, Of: c.Of, Against: c.Against, At: c.At, AgainstAt: c.AgainstAt,
		Is: Equal, Bound: &bound, Margin: &margin,
	}
	if c.Against != "" {
		t.AgainstMeasure = cmp.Or(c.AgainstMeasure, c.Measure)
	}
	return t
}

// checkRuntime says which condition on a runtime nobody could meet.
func checkRuntime(conditions []string) error {
	implementations := []string{"cpython", "pypy", "jython", "graalpy", "rustpython", "micropython", "gc"}
	states := []string{"gil=true", "gil=false", "oldest", "newest"}
	for _, want := range conditions {
		if !slices.Contains(implementations, want) && !slices.Contains(states, want) {
			return fmt.Errorf("runtime has %q; there are %s", want, strings.Join(slices.Concat(implementations, states), ", "))
		}
	}
	return nil
}

func (t *Test) check(p *Pair) error {
	if t.Against != "" && t.AgainstMeasure == "" {
		t.AgainstMeasure = t.Measure
	}
	if err := checkMeasure("measure", t.Measure); err != nil {
		return err
	}
	switch {
	case t.Is != Above && t.Is != Below && t.Is != Equal:
		return fmt.Errorf("is is %q; it is %q, %q or %q", t.Is, Above, Below, Equal)
	case t.Steady && (!strings.HasPrefix(t.Measure, "metric:") || t.Exact):
		return errors.New("steady is for metrics that are not exact: time and processors depend on who else uses them, and what is exact is steady")
	case t.Exact && t.Margin != nil:
		return errors.New("exact has no margin: a fact is so or not")
	case t.Against == "" && t.AgainstAt != nil:
		return errors.New("against_at stands there without against")
	case t.Against == "" && t.AgainstMeasure != "":
		return errors.New("against_measure stands there without against")
	case t.Against == t.Of && t.AgainstAt == nil && t.AgainstMeasure == t.Measure:
		return fmt.Errorf("against is %s itself; give it another point with against_at, or another against_measure", t.Of)
	}
	for _, number := range []struct {
		name     string
		value    **float64
		fallback float64
	}{{"bound", &t.Bound, 1}, {"margin", &t.Margin, DefaultMargin}} {
		if *number.value == nil {
			*number.value = &number.fallback
		}
		if v := **number.value; v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s is %v; it is 0 or more", number.name, v)
		}
	}
	if err := p.checkPoint("of", t.Of, "at", t.At); err != nil {
		return err
	}
	if t.Against == "" {
		return nil
	}
	if err := checkMeasure("against_measure", t.AgainstMeasure); err != nil {
		return err
	}
	return p.checkPoint("against", t.Against, "against_at", t.AgainstAt)
}

func checkMeasure(key, measure string) error {
	metric, isMetric := strings.CutPrefix(measure, "metric:")
	switch {
	case isMetric && metric == "":
		return fmt.Errorf("%s is \"metric:\" without the metric's name", key)
	case !isMetric && !slices.Contains(Quantities, measure):
		return fmt.Errorf("%s is %q; it is one of %s, or \"metric:\" and a name", key, measure, strings.Join(Quantities, ", "))
	}
	return nil
}

// checkPoint checks one end of a test: a variant, and values of parameters that
// it reads, which it turns into those that Parse returns.
func (p *Pair) checkPoint(key, ref, atKey string, at map[string]any) error {
	v := p.VariantOf(ref)
	if v == nil {
		return fmt.Errorf("%s is %q, which is no variant; write it as side/name", key, ref)
	}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		q := p.Param(name)
		if q == nil {
			return fmt.Errorf("%s names %q, which is no parameter", atKey, name)
		}
		if end := at[name]; (end == Least || end == Most) && q.Type != "string" && q.Type != "bool" {
			continue
		}
		value, err := q.Parse(fmt.Sprint(at[name]))
		if err != nil {
			return fmt.Errorf("%s: %w", atKey, err)
		}
		at[name] = value
	}
	return nil
}

// VariantOf returns the variant that "side/name" names, nil where there is
// none.
func (p *Pair) VariantOf(ref string) *Variant {
	side, name, _ := strings.Cut(ref, "/")
	return p.Variant(side, name)
}

// distinct says which claim two pairs both have.
func distinct(pairs []*Pair) error {
	owner := map[string]string{}
	for _, p := range pairs {
		for _, c := range p.Claims {
			if first, ok := owner[c.ID]; ok {
				return fmt.Errorf("%s.toml: claim %s stands in %s.toml already", p.ID, c.ID, first)
			}
			owner[c.ID] = p.ID
		}
	}
	return nil
}
