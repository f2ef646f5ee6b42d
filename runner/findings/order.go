package findings

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
	"tandem/runner/trace"
)

// events reads what was seen of a row's traced trial, nil where nothing was.
func (p *Pair) events(r *summary.Row) []model.Event {
	if p.run.Samples == nil || r.Traced == nil || r.Traced.Samples == "" {
		return nil
	}
	if e, ok := p.traces[r.Traced]; ok {
		return e
	}
	s, err := p.run.Samples(r.Traced)
	if err != nil {
		s.Events = nil // as if it had not been traced; the journal is what counts
	}
	p.traces[r.Traced] = s.Events
	return s.Events
}

// unitOf is the length in seconds of what the pair counts time in, 0 where it
// has no such unit or the row does not read it.
func (p *Pair) unitOf(r *summary.Row) float64 {
	q := p.Entry.Param("unit")
	if q == nil || q.Type != "duration" || r.Traced == nil || !p.reads(r, q.Name) {
		return 0
	}
	ns, _ := number(r.Traced.Params[q.Name])
	return ns / 1e9
}

// timelineFigure shows the traced trial of each variant, nil where the order of
// events is not what the pair is about.
func (p *Pair) timelineFigure() *figure.Figure {
	all, rest := p.foremost()
	if !slices.ContainsFunc(all, func(t *series) bool { return trace.Ordered(p.events(t.Row)) }) {
		return nil
	}
	f := &figure.Figure{ID: p.ID + "-timeline", Title: "Who did what, and when"}
	art := &figure.Timeline{}
	left, units, merged, hidden := 0, 0.0, 0, 0
	for _, t := range all {
		r := t.Row
		if r.Traced == nil {
			continue
		}
		if len(art.Panels) == mostPanels {
			left++
			continue
		}
		tr := trace.New(p.events(r), float64(r.Traced.WallNS)/1e9)
		tr.Unit = p.unitOf(r)
		s := figure.TracePanel{Trace: &tr, Style: t.style}
		s.Heading, s.Label = p.place(t)
		art.Panels = append(art.Panels, s)
		units = max(units, s.Unit)
		hidden = max(hidden, s.Hidden)
		if s.Drawn > 0 {
			merged = max(merged, len(s.Events))
		}
		for _, e := range s.Events {
			note := fmt.Sprintf("worker %d", e.Worker)
			if e.Label != "" {
				note += ": " + e.Label
			}
			f.Table.Record(p.ID, t.group.Label, r, "event-"+e.Kind, format.Seconds, model.Estimate{Value: float64(e.AtNS) / 1e9, N: 1}, note)
		}
	}
	f.Art = art
	f.Table.Caption = f.Title
	f.Note = "One lane a worker, time to the right. Full: at work. Thin: waiting until a message is sent, asleep, or finished and not yet with the caller. Dot: a single moment. From a trial of its own, traced and in no other figure: of several the one that took most nearly as long as the rounds did."
	if units > 0 {
		f.Note += " Times are in units of " + format.Seconds.Tick(units) + " where no other unit stands."
	}
	if merged > 0 {
		f.Note += fmt.Sprintf(" Of up to %s a trial, those too close to tell apart are drawn as one; the CSV file has all.", format.Plural(merged, "event"))
	}
	if hidden > 0 {
		f.Note += fmt.Sprintf(" Up to %s of a trial are not drawn.", format.Plural(hidden, "worker"))
	}
	f.Note += foremostNote(rest)
	if left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", format.Plural(left, "variant"))
	}
	switch {
	case slices.ContainsFunc(art.Panels, func(s figure.TracePanel) bool { return len(s.Letters) > 0 }):
		tellLetters(f, art.Panels)
	case slices.ContainsFunc(art.Panels, func(s figure.TracePanel) bool {
		return slices.ContainsFunc(s.Items, func(i trace.Item) bool { return i.Reach >= 0 })
	}):
		tellItems(f, art.Panels)
	case slices.ContainsFunc(art.Panels, func(s figure.TracePanel) bool { return len(s.Messages) > 0 }):
		tellMessages(f, art.Panels)
	default:
		tellWorkers(f, art.Panels)
		f.Finding, f.Points = p.about("wall"), nil
	}
	return f
}

// tellWorkers says how many workers did how much.
func tellWorkers(fig *figure.Figure, panels []figure.TracePanel) {
	fig.Table.Head = []string{"variant", "workers", "events", "first @", "last @"}
	for _, s := range panels {
		workers := len(s.Lanes) + s.Hidden
		if len(s.Events) == 0 {
			fig.Table.Add(s.Heading, s.Label, figure.Cell{Text: "not traced", Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{})
			continue
		}
		at := func(e model.Event) string { return s.At(float64(e.AtNS) / 1e9) }
		fig.Table.Add(s.Heading, s.Label, figure.Cell{Text: format.Whole(float64(workers))}, figure.Cell{Text: format.Whole(float64(len(s.Events)))},
			figure.Cell{Text: at(s.Events[0])}, figure.Cell{Text: at(s.Events[len(s.Events)-1])})
	}
}

// tellLetters says who printed how much before another did.
func tellLetters(fig *figure.Figure, panels []figure.TracePanel) {
	fig.Table.Head = []string{"variant", "letters", "turns", "longest uninterrupted run", "in order"}
	lead := perRuntime{}
	for _, s := range panels {
		if len(s.Letters) == 0 {
			fig.Table.Add(s.Heading, s.Label, figure.Cell{Text: "printed nothing", Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{})
			continue
		}
		letters := 0
		var order []string
		for i, r := range s.Letters {
			letters += r.N
			if i < mostRuns {
				order = append(order, r.Letter+times1(r.N))
			}
		}
		if n := len(s.Letters) - mostRuns; n > 0 {
			order = append(order, fmt.Sprintf("and %d more", n))
		}
		best := s.Longest()
		fig.Table.Add(s.Heading, s.Label, figure.Cell{Text: format.Whole(float64(letters))}, figure.Cell{Text: format.Whole(float64(len(s.Letters)))},
			figure.Cell{Text: format.Plural(best.N, "letter") + " (" + best.Letter + ")"}, figure.Cell{Text: strings.Join(order, " "), Note: true})
		lead.add(s.Heading, fmt.Sprintf("%s %d", s.Label, best.N))
	}
	lead.into(fig, "Longest uninterrupted run of one letter")
	fig.Note += " A bar is a run of letters between which nobody else printed, not time spent at work."
}

const mostRuns = 30

func times1(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf("×%d", n)
}

// A perRuntime is a sentence for each runtime.
type perRuntime struct {
	heads []string
	parts map[string][]string
}

func (s *perRuntime) add(head, part string) {
	if s.parts == nil {
		s.parts = map[string][]string{}
	}
	if !slices.Contains(s.heads, head) {
		s.heads = append(s.heads, head)
	}
	s.parts[head] = append(s.parts[head], part)
}

// into writes the sentences as a figure's finding.
func (s *perRuntime) into(f *figure.Figure, what string) {
	for _, h := range s.heads {
		f.Points = append(f.Points, what+", "+h+": "+strings.Join(s.parts[h], ", ")+".")
		what = "The same"
	}
	f.Finding = strings.Join(f.Points, " ")
	if len(f.Points) == 0 {
		f.Finding = "Nothing was traced."
	}
}

// tellItems says when each result was there, and when the caller had it.
func tellItems(fig *figure.Figure, panels []figure.TracePanel) {
	fig.Table.Head = []string{"task", "started @", "finished @", "reached the caller @", "lay waiting"}
	lead := perRuntime{}
	for _, s := range panels {
		group := s.Heading + " · " + s.Label
		worst := -1
		for i, it := range s.Items {
			if it.Reach < 0 || it.Finished < 0 {
				continue
			}
			if worst < 0 || it.Reach-it.Finished > s.Items[worst].Reach-s.Items[worst].Finished {
				worst = i
			}
		}
		for i, it := range s.Items {
			if i == trace.MostNames {
				fig.Table.Add(group, "…", figure.Cell{Text: format.Plural(len(s.Items)-trace.MostNames, "task") + " more", Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{})
				break
			}
			wait := "–"
			if it.Reach >= 0 && it.Finished >= 0 {
				wait = s.At(max(0, it.Reach-it.Finished))
			}
			fig.Table.Add(group, it.Name, figure.Cell{Text: s.At(it.Started)}, figure.Cell{Text: s.At(it.Finished)}, figure.Cell{Text: s.At(it.Reach)}, figure.Cell{Text: wait})
		}
		if worst >= 0 {
			it := s.Items[worst]
			lead.add(s.Heading, fmt.Sprintf("%s %s (%s)", s.Label, s.At(max(0, it.Reach-it.Finished)), it.Name))
		}
	}
	lead.into(fig, "The longest that a finished result lay waiting for the caller"+inUnits(panels))
}

// inUnits names the unit of times in a sentence, where there is one.
func inUnits(panels []figure.TracePanel) string {
	for _, s := range panels {
		if s.Unit > 0 {
			return ", in units of " + format.Seconds.Tick(s.Unit)
		}
	}
	return ""
}

// tellMessages says how long senders waited.
func tellMessages(fig *figure.Figure, panels []figure.TracePanel) {
	fig.Table.Head = []string{"message", "times", "sending began @", "longest wait of its sender", "waits in all", "last received @"}
	lead := perRuntime{}
	var stuck []string
	for _, s := range panels {
		group := s.Heading + " · " + s.Label
		worst := -1
		for i, m := range s.Messages {
			if m.Waited && (worst < 0 || m.Longest > s.Messages[worst].Longest) {
				worst = i
			}
			if i > trace.MostNames {
				continue
			}
			if i == trace.MostNames {
				fig.Table.Add(group, "…", figure.Cell{Text: format.Plural(len(s.Messages)-trace.MostNames, "message") + " more", Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{}, figure.Cell{})
				continue
			}
			longest, total := "–", "–"
			if m.Waited {
				longest, total = s.At(m.Longest), s.At(m.Total)
			}
			fig.Table.Add(group, m.Label, figure.Cell{Text: format.Whole(float64(m.N))}, figure.Cell{Text: s.At(m.Sending)}, figure.Cell{Text: longest}, figure.Cell{Text: total}, figure.Cell{Text: s.At(m.Received)})
		}
		if worst >= 0 {
			m := s.Messages[worst]
			lead.add(s.Heading, fmt.Sprintf("%s %s (%s)", s.Label, s.At(m.Longest), m.Label))
		}
		if s.Stuck != "" {
			stuck = append(stuck, s.Label+" in "+s.Heading)
		}
	}
	switch {
	case len(stuck) > 0:
		fig.Finding = "Stuck in the end: " + format.List(stuck) + "."
	case len(lead.heads) > 0:
		lead.into(fig, "The longest wait of a sender"+inUnits(panels))
	default:
		fig.Finding = "In which order messages were sent and received."
	}
}
