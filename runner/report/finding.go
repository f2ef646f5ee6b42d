package report

import (
	"fmt"
	"strings"

	"tandem/runner/answer"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A runtimeTracks is a runtime with its variants.
type runtimeTracks struct {
	name   string
	tracks []*track
}

// runtimes lists a pair's runtimes in their order.
func (d *builder) runtimes(p *summary.Pair) []runtimeTracks {
	var out []runtimeTracks
	at := map[string]int{}
	for _, t := range tracks(p) {
		name := d.runtime(t.Row)
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, runtimeTracks{name: name})
		}
		out[i].tracks = append(out[i].tracks, t)
	}
	return out
}

// about says what the variants that the pair asks about come to in a quantity.
func (d *builder) about(p *summary.Pair, measure string) string {
	all := answer.About(d.in.Manifest, p, d.pair(p.ID), measure)
	if len(all) == 0 {
		return "There is nothing to compare."
	}
	return answer.Join(all) + "."
}

// took says how long the variants that the pair asks about took.
func (d *builder) took(p *summary.Pair) string {
	var said perRuntime
	for _, f := range answer.About(d.in.Manifest, p, d.pair(p.ID), "wall") {
		said.add(d.runtime(f.Of), fmt.Sprintf("%s %s against %s", f.Of.Variant, seconds.full(f.Of.Wall), seconds.value(f.Against.Wall)))
	}
	var parts []string
	for _, name := range said.heads {
		parts = append(parts, name+": "+strings.Join(said.parts[name], ", ")+".")
	}
	if len(parts) == 0 {
		return "There is nothing to compare."
	}
	return strings.Join(parts, " ")
}

// unsure is what follows a number that is not shown.
func (d *builder) unsure(r *summary.Row) string {
	if r.Grade == model.Shown || r.IsBaseline() || r.SpeedUp.N == 0 {
		return ""
	}
	return " " + r.Grade.String()
}

// name is a variant and its runtime, in a sentence.
func (d *builder) name(r *summary.Row) string { return r.Variant + " in " + d.short(r) }
