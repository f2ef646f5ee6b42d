package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"tandem/runner/answer"
	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A section is a pair's part of the page: its card on the opening, and itself.
type section struct {
	Anchor, Title, Question string
	Answer                  string
	Grade                   model.Grade
	Tags                    string        // what it is found by, with spaces between
	Spark                   template.HTML // its findings on the axis that all cards share
	HTML                    template.HTML

	lines    []statement
	findings []answer.Finding
	files    string       // that it lists
	figure   template.URL // address of what its claims are read off
}

// A statement is a finding.
type statement struct {
	Who, Text string
	Grade     model.Grade
}

// card makes a pair's section but for its HTML.
func (d *builder) card(p *summary.Pair) section {
	pair := d.pair(p.ID)
	s := section{Anchor: slug(p.ID), Title: pair.Title, Question: pair.Question}
	s.figure = template.URL(s.Anchor)
	s.findings = answer.Findings(d.in.Manifest, p, pair)
	s.Answer = "Nothing could be compared."
	if len(s.findings) > 0 {
		s.Answer = answer.Join(s.findings) + "."
		s.Grade = model.Shown
	}
	// How sure the pair is: as sure as the first that it asks of each side.
	asked := map[string]bool{}
	for _, f := range s.findings {
		s.lines = append(s.lines, statement{Who: f.Who(), Text: f.Text, Grade: f.Grade})
		if !asked[f.Runtime.Side] {
			asked[f.Runtime.Side] = true
			s.Grade = min(s.Grade, f.Grade)
		}
	}
	tags := []string{map[string]string{"io": "waiting", "cpu": "computing"}[pair.Work]}
	add := func(tag string, is bool) {
		if is {
			tags = append(tags, tag)
		}
	}
	add("order", pair.Traced)
	add("memory", slices.ContainsFunc(pair.Contrasts, func(c catalog.Contrast) bool {
		return c.Measure == "peak_rss" || strings.HasSuffix(c.Measure, "_bytes")
	}))
	add("contradicts", slices.ContainsFunc(d.in.Claims, func(c model.Judgement) bool {
		return c.Pair == p.ID && c.Verdict == model.Contradicted
	}))
	add("open", s.Grade == model.Open)
	s.Tags = strings.TrimSpace(strings.Join(tags, " "))
	s.Spark = d.spark(s.findings)
	return s
}

// filters are the tags that some pairs have and others have not.
func filters(all []section) (out []fact) {
	for _, f := range []struct{ tag, name string }{{"waiting", "Waiting"}, {"computing", "Computing"}, {"order", "Order"}, {"memory", "Memory"}, {"contradicts", "Contradicts its source"}, {"open", "Open"}} {
		n := 0
		for _, s := range all {
			n += btoi(slices.Contains(strings.Fields(s.Tags), f.tag))
		}
		if n > 0 && n < len(all) {
			out = append(out, fact{f.name, []string{f.tag, fmt.Sprint(n)}})
		}
	}
	return out
}

// sparkEnd is the largest ratio on the axis of the cards; what is beyond stands
// at its end.
const sparkEnd = 16

// spark draws the findings that compare times, those that finish sooner to the
// right.
func (d *builder) spark(all []answer.Finding) template.HTML {
	x := func(ratio float64) float64 {
		return math.Round(axisEnd / 2 * (1 + max(-1, min(1, math.Log(ratio)/math.Log(sparkEnd)))))
	}
	var b strings.Builder
	n := 0
	for _, f := range all {
		if f.Against == nil || f.Estimate.N == 0 || f.Estimate.Value <= 0 || f.Measure != "wall" || n == 4 {
			continue
		}
		e, colour, y := inverse(f.Estimate), d.style(f.Of).colour.name, 4+8*n
		n++
		if e.Interval {
			fmt.Fprintf(&b, `<path class="span s-%s" d="M%s %dH%s"/>`, colour, num(x(e.Lo)), y, num(x(e.Hi)))
		}
		fmt.Fprintf(&b, `<path class="mark s-%s" d="M%s %dh0"/>`, colour, num(x(e.Value)), y)
	}
	if n == 0 {
		return ""
	}
	return template.HTML(fmt.Sprintf(`<svg class="spark" viewBox="0 0 1000 %d" height="%d" preserveAspectRatio="none" aria-hidden="true"><path class="s-strong" d="M500 0V%d"/>%s</svg>`, 8*n, 8*n, 8*n, &b))
}

// A help is the answer for one kind of work, a line a runtime.
type help struct {
	Kind  string
	Lines []helpLine
}

// A helpLine is what concurrency comes to on a runtime: the surest comparison of
// its kind, and how the others went.
type helpLine struct {
	Who, Text, Range string
	Anchor           template.URL
	Title            string
	Grade            model.Grade
}

// alone is how many times the cores of its baseline a variant may keep busy
// to be structure alone.
const alone = 1.2

// helps answers what helps work that waits, work that computes, and structure
// alone: what computes, and keeps no more cores busy than its baseline.
func helps(all []section) []help {
	out := []help{{Kind: "Work that waits"}, {Kind: "Work that computes, on several cores"}, {Kind: "Structure alone: work that computes, on the cores of one loop"}}
	type found struct {
		answer.Finding
		of *section
	}
	for k := range out {
		byRuntime := map[string][]found{}
		var order []string
		for i := range all {
			s := &all[i]
			for _, f := range s.findings {
				if f.Measure != "wall" || f.Against == nil || f.Estimate.N == 0 || f.Of.Variant == f.Against.Variant {
					continue
				}
				kind := 0
				if tags := strings.Fields(s.Tags); slices.Contains(tags, "computing") {
					kind = 1
					if f.Of.Parallelism.Value < alone*max(1, f.Against.Parallelism.Value) {
						kind = 2
					}
				} else if !slices.Contains(tags, "waiting") {
					continue
				}
				if kind != k {
					continue
				}
				if byRuntime[f.Who()] == nil {
					order = append(order, f.Who())
				}
				byRuntime[f.Who()] = append(byRuntime[f.Who()], found{f, s})
			}
		}
		for _, who := range order {
			here := byRuntime[who]
			best := here[0]
			var finish, take, open int
			for _, f := range here {
				if f.Grade > best.Grade {
					best = f
				}
				switch {
				case f.Grade == model.Open:
					open++
				case f.Estimate.Hi < 1:
					finish++
				case f.Estimate.Lo > 1:
					take++
				}
			}
			line := helpLine{Who: who, Text: best.Text, Grade: best.Grade, Anchor: best.of.figure, Title: best.of.Title}
			if n := len(here); n > 1 {
				line.Range = fmt.Sprintf("the surest of %d comparisons: %d finish sooner, %d later, %d are open, the others are alike", n, finish, take, open)
			}
			out[k].Lines = append(out[k].Lines, line)
		}
	}
	return slices.DeleteFunc(out, func(h help) bool { return len(h.Lines) == 0 })
}

// A choice is one of a prediction, and what it is told.
type choice struct{ Text, Told string }

// choices grades each choice of the pair's prediction.
func (d *builder) choices(p *summary.Pair, s *section) (out []choice) {
	pair := d.pair(p.ID)
	o, decided := answer.Predicted(d.in.Manifest, p, pair)
	for i, text := range pair.Predict.Choices {
		ordered := fmt.Sprintf("You said: %s. Here: %s", text, s.Answer)
		if decided {
			ordered = o.Told(pair.Predict.Choices, i)
		}
		out = append(out, choice{text, ordered})
	}
	return out
}
