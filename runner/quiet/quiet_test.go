package quiet

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/cgroup"
	"tandem/runner/sample"
)

// neighbours use cores by a plan: how many from which moment on.
type neighbours struct {
	begin time.Time
	plan  []load
	step  time.Duration
	err   error
}

type load struct {
	from  time.Duration
	cores float64
}

func (n *neighbours) Step() time.Duration { return n.step }

func (n *neighbours) Foreign() (used time.Duration, err error) {
	now := time.Since(n.begin)
	for i, l := range n.plan {
		to := now
		if i+1 < len(n.plan) {
			to = min(to, n.plan[i+1].from)
		}
		used += time.Duration(float64(max(0, to-l.from)) * l.cores)
	}
	if n.step > 0 {
		used = used.Truncate(n.step)
	}
	return used, n.err
}

func TestGate(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name    string
		plan    []load
		step    time.Duration
		maxWait time.Duration
		foreign float64
		waited  time.Duration
	}{
		{"quiet at once", []load{{0, 0}}, 1, 500 * ms, 0, 50 * ms},
		{"within the limit", []load{{0, 0.07}}, 1, 500 * ms, 0.07, 50 * ms},
		{"quiet in the third window", []load{{0, 2}, {100 * ms, 0}}, 1, 500 * ms, 0, 150 * ms},
		{"a window that is half quiet is not", []load{{0, 2}, {75 * ms, 0}}, 1, 500 * ms, 0, 150 * ms},
		{"never quiet", []load{{0, 1.5}}, 1, 500 * ms, 1.5, 500 * ms},
		{"the last window tells", []load{{0, 1}, {450 * ms, 0.5}}, 1, 500 * ms, 0.5, 500 * ms},
		{"no window is begun that does not fit", []load{{0, 1}}, 1, 120 * ms, 1, 100 * ms},
		{"one window in any case", []load{{0, 1}}, 1, 0, 1, 50 * ms},
		// 0.04 cores are 2 ms in 50: a tick or none. In 125 ms, one tick is 0.08.
		{"ticks widen the window", []load{{0, 0.04}}, 10 * ms, 500 * ms, 0, 125 * ms},
		{"a single tick is no reason to wait", []load{{0, 0.09}}, 10 * ms, 500 * ms, 0.08, 125 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := Gate{MaxWait: c.maxWait, Reader: &neighbours{begin: time.Now(), plan: c.plan, step: c.step}}
				foreign, waited, err := g.Wait(t.Context())
				require.NoError(t, err)
				require.InDelta(t, c.foreign, foreign, 1e-6)
				require.Equal(t, c.waited, waited)
			})
		})
	}
}

func TestGateObeysItsFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := Gate{Window: time.Second, Limit: 1.5, MaxWait: time.Minute,
			Reader: &neighbours{begin: time.Now(), plan: []load{{0, 2}, {3 * time.Second, 1}}, step: 1}}
		foreign, waited, err := g.Wait(t.Context())
		require.NoError(t, err)
		require.InDelta(t, 1, foreign, 1e-9)
		require.Equal(t, 4*time.Second, waited)
	})
}

func TestGateIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 120*time.Millisecond)
		defer cancel()
		g := Gate{MaxWait: time.Hour, Reader: &neighbours{begin: time.Now(), plan: []load{{0, 1}}, step: 1}}
		_, waited, err := g.Wait(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 120*time.Millisecond, waited)
	})
}

func TestGateSaysWhyItCannotRead(t *testing.T) {
	broken := errors.New("no such file")
	g := Gate{Reader: &neighbours{err: broken}}
	_, _, err := g.Wait(t.Context())
	require.ErrorIs(t, err, broken)
}

// The real reader: what this process burns is not foreign. However busy others
// keep the machine, all that the cores did is foreign or the runner's own.
func TestTheRunnerIsNotForeign(t *testing.T) {
	m, err := thisMachine()
	require.NoError(t, err)
	own := func() time.Duration {
		used, err := sample.RunnerCPU()
		require.NoError(t, err)
		return used
	}
	total := func() time.Duration {
		all := time.Duration(0)
		require.NoError(t, m.cores.Read(m.busy))
		for _, used := range m.busy {
			all += used
		}
		return all
	}
	ownBefore, foreignBefore, totalBefore := own(), read(t, m), total()
	for own()-ownBefore < 100*time.Millisecond { // however long that takes
		spin(time.Millisecond)
	}
	totalAfter, foreignAfter, ownAfter := total(), read(t, m), own()
	// The readings are a moment apart, and a core's account may be a tick old.
	require.InDelta(t, totalAfter-totalBefore, foreignAfter-foreignBefore+ownAfter-ownBefore, float64(50*time.Millisecond))
}

func read(t *testing.T, r Reader) time.Duration {
	used, err := r.Foreign()
	require.NoError(t, err)
	return used
}

func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		steal := func() (time.Duration, error) { return time.Since(begin) / 4, nil }
		n, err := idle(t.Context(), time.Second, &neighbours{begin: begin, plan: []load{{0, 0.5}}}, steal)
		require.NoError(t, err)
		require.InDelta(t, 0.5, n.Foreign, 1e-6)
		require.InDelta(t, 0.25, n.Steal, 1e-6)
		require.Zero(t, n.JitterP99, "the clock of this test is never late")
		require.Equal(t, time.Second, time.Since(begin))
		text, err := json.Marshal(n)
		require.NoError(t, err)
		require.JSONEq(t, `{"foreign_cpu":0.5,"steal_cpu":0.25,"jitter_p50_ns":0,"jitter_p99_ns":0}`, string(text))
	})
}

func TestIdleIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Idle(ctx, time.Hour)
	require.ErrorIs(t, err, context.Canceled)
}

func TestNoiseReadsWell(t *testing.T) {
	n := Noise{Foreign: 0.123, Steal: 0.01, JitterP50: 61234, JitterP99: 1234567}
	require.Equal(t, "others use 0.12 cores, steal 0.01; a 1 ms sleep ends 61µs late (p50), 1.235ms (p99)", n.String())
}

func TestCapacityIsWithinTheMachine(t *testing.T) {
	cores := float64(min(runtime.NumCPU(), runtime.GOMAXPROCS(0)))
	if q := cgroup.OwnQuota().Cores(); q > 0 {
		cores = min(cores, q)
	}
	c := Capacity(2 * time.Millisecond)
	require.Positive(t, c)
	require.LessOrEqual(t, c, cores)
	require.Equal(t, cores, Capacity(0))
}

// How much the probe scatters, and what the gate costs apart from waiting.
func BenchmarkCapacity(b *testing.B) {
	least, most := float64(runtime.NumCPU()), 0.0
	for b.Loop() {
		c := Capacity(10 * time.Millisecond)
		least, most = min(least, c), max(most, c)
	}
	b.ReportMetric(least, "cores-min")
	b.ReportMetric(most, "cores-max")
}

func BenchmarkForeign(b *testing.B) {
	m, err := thisMachine()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Foreign(); err != nil {
			b.Fatal(err)
		}
	}
}
