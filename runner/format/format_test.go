package format

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestNumbersShowWhatTheirIntervalsSupport(t *testing.T) {
	for _, c := range []struct {
		unit          Unit
		v, lo, hi     float64 // lo == hi: no interval
		value, bounds string
	}{
		{Seconds, 2.2140, 2.18, 2.25, "2.21 s", "2.18–2.25"},
		{Seconds, 2.2140, 1.1, 3.4, "2 s", "1–3"},                       // one digit is all that is known
		{Seconds, 0.2140003, 0.2140001, 0.2140005, "214 ms", "214–214"}, // three are enough
		{Seconds, 0.9996, 0.99, 1.01, "1.00 s", "0.99–1.01"},            // not 999.6 ms
		{Seconds, 0.0000123, 0, 0, "12 µs", ""},                         // two where nothing is known
		{Seconds, 123, 90, 160, "120 s", "90–160"},
		{Seconds, 0, 0, 0, "0 s", ""},
		{Bytes, 24_120_000, 23_900_000, 24_300_000, "24.1 MB", "23.9–24.3"},
		{Bytes, 999, 990, 1010, "1.00 kB", "0.99–1.01"},
		{Bytes, 12, 0, 0, "12 B", ""},
		{Times, 1.934, 1.90, 1.97, "1.93×", "1.90–1.97"},
		{Times, 0.0389, 0.038, 0.040, "0.039×", "0.038–0.040"},
		{Cores, 1.9823, 1.979, 1.986, "1.98", "1.98–1.99"},
		{Percent, 0.4123, 0.409, 0.422, "41.2 %", "40.9–42.2"},
		{Count, 17, 17, 17, "17", ""},
		{Count, 100000, 0, 0, "100\u202f000", ""},
	} {
		e := model.Estimate{Value: c.v, Lo: c.lo, Hi: c.hi, N: 10, Interval: c.lo != c.hi}
		require.Equal(t, c.value, c.unit.Value(e))
		require.Equal(t, c.bounds, c.unit.Interval(e, "–"), c.value)
	}
	require.Equal(t, "–", Seconds.Value(model.Estimate{}))
	require.Equal(t, "", Seconds.Interval(model.Estimate{}, "–"))
}

func TestMetricsNameTheirUnit(t *testing.T) {
	for name, want := range map[string]struct {
		label string
		unit  Unit
	}{"pool_ready_ns": {"pool ready", Seconds}, "sent_bytes": {"sent", Bytes}, "idle_share": {"idle", Percent}, "retries": {"retries", Plain}, "_ns": {" ns", Plain}} {
		label, u, _ := Metric(name)
		require.Equal(t, want.label, label)
		require.Equal(t, want.unit, u)
	}
}

// A rate is no duration, though its name ends like one.
func TestMetricUnit(t *testing.T) {
	label, u, factor := Metric("requests_per_s")
	require.Equal(t, "requests per second", label)
	require.Equal(t, Plain, u)
	require.Equal(t, 1.0, factor)
	label, u, factor = Metric("pool_ready_ns")
	require.Equal(t, "pool ready", label)
	require.Equal(t, Seconds, u)
	require.Equal(t, 1e-9, factor)
}
