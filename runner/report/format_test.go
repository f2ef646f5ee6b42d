package report

import (
	"math"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestNumbersShowWhatTheirIntervalsSupport(t *testing.T) {
	for _, c := range []struct {
		unit          unit
		v, lo, hi     float64 // lo == hi: no interval
		value, bounds string
	}{
		{seconds, 2.2140, 2.18, 2.25, "2.21 s", "2.18–2.25"},
		{seconds, 2.2140, 1.1, 3.4, "2 s", "1–3"},                       // one digit is all that is known
		{seconds, 0.2140003, 0.2140001, 0.2140005, "214 ms", "214–214"}, // three are enough
		{seconds, 0.9996, 0.99, 1.01, "1.00 s", "0.99–1.01"},            // not 999.6 ms
		{seconds, 0.0000123, 0, 0, "12 µs", ""},                         // two where nothing is known
		{seconds, 123, 90, 160, "120 s", "90–160"},
		{seconds, 0, 0, 0, "0 s", ""},
		{bytesU, 24_120_000, 23_900_000, 24_300_000, "24.1 MB", "23.9–24.3"},
		{bytesU, 999, 990, 1010, "1.00 kB", "0.99–1.01"},
		{bytesU, 12, 0, 0, "12 B", ""},
		{times, 1.934, 1.90, 1.97, "1.93×", "1.90–1.97"},
		{times, 0.0389, 0.038, 0.040, "0.039×", "0.038–0.040"},
		{cores, 1.9823, 1.979, 1.986, "1.98", "1.98–1.99"},
		{percent, 0.4123, 0.409, 0.422, "41.2 %", "40.9–42.2"},
		{count, 17, 17, 17, "17", ""},
		{count, 100000, 0, 0, "100\u202f000", ""},
	} {
		e := model.Estimate{Value: c.v, Lo: c.lo, Hi: c.hi, N: 10, Interval: c.lo != c.hi}
		require.Equal(t, c.value, c.unit.value(e))
		require.Equal(t, c.bounds, c.unit.interval(e, "–"), c.value)
	}
	require.Equal(t, "–", seconds.value(model.Estimate{}))
	require.Equal(t, "", seconds.interval(model.Estimate{}, "–"))
}

func TestMetricsNameTheirUnit(t *testing.T) {
	for name, want := range map[string]struct {
		label string
		unit  unit
	}{"pool_ready_ns": {"pool ready", seconds}, "sent_bytes": {"sent", bytesU}, "idle_share": {"idle", percent}, "retries": {"retries", plain}, "_ns": {" ns", plain}} {
		label, u, _ := metricUnit(name)
		require.Equal(t, want.label, label)
		require.Equal(t, want.unit, u)
	}
}

// Whatever the values, an axis covers them, has at least two ticks and no more
// than fit.
func TestAxesCoverTheirValues(t *testing.T) {
	check := func(a, b float64, most uint8) bool {
		a, b = math.Abs(a), math.Abs(b)
		for _, v := range []*float64{&a, &b} {
			*v = math.Exp(math.Mod(*v, 40) - 20) // from nanoseconds to years
		}
		n := 3 + int(most%8)
		for _, s := range []extent{logSpan([]float64{a, b}, n), linSpan([]float64{a, b}, n)} {
			if s.lo > min(a, b) || s.hi < max(a, b) || len(s.ticks) < 2 || len(s.ticks) > n+1 {
				t.Logf("%v %v %d: %+v", a, b, n, s)
				return false
			}
			for i, tick := range s.ticks {
				if tick < s.lo || tick > s.hi || i > 0 && tick <= s.ticks[i-1] {
					t.Logf("%v %v %d: %+v", a, b, n, s)
					return false
				}
			}
		}
		return true
	}
	require.NoError(t, quick.Check(check, &quick.Config{MaxCount: 5000}))
}
