package session

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/sample"
	"tandem/runner/trial"
)

// trial runs one cell once and returns its line of the journal.
func (s *Session) trial(ctx context.Context, p *catalog.Pair, c model.Cell, round int, traced bool, capacity float64) model.Trial {
	s.progress.Trial(c, round, s.limitOf(p).Most, s.cells[c.Key()].times)
	out, used := s.execute(ctx, p, c, traced)
	for try := 0; out.Paused > 0 && try < 3 && ctx.Err() == nil; try++ {
		s.progress.Note("%s %s: %s; the trial is repeated", c.Pair, c.Variant, out.Message)
		out, used = s.execute(ctx, p, c, traced)
	}
	t := model.Trial{
		Pair: c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params,
		Round: round, Traced: traced, Status: out.Status, Message: out.Message,
		WallNS: out.Wall.Nanoseconds(), StartupNS: out.Startup.Nanoseconds(),
		Answer: out.Answer, Metrics: out.Metrics, StartedAt: out.StartedAt, Log: out.Log,
		CPUUserNS: used.User.Nanoseconds(), CPUSysNS: used.Sys.Nanoseconds(),
		Parallelism:  used.Parallelism(out.Wall, runtime.NumCPU()),
		PeakRSSBytes: used.PeakRSS, PeakPSSBytes: used.PeakPSS, PeakThreads: used.PeakThreads,
		CtxVoluntary: used.Voluntary, CtxInvoluntary: used.Involuntary,
		ForeignCPU: used.Foreign, StealCPU: used.Steal, RunnerCPU: used.Runner,
		Methods: used.Methods, Capacity: capacity,
	}
	if t.ForeignCPU < used.ForeignStep {
		t.ForeignCPU = 0 // a trial this short cannot tell it from none
	}
	for _, cores := range []*float64{&t.ForeignCPU, &t.StealCPU, &t.RunnerCPU} {
		*cores = bounded(*cores, s.manifest.Machine.Cores)
	}
	refuse := func(why string) {
		t.Status, t.Message = model.Crashed, why
		t.Answer, t.Metrics, t.WallNS, t.Parallelism = "", nil, 0, 0
	}
	if err := s.run.Check(t); err != nil {
		// What a child says may be anything; what cannot be kept is no result.
		refuse(fmt.Sprintf("what it reported cannot be true: %v", err))
	} else if is := otherwise(out.Ready, s.runtimes[c.Runtime]); is != "" && t.Status == model.OK {
		refuse(is)
	}
	if t.Status == model.OK {
		s.judge(&t, p, c)
	}
	if t.Status == model.OK {
		used.Samples.Events = out.Events
		rel, err := s.run.SaveSamples(t, used.Samples)
		if err != nil {
			s.progress.Note("%v", err) // the trial itself is not lost
		}
		t.Samples = rel
	}
	return t
}

// otherwise says how what ran is not the runtime that the run names; it is
// empty where it is.
func otherwise(is trial.Ready, r model.Runtime) string {
	if r.Version == "" || r.Side != is.Language {
		return ""
	}
	named, ran := r, r
	ran.Version, ran.Label, ran.Release = is.Version, "", ""
	if is.Implementation != "" {
		ran.Implementation = is.Implementation
	}
	if is.GIL != nil {
		ran.GIL = *is.GIL
	}
	if ran.Version == named.Version && ran.Implementation == named.Implementation && ran.GIL == named.GIL {
		return ""
	}
	what := ran.Name()
	if ran.Version == named.Version && ran.Implementation == named.Implementation {
		what += map[bool]string{true: " with an interpreter lock", false: " without an interpreter lock"}[ran.GIL]
	}
	return fmt.Sprintf("what ran is %s, and %s was asked for at %s: it is not what it says of itself, or a setting changes it", what, named.Name(), strings.Join(named.Argv(), " "))
}

// bounded is what can be true of a share of so many cores: a window shorter
// than the steps of a clock shows more than there is, or nothing.
func bounded(share float64, cores int) float64 {
	if !(share > 0) {
		return 0
	}
	return min(share, float64(max(cores, 1)))
}

// execute runs a cell's child under the sampler's eyes.
func (s *Session) execute(ctx context.Context, p *catalog.Pair, c model.Cell, trace bool) (trial.Outcome, sample.Usage) {
	r := s.runtimes[c.Runtime]
	v := p.Variant(c.Side, c.Variant)
	if why := lacks(v, r); why != "" {
		return trial.Outcome{Status: model.Skipped, Message: why, StartedAt: time.Now()}, sample.Usage{}
	}
	if len(v.Command) > 0 {
		return s.command(ctx, p, v, c, trace)
	}
	out := s.children.Run(ctx, trial.Spec{
		Argv: s.project.Argv(p, r, v), Env: s.project.Environ(slices.Concat(s.scratch.Environ(), v.Env, r.Env)), Dir: s.project.Root,
		Request:  trial.Request{Topic: c.Pair, Variant: c.Variant, Params: s.params(p, c), Trace: trace},
		Deadline: time.Duration(p.Deadline),
	}, s.watch)
	if err := s.scratch.Clear(); err != nil {
		s.progress.Note("removing what a trial left: %v", err)
	}
	return out, s.watch.Result(sample.Total(out.Usage), out.Wall)
}

// lacks says what a variant requires that is not there; empty where it is.
func lacks(v *catalog.Variant, r model.Runtime) string {
	switch {
	case v.Requires == "":
		return ""
	case len(v.Command) == 0 && !r.Packages[v.Requires]:
		return fmt.Sprintf("%s is not installed for %s; 'make' installs it in the project's own environment", v.Requires, r.Path)
	case len(v.Command) > 0:
		if _, err := exec.LookPath(v.Requires); err != nil {
			return strings.TrimSuffix(fmt.Sprintf("%s is not installed; %s", v.Requires, v.Install), "; ")
		}
	}
	return ""
}

// params are what the child receives: the cell's own, and what the runner adds.
func (s *Session) params(p *catalog.Pair, c model.Cell) map[string]any {
	params := maps.Clone(c.Params)
	if needsSite(p) {
		params["targets"] = s.targets(c)
	}
	return params
}

func (s *Session) targets(c model.Cell) []string {
	if s.manifest.URLs != nil {
		return s.manifest.URLs
	}
	faults, _ := c.Params["faults"].(bool)
	return s.site.URLs(int(number(c.Params["urls"])), time.Duration(number(c.Params["latency"])), faults)
}

// number reads a whole number that may have been through JSON.
func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	}
	return 0
}

// judge marks a trial whose answer is not what the catalog or the site says.
// Where neither knows, the variants are held against each other once all of
// them have answered (package summary).
func (s *Session) judge(t *model.Trial, p *catalog.Pair, c model.Cell) {
	want, from := p.Expected(c.Params), "the catalog"
	if p.Folder != "" {
		want, from = p.Answer.Of(want), catalog.OwnFile
	}
	if want == "" && s.site != nil && needsSite(p) {
		want, from = s.site.Expected(s.targets(c), time.Duration(number(c.Params["timeout"]))), "the site that was checked"
	}
	if want == "" || t.Answer == want {
		return
	}
	t.Status = model.WrongAnswer
	t.Message = fmt.Sprintf("answered %q, but %s says %q", model.Brief(t.Answer), from, model.Brief(want))
}
