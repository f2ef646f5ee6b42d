package sample

import (
	"time"

	"tandem/runner/model"
)

// maxPoints bounds what is kept of one trial. When it is reached, every second
// point goes and the step doubles, so a trial of an hour takes no more memory
// than one of a minute, and none is allocated on the way.
const maxPoints = 512

// point is one observation. Times are sums since some moment in the past.
type point struct {
	at        time.Duration
	own, busy []time.Duration // by core
	runner    time.Duration
	rss       int64 // the most since the point before
	threads   int   // the most since the point before
}

func newPoint(cores int) point {
	return point{own: make([]time.Duration, cores), busy: make([]time.Duration, cores)}
}

func (p *point) set(from *point) {
	copy(p.own, from.own)
	copy(p.busy, from.busy)
	p.at, p.runner, p.rss, p.threads = from.at, from.runner, from.rss, from.threads
}

// raise keeps the peaks of a point that is dropped.
func (p *point) raise(dropped *point) {
	p.rss, p.threads = max(p.rss, dropped.rss), max(p.threads, dropped.threads)
}

// series is the points of one trial, at least a step apart.
type series struct {
	points  []point
	n       int
	least   time.Duration // the step to begin with
	step    time.Duration
	pending point // the peaks seen since the last point
}

func newSeries(cores int, step time.Duration) series {
	s := series{points: make([]point, maxPoints), least: step, step: step}
	for i := range s.points {
		s.points[i] = newPoint(cores)
	}
	return s
}

func (s *series) reset() {
	s.n, s.step, s.pending = 0, s.least, point{}
}

// add keeps an observation if it is a step after the last that was kept.
func (s *series) add(p *point) {
	if s.n > 0 && p.at-s.points[s.n-1].at < s.step {
		s.pending.raise(p)
		return
	}
	s.push(p)
}

// raise notes a size of the tree between two observations.
func (s *series) raise(size treeSize) {
	s.pending.raise(&point{rss: size.rss, threads: size.threads})
}

func (s *series) push(p *point) {
	if s.n == len(s.points) {
		s.halve()
	}
	s.points[s.n].set(p)
	s.points[s.n].raise(&s.pending)
	s.pending = point{}
	s.n++
}

// end keeps the last observation. A rest shorter than half a step joins the
// interval before it.
func (s *series) end(p *point) {
	if s.n > 1 && p.at-s.points[s.n-1].at < s.step/2 {
		s.n--
		s.pending.raise(&s.points[s.n])
	}
	s.push(p)
}

// halve drops every second point, but not the first.
func (s *series) halve() {
	kept := 1
	for i := 2; i < s.n; i += 2 {
		s.points[i].raise(&s.points[i-1])
		s.points[kept], s.points[i] = s.points[i], s.points[kept]
		kept++
	}
	if s.n%2 == 0 { // the last was dropped
		s.pending.raise(&s.points[s.n-1])
	}
	s.n = kept
	s.step *= 2
}

// sums is what the tree, all cores and the runner used from the first point to
// the last, and how long that was.
func (s *series) sums() (window, own, busy, runner time.Duration) {
	if s.n < 2 {
		return 0, 0, 0, 0
	}
	first, last := &s.points[0], &s.points[s.n-1]
	for i := range first.busy {
		own += max(0, last.own[i]-first.own[i])
		busy += max(0, last.busy[i]-first.busy[i])
	}
	return last.at - first.at, own, busy, last.runner - first.runner
}

// samples turns sums into shares. The first point, when the work began, has
// the shares of the interval that follows, so that a line can be drawn from
// it; its own interval is empty. The child's clock says when the last ends.
func (s *series) samples(wall time.Duration) model.Samples {
	out := model.Samples{}
	if s.n < 2 {
		return out
	}
	cores := len(s.points[0].own)
	out.AtNS = make([]int64, s.n)
	out.RSS = make([]int64, s.n)
	out.Threads = make([]int, s.n)
	for i := range s.n {
		p := &s.points[i]
		out.AtNS[i] = int64(p.at - s.points[0].at)
		out.RSS[i], out.Threads[i] = p.rss, p.threads
	}
	if wall > 0 && int64(wall) > out.AtNS[s.n-2] {
		out.AtNS[s.n-1] = int64(wall)
	}
	out.Own, out.Other = make([][]float64, cores), make([][]float64, cores)
	for c := range cores {
		own, other := make([]float64, s.n), make([]float64, s.n)
		for i := 1; i < s.n; i++ {
			before, after := &s.points[i-1], &s.points[i]
			elapsed := float64(after.at - before.at)
			if elapsed <= 0 {
				continue
			}
			mine := float64(after.own[c] - before.own[c])
			busy := float64(after.busy[c] - before.busy[c])
			own[i] = clamp(mine/elapsed, 1)
			other[i] = clamp((busy-mine)/elapsed, 1-own[i])
		}
		own[0], other[0] = own[1], other[1]
		out.Own[c], out.Other[c] = own, other
	}
	return out
}

func clamp(v, most float64) float64 { return min(max(v, 0), most) }
