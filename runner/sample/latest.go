package sample

import "time"

// Latest is for whoever looks on while a trial runs. It reads nothing anew, so
// that it costs the trial nothing: it sets the share of each core that the
// trial and everything else have used since a moment, as the watcher last saw
// it, and returns that moment, to ask with next, and the cores that neither the
// trial nor the runner used since the work began. It is not ok where nothing
// was seen since. Both slices have one element for each core.
func (w *Watcher) Latest(since time.Duration, own, other []float64) (at time.Duration, foreign float64, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.series.n
	if n == 0 || w.phase == started {
		return since, 0, false
	}
	first, last := &w.series.points[0], &w.series.points[n-1]
	if w.phase == working {
		last = &w.last
	}
	from := first
	for i := 1; i < n && w.series.points[i].at <= since; i++ {
		from = &w.series.points[i]
	}
	elapsed := float64(last.at - from.at)
	if last.at <= since || elapsed <= 0 {
		return since, 0, false
	}
	var all time.Duration // that neither used, of all cores, since the beginning
	for c := range min(len(own), len(other), len(last.own)) {
		mine := float64(last.own[c] - from.own[c])
		own[c] = clamp(mine/elapsed, 1)
		other[c] = clamp((float64(last.busy[c]-from.busy[c])-mine)/elapsed, 1-own[c])
		all += max(0, last.busy[c]-first.busy[c]) - max(0, last.own[c]-first.own[c])
	}
	all -= last.runner - first.runner
	return last.at, max(0, float64(all)/float64(last.at-first.at)), true
}

// Cores is the number of cores that are watched.
func (w *Watcher) Cores() int { return w.cores.Len() }
