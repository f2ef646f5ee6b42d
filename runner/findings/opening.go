package findings

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/answer"
	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
)

// A Card is what the opening says of a pair.
type Card struct {
	ID, Anchor, Title, Question string
	Answer                      string
	Findings                    []answer.Finding
	Grade                       model.Grade
	Tags                        []string      // what it is found by
	Spark                       []figure.Mark // its findings that compare times, as ratios of speed
	Figure                      string        // address of what its claims are read off
}

// Card says what the pair comes to.
func (p *Pair) Card() Card {
	c := Card{ID: p.ID, Anchor: format.Slug(p.ID), Title: p.Entry.Title, Question: p.Entry.Question, Answer: "Nothing could be compared."}
	c.Figure, c.Findings = c.Anchor, answer.Findings(p.run.Manifest, p.Pair, p.Entry)
	if len(c.Findings) > 0 {
		c.Answer = answer.Join(c.Findings) + "."
		c.Grade = model.Shown
	}
	// How sure the pair is: as sure as the first that it asks of each side.
	asked := map[string]bool{}
	for _, f := range c.Findings {
		if !asked[f.Runtime.Side] {
			asked[f.Runtime.Side] = true
			c.Grade = min(c.Grade, f.Grade)
		}
		if f.Against != nil && f.Measure == "wall" && f.Estimate.N > 0 && f.Estimate.Value > 0 && len(c.Spark) < 4 {
			c.Spark = append(c.Spark, figure.Mark{Style: p.run.styles.of(f.Of.Side, f.Of.Variant), Est: format.Inverse(f.Estimate)})
		}
	}
	add := func(tag string, is bool) {
		if is {
			c.Tags = append(c.Tags, tag)
		}
	}
	add("waiting", p.Entry.Work == "io")
	add("computing", p.Entry.Work == "cpu")
	add("order", p.Entry.Traced)
	add("memory", slices.ContainsFunc(p.Entry.Contrasts, func(c catalog.Contrast) bool {
		return c.Measure == "peak_rss" || strings.HasSuffix(c.Measure, "_bytes")
	}))
	add("contradicts", slices.ContainsFunc(p.Claims(), func(c model.Judgement) bool { return c.Verdict == model.Contradicted }))
	add("open", c.Grade == model.Open)
	return c
}

// Claims are the verdicts on what the sources say of the pair.
func (p *Pair) Claims() (out []model.Judgement) {
	for _, c := range p.run.Claims {
		if c.Pair == p.ID {
			out = append(out, c)
		}
	}
	return out
}

// Filters are the tags that some pairs have and others have not.
func Filters(all []Card) (out []Fact) {
	for _, f := range []struct{ tag, name string }{{"waiting", "Waiting"}, {"computing", "Computing"}, {"order", "Order"}, {"memory", "Memory"}, {"contradicts", "Contradicts its source"}, {"open", "Open"}} {
		n := 0
		for _, s := range all {
			n += btoi(slices.Contains(s.Tags, f.tag))
		}
		if n > 0 && n < len(all) {
			out = append(out, Fact{f.name, []string{f.tag, fmt.Sprint(n)}})
		}
	}
	return out
}

// A Help is the answer for one kind of work, a line a runtime.
type Help struct {
	Kind  string
	Lines []helpLine
}

// A helpLine is what concurrency comes to on a runtime: the surest comparison of
// its kind, and how the others went.
type helpLine struct {
	Who, Text, Range string
	Anchor           string // of the figure that shows it
	Title            string
	Grade            model.Grade
}

// alone is how many times the cores of its baseline a variant may keep busy
// to be structure alone.
const alone = 1.2

// Helps answers what helps work that waits, work that computes, and structure
// alone: what computes, and keeps no more cores busy than its baseline.
func Helps(all []Card) []Help {
	out := []Help{{Kind: "Work that waits"}, {Kind: "Work that computes, on several cores"}, {Kind: "Structure alone: work that computes, on the cores of one loop"}}
	type found struct {
		answer.Finding
		of *Card
	}
	for k := range out {
		byRuntime := map[string][]found{}
		var order []string
		for i := range all {
			s := &all[i]
			for _, f := range s.Findings {
				if f.Measure != "wall" || f.Against == nil || f.Estimate.N == 0 || f.Of.Variant == f.Against.Variant {
					continue
				}
				kind := 0
				if slices.Contains(s.Tags, "computing") {
					kind = 1
					if f.Of.Parallelism.Value < alone*max(1, f.Against.Parallelism.Value) {
						kind = 2
					}
				} else if !slices.Contains(s.Tags, "waiting") {
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
			counts := map[string]int{}
			for _, f := range here {
				if f.Grade > best.Grade {
					best = f
				}
				switch {
				case f.Grade == model.Open:
					counts["open"]++
				case f.Estimate.Hi < 1:
					counts["sooner"]++
				case f.Estimate.Lo > 1:
					counts["later"]++
				default:
					counts["alike"]++
				}
			}
			line := helpLine{Who: who, Text: best.Text, Grade: best.Grade, Anchor: best.of.Figure, Title: best.of.Title}
			if n := len(here); n > 1 {
				var how []string
				for _, k := range []string{"sooner", "later", "alike", "open"} {
					if counts[k] > 0 {
						how = append(how, fmt.Sprintf("%d %s", counts[k], k))
					}
				}
				line.Range = fmt.Sprintf("of %d: %s", n, strings.Join(how, ", "))
			}
			out[k].Lines = append(out[k].Lines, line)
		}
	}
	return slices.DeleteFunc(out, func(h Help) bool { return len(h.Lines) == 0 })
}

// A choice is one of a prediction, and the reply to it.
type choice struct{ Text, Reply string }

// Choices grades each choice of the pair's prediction.
func (p *Pair) Choices() (out []choice) {
	o, decided := answer.Predicted(p.run.Manifest, p.Pair, p.Entry)
	for i, text := range p.Entry.Predict.Choices {
		reply := "You said: " + text + ". Here: " + p.Card().Answer
		if decided {
			reply = o.Reply(p.Entry.Predict.Choices, i)
		}
		out = append(out, choice{text, reply})
	}
	return out
}
