package findings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/format"
	"tandem/runner/model"
)

// Title names the run, and says in a line what was measured.
func (r *Run) Title() (title, lede string) {
	m := &r.Manifest
	var titles []string
	variants := 0
	var sides []string
	for _, p := range r.Measured {
		titles = append(titles, p.Entry.Title)
		for _, t := range p.series {
			variants++
			if side := format.Capital(t.Side); !slices.Contains(sides, side) {
				sides = append(sides, side)
			}
		}
	}
	switch len(titles) {
	case 0:
		title = "A run without results"
	case 1:
		title = titles[0]
	default:
		title = "Which concurrency helps here?"
	}
	if n := len(titles); n > 1 && n <= 4 {
		lede = strings.Join(titles, ", ") + ": "
	}
	if variants == 0 {
		return title, "Nothing was recorded that could be shown."
	}
	if len(titles) > 4 {
		lede = format.Plural(len(titles), "experiment") + ", "
	}
	lede += fmt.Sprintf("%s in %s", format.Plural(variants, "variant"), format.List(sides))
	if !m.CreatedAt.IsZero() {
		lede += ", measured on " + m.CreatedAt.UTC().Format("2 January 2006 at 15:04 UTC")
	}
	return title, lede + "."
}

// Facts are of the machine, the runtimes and the run.
func (r *Run) Facts() []Fact {
	m := &r.Manifest
	var facts []Fact
	add := func(name string, values ...string) {
		values = slices.DeleteFunc(values, func(s string) bool { return s == "" })
		if len(values) > 0 {
			facts = append(facts, Fact{name, values})
		}
	}
	machine := m.Machine
	size := ""
	if machine.Cores > 0 {
		size = format.Plural(machine.Cores, "core")
		if machine.Capacity > 0 {
			size += " (" + format.Fixed(machine.Capacity, 0.01) + " when all spin)"
		}
	}
	if machine.MemoryB > 0 {
		size = strings.TrimPrefix(size+", "+format.Bytes.Exact(float64(machine.MemoryB))+" of memory", ", ")
	}
	system := strings.TrimSpace(strings.Join([]string{format.Capital(machine.OS), machine.Kernel, machine.Arch}, " "))
	if machine.Virtual != "" {
		system += ", on " + machine.Virtual
	}
	add("Machine", machine.CPU, size, system)
	if machine.Cgroup != "" {
		add("Control group", machine.Cgroup)
	}
	var runtimes []string
	for _, r := range m.Runtimes {
		runtimes = append(runtimes, r.Name())
	}
	add("Runtimes", runtimes...)
	how := ""
	if m.Profile != "" {
		how = "Profile " + m.Profile
	}
	measured := 0
	for _, p := range r.Measured {
		for _, r := range p.Rows() {
			measured = max(measured, len(r.Rounds))
		}
	}
	lasted := "still under way, or stopped"
	if !m.EndedAt.IsZero() {
		lasted = "took " + format.Duration(m.EndedAt.Sub(m.CreatedAt))
	}
	roundsText := format.Plural(measured, "round")
	if m.Rounds > measured {
		roundsText += fmt.Sprintf(" of at most %d", m.Rounds)
	}
	version := m.Tandem
	if version != "" && !strings.HasPrefix(version, "tandem") {
		version = "Tandem " + version
	}
	add("Run", how, roundsText+", order seeded with "+fmt.Sprint(m.Seed), lasted, version)
	add("While trials ran", r.quiet()...)
	return facts
}

// quiet says who else was on the machine.
func (r *Run) quiet() []string {
	var runner, foreign []float64
	all, disturbed := 0, 0
	for _, p := range r.Measured {
		for _, r := range p.Rows() {
			for _, round := range r.Rounds {
				all++
				runner = append(runner, round.Trial.RunnerCPU)
				foreign = append(foreign, round.Foreign)
				if round.Disturbed {
					disturbed++
				}
			}
		}
	}
	if all == 0 || len(runner) == 0 {
		return nil
	}
	slices.Sort(runner)
	slices.Sort(foreign)
	share := func(v float64) string { return format.Percent.Value(model.Estimate{Value: v, N: 1}) }
	return []string{
		fmt.Sprintf("Runner %s of a core (at most %s)", share(runner[len(runner)/2]), share(runner[len(runner)-1])),
		fmt.Sprintf("Others %s of a core (at most %s)", share(foreign[len(foreign)/2]), share(foreign[len(foreign)-1])),
		fmt.Sprintf("%s of %s disturbed", format.Whole(float64(disturbed)), format.Plural(all, "trial")),
	}
}

// Warnings are those of the run, and the doubts about single pairs where they are
// too many to stand with them.
func (r *Run) Warnings() (out, doubts []string) {
	m := &r.Manifest
	if !m.Complete {
		out = append(out, "This run is not complete: it was stopped, or is still under way. What had finished is shown.")
	}
	if len(r.Summary.Pairs) == 0 {
		out = append(out, "No trial is recorded, so there is nothing to compare.")
	}
	out = append(out, m.Warnings...)
	out = append(out, r.Summary.Warnings...)
	for _, p := range r.Measured {
		for _, w := range p.Warnings {
			doubts = append(doubts, p.Entry.Title+": "+w)
		}
	}
	few := 0
	for _, p := range r.Measured {
		for _, r := range p.Rows() {
			if r.Wall.N > 0 && r.Wall.N < model.MinRounds {
				few++
			}
		}
	}
	if few > 0 {
		out = append(out, fmt.Sprintf("%s rest on fewer than six rounds: there is no interval under six rounds.", format.Plural(few, "row")))
	}
	if len(doubts) <= 3 {
		return append(out, doubts...), nil
	}
	return out, doubts
}

// Methods says how the numbers were taken.
func (r *Run) Methods() []Fact {
	names := map[string]string{"cpu": "CPU time", "rss": "Memory", "threads": "Threads", "ctx": "Context switches", "cores": "Cores over time"}
	seen := map[string][]string{}
	for _, p := range r.Measured {
		for _, r := range p.Rows() {
			if r.Shown == nil {
				continue
			}
			for key, how := range r.Shown.Methods {
				if !slices.Contains(seen[key], how) {
					seen[key] = append(seen[key], how)
				}
			}
		}
	}
	var out []Fact
	if cited := r.cited(); len(cited) > 0 {
		out = append(out, Fact{"Sources", cited})
	}
	out = append(out,
		Fact{"Numbers", []string{"A figure is the median of the rounds with a 95 % interval; a comparison is the median of ratios taken within rounds. Neither shows more digits than its interval supports."}},
		Fact{"How sure", []string{
			"Shown: the whole interval is on one side of what counts as no difference, and who else used the machine cannot have put it there.",
			"Likely: the interval over all rounds is on one side all the same, or every single round is, of at least four.",
			"Open: neither; its bounds are printed. Six undisturbed rounds, or more rounds (--rounds), decide most of them.",
			"Every number that was measured is printed, whatever its grade."}},
		Fact{"Work", []string{"By the child’s own monotonic clock, from the word go to the answer. Start-up is apart. Every variant must give the same answer."}},
	)
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		name := names[key]
		if name == "" {
			name = format.Capital(format.Words(key))
		}
		slices.Sort(seen[key])
		out = append(out, Fact{name, seen[key]})
	}
	return out
}

// cited are the documents that the run's pairs and their claims come from, in full.
func (r *Run) cited() []string {
	var shown []*catalog.Pair
	for _, p := range r.Measured {
		shown = append(shown, p.Entry)
	}
	var out []string
	for _, doc := range catalog.Documents(shown) {
		out = append(out, doc.String())
	}
	return out
}
