package figure

import (
	"math"

	"gonum.org/v1/plot"
)

// extent is the part of the number line that an axis shows, with its ticks.
type extent struct {
	lo, hi float64
	ticks  []float64
}

// logSpan covers the values with whole steps of 1, 2, 5 (or of ten, where
// there are many), so that both ends carry a number.
func logSpan(values []float64, most int) extent {
	lo, hi := bounds(values, func(v float64) bool { return v > 0 })
	if lo == 0 {
		return extent{1, 10, []float64{1, 10}}
	}
	// A mark on the very edge is hard to see.
	lo, hi = lo/1.04, hi*1.04
	for _, steps := range [][]float64{{1, 1.5, 2, 3, 5, 7}, {1, 2, 5}, {1, 3}, {1}} {
		ticks := logTicks(lo, hi, steps)
		if len(ticks) <= most || len(steps) == 1 {
			for stride := 2; len(ticks) > most; stride++ {
				ticks = every(logTicks(lo, hi, steps), stride)
			}
			return extent{math.Min(lo, ticks[0]), math.Max(hi, ticks[len(ticks)-1]), ticks}
		}
	}
	panic("unreachable: one step a decade always fits")
}

// every keeps one of n ticks, and always reaches the last.
func every(ticks []float64, n int) []float64 {
	var out []float64
	for i := 0; i < len(ticks)+n-1; i += n {
		if i < len(ticks) {
			out = append(out, ticks[i])
		} else {
			out = append(out, ticks[len(ticks)-1]*math.Pow(10, float64(i-len(ticks)+1)))
		}
	}
	return out
}

// logTicks gives the steps around [lo, hi], one outside at either end.
func logTicks(lo, hi float64, steps []float64) []float64 {
	var out []float64
	for d := math.Floor(math.Log10(lo)) - 1; d <= math.Ceil(math.Log10(hi))+1; d++ {
		for _, s := range steps {
			// Through text, for 10^-3 x 2 must be the same as 0.002.
			v := round(s*math.Pow(10, d), 6)
			switch {
			case v <= lo:
				out = []float64{v}
			case v >= hi:
				return append(out, v)
			default:
				out = append(out, v)
			}
		}
	}
	return out
}

// round keeps that many significant digits.
func round(v float64, digits int) float64 {
	if v == 0 {
		return 0
	}
	p := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*p) / p
}

// linSpan covers zero and the values with round steps.
func linSpan(values []float64, most int) extent {
	_, hi := bounds(values, func(v float64) bool { return v >= 0 })
	if hi <= 0 {
		hi = 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(hi/float64(most))))
	step := unit
	for _, m := range []float64{1, 2, 2.5, 5, 10, 20} {
		step = unit * m
		if hi/step <= float64(most) {
			break
		}
	}
	s := extent{}
	for i := 0; ; i++ {
		v := round(float64(i)*step, 9)
		s.ticks = append(s.ticks, v)
		if v >= hi {
			s.hi = v
			return s
		}
	}
}

func bounds(values []float64, use func(float64) bool) (lo, hi float64) {
	for _, v := range values {
		if !use(v) || math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if hi == 0 && lo == 0 {
			lo, hi = v, v
		}
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	return lo, hi
}

// newPlot prepares a gonum plot that draws nothing but its plotters, over all
// of the space it is given.
func newPlot(x, y extent, logX, logY bool) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.HideAxes()
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = x.lo, x.hi, y.lo, y.hi
	if logX {
		p.X.Scale = plot.LogScale{}
	}
	if logY {
		p.Y.Scale = plot.LogScale{}
	}
	return p
}
