package stats

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"tandem/runner/model"
)

// A Fit is a law of scaling fitted to measured speed-ups.
type Fit struct {
	// Serial is the share of the work that only one worker can do at a
	// time, 0 to 1 (the USL calls it contention).
	Serial model.Estimate
	// Crosstalk is the USL's cost of keeping each pair of workers in
	// agreement, as a share of the work; N == 0 under Amdahl's law.
	Crosstalk model.Estimate
	// Residual is the typical relative distance of a point from the curve;
	// a large one says that the law does not describe this variant.
	Residual float64
}

// Peak is the number of workers at which the curve is highest, +Inf where it
// only ever rises.
func (f Fit) Peak() float64 {
	if f.Crosstalk.Value <= 0 {
		return math.Inf(1)
	}
	return math.Sqrt(max(0, 1-f.Serial.Value) / f.Crosstalk.Value)
}

// Amdahl fits speedup = workers / (1 + serial*(workers-1)), where speedup is
// against one worker. Points may repeat a number of workers, one for each
// round. It needs two different numbers of workers above one.
//
// G. M. Amdahl, Validity of the single processor approach to achieving large
// scale computing capabilities, AFIPS 1967.
func Amdahl(workers, speedup []float64) (Fit, error) {
	p, err := readPoints(workers, speedup, 2)
	if err != nil {
		return Fit{}, fmt.Errorf("fitting Amdahl's law: %w", err)
	}
	return p.fit(p.one, nil), nil
}

// USL fits the Universal Scalability Law, speedup = workers / (1 +
// serial*(workers-1) + crosstalk*workers*(workers-1)), as Amdahl does. It
// needs three different numbers of workers above one.
//
// N. J. Gunther, Guerrilla Capacity Planning, Springer 2007.
func USL(workers, speedup []float64) (Fit, error) {
	p, err := readPoints(workers, speedup, 3)
	if err != nil {
		return Fit{}, fmt.Errorf("fitting the universal scalability law: %w", err)
	}
	return p.fit(p.one, p.two), nil
}

// points are the measurements, arranged so that both laws are linear:
// miss = serial*one + crosstalk*two. Each is divided by the time it predicts,
// so that a residual is relative, as the noise is.
type points struct{ miss, one, two []float64 }

func readPoints(workers, speedup []float64, need int) (points, error) {
	if len(workers) != len(speedup) {
		return points{}, fmt.Errorf("%d numbers of workers beside %d speed-ups", len(workers), len(speedup))
	}
	var p points
	var above []float64 // the numbers of workers above one, each once
	for i, w := range workers {
		s := speedup[i]
		if !positive(w) || w < 1 || !positive(s) {
			return points{}, fmt.Errorf("point %d: speed-up %v at %v workers", i+1, s, w)
		}
		if w == 1 {
			continue // every curve passes through 1 there
		}
		if !slices.Contains(above, w) {
			above = append(above, w)
		}
		p.miss = append(p.miss, 1-s/w)
		p.one = append(p.one, (w-1)*s/w)
		p.two = append(p.two, (w-1)*s)
	}
	if len(above) < need {
		return points{}, fmt.Errorf("%d different numbers of workers above one, needs at least %d; sweep more, such as --param workers=1,2,4,8",
			len(above), need)
	}
	return p, nil
}

// fit is least squares with neither share below zero nor serial above one: a
// share that would be is set to the bound, and the other fitted alone.
func (p points) fit(one, two []float64) Fit {
	serial, serialVar, crosstalk, crosstalkVar := 0.0, 0.0, 0.0, 0.0
	parameters := 1
	if two == nil {
		serial, serialVar = slope(p.miss, one)
	} else {
		parameters = 2
		// Regress each on what the other leaves over.
		restTwo, restOne := residual(two, one), residual(one, two)
		crosstalk, crosstalkVar = slope(p.miss, restTwo)
		serial, serialVar = slope(p.miss, restOne)
		if crosstalk < 0 {
			crosstalk = 0
			serial, serialVar = slope(p.miss, one)
		}
	}
	var warnings []string
	const rounding = 1e-9
	if serial < 0 {
		if serial < -rounding {
			warnings = append(warnings, "faster than the number of workers: the serial share is set to 0")
		}
		serial = 0
		if two != nil {
			crosstalk, crosstalkVar = slope(p.miss, two)
			crosstalk = max(0, crosstalk)
		}
	}
	if serial > 1 {
		if serial > 1+rounding {
			warnings = append(warnings, "slower than one worker: the serial share is set to 1")
		}
		serial = 1
	}

	n, sum := len(p.miss), 0.0
	for i := range p.miss {
		r := p.miss[i] - serial*p.one[i] - crosstalk*p.two[i]
		sum += r * r
	}
	free := float64(n - parameters)
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: free}.Quantile((1+Confidence)/2) * math.Sqrt(sum/free)
	share := func(value, variance, most float64) model.Estimate {
		return model.Estimate{
			Value: value, Lo: max(0, value-half*math.Sqrt(variance)), Hi: min(most, value+half*math.Sqrt(variance)),
			N: n, Interval: true, Confidence: Confidence, Warnings: warnings,
		}
	}
	f := Fit{Serial: share(serial, serialVar, 1), Residual: math.Sqrt(sum / float64(n))}
	if two != nil {
		f.Crosstalk = share(crosstalk, crosstalkVar, math.Inf(1))
	}
	return f
}

// slope is the least-squares slope of y on x through zero, and its variance
// in units of that of the noise.
func slope(y, x []float64) (value, variance float64) {
	var xx, xy float64
	for i := range x {
		xx += x[i] * x[i]
		xy += x[i] * y[i]
	}
	return xy / xx, 1 / xx
}

// residual is what of y is left when x has explained all it can.
func residual(y, x []float64) []float64 {
	b, _ := slope(y, x)
	r := make([]float64, len(y))
	for i := range r {
		r[i] = y[i] - b*x[i]
	}
	return r
}
