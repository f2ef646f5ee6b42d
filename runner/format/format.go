// Package format writes numbers, units and lists for people.
//
// Its one decision: a number shows no more digits than its interval supports.
package format

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tandem/runner/model"
)

// A Unit says what a number counts, and so how people write it.
type Unit int

const (
	Plain   Unit = iota
	Seconds      // written in s, ms, us or ns
	Bytes        // written in GB, MB, kB or B, each 1000 of the next
	Times        // a ratio: 1.93x
	Cores        // of processor
	Percent      // a share, 1 is all
	Count        // a whole number
)

// String names the unit on an axis and in the data's header.
func (u Unit) String() string {
	return [...]string{"", "s", "bytes", "ratio", "cores", "share", ""}[u]
}

type step struct {
	size float64
	name string
}

var (
	timeSteps = []step{{1, " s"}, {1e-3, " ms"}, {1e-6, " µs"}, {1e-9, " ns"}}
	byteSteps = []step{{1e12, " TB"}, {1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}}
)

// scale picks the step in which v has one to three digits before the point.
func (u Unit) scale(v float64) step {
	var steps []step
	switch u {
	case Seconds:
		steps = timeSteps
	case Bytes:
		steps = byteSteps
	case Times:
		return step{1, "×"}
	case Percent:
		return step{0.01, " %"}
	default:
		return step{1, ""}
	}
	for _, s := range steps {
		// 999.6 ms is 1 s to a reader.
		if math.Abs(v) >= s.size*0.9995 {
			return s
		}
	}
	if v == 0 && u == Seconds {
		return steps[0]
	}
	return steps[len(steps)-1]
}

// quantum is the finest step that an estimate may be printed in: the first
// digit of half its interval's width, but never so coarse that the value
// loses its own first digit. Without an interval two digits must do.
func quantum(e model.Estimate) float64 {
	v := math.Abs(e.Value)
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	first := math.Pow(10, math.Floor(math.Log10(v)))
	if !e.Interval {
		return first / 10
	}
	finest := first / 100 // three digits are what people take in
	half := (e.Hi - e.Lo) / 2
	if half <= 0 {
		return finest
	}
	q := math.Pow(10, math.Floor(math.Log10(half)))
	return math.Min(math.Max(q, finest), first)
}

// Fixed writes v rounded to a multiple of q, a power of ten, with as many
// decimals as that takes.
func Fixed(v, q float64) string {
	decimals := int(math.Max(0, math.Round(-math.Log10(q))))
	if q > 1 {
		v = math.Round(v/q) * q
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// fit gives the step that suits an estimate once it is rounded, and its
// quantum in that step.
func (u Unit) fit(e model.Estimate) (step, float64) {
	q := quantum(e)
	s := u.scale(math.Round(e.Value/q) * q)
	return s, q / s.size
}

// Value writes the estimate's median in its unit, with the digits that its
// interval supports.
func (u Unit) Value(e model.Estimate) string {
	if e.N == 0 {
		return "–"
	}
	if u == Count {
		return Whole(e.Value)
	}
	s, q := u.fit(e)
	return Fixed(e.Value/s.size, q) + s.name
}

// Interval writes the estimate's bounds in the value's own unit and digits,
// without naming it again; "" where there is none.
func (u Unit) Interval(e model.Estimate, between string) string {
	if e.N == 0 || !e.Interval {
		return ""
	}
	if u == Count {
		return Whole(e.Lo) + between + Whole(e.Hi)
	}
	s, q := u.fit(e)
	return Fixed(e.Lo/s.size, q) + between + Fixed(e.Hi/s.size, q)
}

// Full is value and interval in one, for tables and for speech.
func (u Unit) Full(e model.Estimate) string {
	if i := u.Interval(e, " to "); i != "" {
		return u.Value(e) + " (" + i + ")"
	}
	return u.Value(e)
}

// Tick writes a number on an axis, exactly.
func (u Unit) Tick(v float64) string {
	s := u.scale(v)
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v/s.size, 'g', 6, 64) + s.name
}

// Exact writes a number that is no estimate, such as one that a source printed,
// with three digits.
func (u Unit) Exact(v float64) string {
	s := u.scale(v)
	q := 1.0
	if x := math.Abs(v / s.size); x > 0 {
		q = math.Pow(10, math.Floor(math.Log10(x))-2)
	}
	return Fixed(v/s.size, math.Min(q, 1)) + s.name
}

// Whole writes a number with at most one decimal, and a space in its thousands.
func Whole(v float64) string {
	s := strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	return group(s)
}

// group puts thin spaces between thousands: 50 000 000.
func group(s string) string {
	number, rest, _ := strings.Cut(s, ".")
	if len(number) < 5 {
		return s
	}
	var b strings.Builder
	for i, c := range number {
		if i > 0 && c != '-' && (len(number)-i)%3 == 0 {
			b.WriteString("\u202f")
		}
		b.WriteRune(c)
	}
	if rest != "" {
		b.WriteString("." + rest)
	}
	return b.String()
}

// Metric reads a metric's unit off the end of its name, and gives the
// factor that brings its values to it.
func Metric(name string) (label string, u Unit, factor float64) {
	if base, ok := strings.CutSuffix(name, "_per_s"); ok {
		return Words(base) + " per second", Plain, 1
	}
	for _, m := range []struct {
		suffix string
		unit   Unit
		factor float64
	}{{"_ns", Seconds, 1e-9}, {"_us", Seconds, 1e-6}, {"_ms", Seconds, 1e-3}, {"_s", Seconds, 1},
		{"_bytes", Bytes, 1}, {"_share", Percent, 1}, {"_ratio", Times, 1}, {"_count", Count, 1}} {
		if base, ok := strings.CutSuffix(name, m.suffix); ok && base != "" {
			return Words(base), m.unit, m.factor
		}
	}
	return Words(name), Plain, 1
}

// Words writes a name of the code as people do.
func Words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// Plural writes "1 round", "2 rounds" and "2 processes".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return fmt.Sprintf("%s %ss", Whole(float64(n)), noun)
}

// List joins names as a sentence does.
func List(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Capital makes the first letter of a sentence large.
func Capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Scaled gives the estimate in another unit.
func Scaled(e model.Estimate, by float64) model.Estimate {
	e.Value *= by
	e.Lo *= by
	e.Hi *= by
	return e
}

// Inverse gives one over a ratio.
func Inverse(e model.Estimate) model.Estimate {
	if e.N == 0 || e.Value == 0 {
		return model.Estimate{}
	}
	e.Value = 1 / e.Value
	if e.Interval {
		e.Lo, e.Hi = 1/e.Hi, 1/e.Lo
	}
	return e
}

// Slug makes a name fit for a file and an ID.
func Slug(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
}

// Duration writes a length of time as people say it.
func Duration(t time.Duration) string {
	switch {
	case t >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(t.Hours()), int(t.Minutes())%60)
	case t >= 2*time.Minute:
		return fmt.Sprintf("%d min %d s", int(t.Minutes()), int(t.Seconds())%60)
	}
	return Seconds.Exact(t.Seconds())
}

// Brief is a duration as Go writes it, with about three digits: 1.24ms.
func Brief(d time.Duration) string {
	step := time.Duration(1)
	for d >= 1000*step {
		step *= 10
	}
	return d.Round(step).String()
}
