package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tandem/runner/model"
)

// Fill replaces {name} in a text by the value of that parameter, as people
// write it, and leaves what has none.
func (p *Pair) Fill(text string, params map[string]any) string {
	for name, value := range params {
		if q := p.Param(name); q != nil {
			text = strings.ReplaceAll(text, "{"+name+"}", q.Format(value))
		}
	}
	return text
}

// Filled is the pair with its texts filled in from a run's plan; where that
// sweeps, with all values.
func (p *Pair) Filled(plan []model.Cell) *Pair {
	ran := map[string]any{}
	for i := range p.Params {
		q := &p.Params[i]
		var values []any
		seen := map[string]bool{}
		for _, c := range plan {
			v, ok := c.Params[q.Name]
			if text := q.Format(v); c.Pair == p.ID && ok && !c.Beside && !seen[text] {
				seen[text] = true
				values = append(values, v)
			}
		}
		if len(values) == 0 { // no cell reads it
			values = list(q.Quick, nil)
		}
		ran[q.Name] = values
	}
	out := *p
	for _, text := range out.texts() {
		*text = p.Fill(*text, ran)
	}
	return &out
}

// texts are those that may name parameters. Lists are made p's own.
func (p *Pair) texts() []*string {
	all := []*string{&p.Question, &p.Why, &p.Predict.Question, &p.Predict.Explain}
	for _, texts := range []*[]string{&p.Look, &p.Try, &p.Predict.Choices} {
		*texts = slices.Clone(*texts)
		for i := range *texts {
			all = append(all, &(*texts)[i])
		}
	}
	p.Variants = slices.Clone(p.Variants)
	for i := range p.Variants {
		all = append(all, &p.Variants[i].Doc)
	}
	return all
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// checkTexts says which text names what is no parameter.
func (p *Pair) checkTexts() error {
	texts := p.texts()
	for i := range p.Contrasts {
		texts = append(texts, &p.Contrasts[i].Says)
	}
	for _, text := range texts {
		for _, m := range placeholder.FindAllStringSubmatch(*text, -1) {
			if p.Param(m[1]) == nil {
				return fmt.Errorf("%q names {%s}, which is no parameter", *text, m[1])
			}
		}
	}
	return nil
}
