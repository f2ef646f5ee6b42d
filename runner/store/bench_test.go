package store

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

// trialBudget is what a whole trial of an empty workload may take.
const trialBudget = 5 * time.Millisecond

// usual is a trial as runs have them.
func usual() model.Trial {
	t := trialOf(3)
	t.Params = map[string]any{"n": int64(50_000_000), "workers": int64(4)}
	t.WallNS, t.StartupNS, t.CPUUserNS, t.Parallelism = 123_456_789, 7_654_321, 234_567_890, 1.9
	t.Answer = "50000000"
	t.Metrics = map[string]float64{"pool_ns": 1_234_567}
	t.Methods = map[string]string{"cpu": "cgroup v2", "rss": "smaps", "threads": "proc", "ctx": "rusage", "cores": "stat"}
	t.StartedAt = time.Unix(1_800_000_000, 123_456_789)
	t.Samples = "samples/00001-counting-go-sequential.ndjson.gz"
	return t
}

func reportShare(b *testing.B) {
	b.ReportMetric(100*b.Elapsed().Seconds()/float64(b.N)/trialBudget.Seconds(), "%budget")
}

// BenchmarkAppend is a synced line: most of it is the disk.
func BenchmarkAppend(b *testing.B) {
	r := create(b)
	t := usual()
	for b.Loop() {
		require.NoError(b, r.Append(t))
	}
	reportShare(b)
}

// BenchmarkEncode is what of BenchmarkAppend is not the disk.
func BenchmarkEncode(b *testing.B) {
	t := usual()
	t.Schema, t.Run = Schema, "r1"
	for b.Loop() {
		line, err := encodeTrial(t)
		require.NoError(b, err)
		_, _, err = decodeTrial(line[:len(line)-1])
		require.NoError(b, err)
	}
	reportShare(b)
}

// BenchmarkSaveSamples is a second of two cores at 10 Hz.
func BenchmarkSaveSamples(b *testing.B) {
	r := create(b)
	rng := rand.New(rand.NewPCG(9, 10))
	s := model.Samples{Method: "schedstat", Own: make([][]float64, 2), Other: make([][]float64, 2)}
	for i := range 10 {
		s.AtNS = append(s.AtNS, int64(i)*100_000_000)
		s.RSS = append(s.RSS, rng.Int64N(1<<30))
		s.Threads = append(s.Threads, rng.IntN(9))
		for core := range 2 {
			s.Own[core] = append(s.Own[core], rng.Float64())
			s.Other[core] = append(s.Other[core], rng.Float64())
		}
	}
	t := usual()
	for i := 0; b.Loop(); i++ {
		t.Variant = strconv.Itoa(i) // each trial has a new file
		_, err := r.SaveSamples(t, s)
		require.NoError(b, err)
	}
	reportShare(b)
}

// BenchmarkRead10000 is how long a report of 10,000 trials waits for them.
func BenchmarkRead10000(b *testing.B) {
	t := usual()
	t.Schema, t.Run = Schema, "r1"
	line, err := encodeTrial(t)
	require.NoError(b, err)
	data := bytes.Repeat(line, 10_000)
	for b.Loop() {
		j, err := readJournal(bytes.NewReader(data), "file", model.Manifest{Schema: Schema, ID: "r1"})
		require.NoError(b, err)
		require.Len(b, j.trials, 10_000)
	}
	b.SetBytes(int64(len(data)))
}
