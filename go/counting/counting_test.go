package counting

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var split = map[string]func(Params, events.Note) (int, error){
	"goroutines":  Goroutines,
	"worker-pool": WorkerPool,
}

func TestChunks(t *testing.T) {
	tests := []struct {
		n, workers int
		want       []int
	}{
		{0, 1, []int{0}},
		{8, 2, []int{4, 4}},
		{10, 4, []int{3, 3, 2, 2}},   // the remainder is spread
		{2, 4, []int{1, 1, 0, 0}},    // more workers than steps
		{1, 1, []int{1}},             // the smallest
		{7, 3, []int{3, 2, 2}},       // 7 is prime
		{0, 3, []int{0, 0, 0}},       // nothing to do, for three
		{1e12, 2, []int{5e11, 5e11}}, // dealt out, not counted
	}
	for _, test := range tests {
		chunks := Chunks(test.n, test.workers)
		sizes := make([]int, len(chunks))
		for i, chunk := range chunks {
			require.Equal(t, i, chunk.Number)
			sizes[i] = chunk.Size
		}
		require.Equal(t, test.want, sizes, "%d steps, %d workers", test.n, test.workers)
	}
}

// Every variant gives the sequential answer, for any n and any workers.
func TestSameAnswer(t *testing.T) {
	for name, f := range split {
		t.Run(name, func(t *testing.T) {
			same := func(n uint16, workers uint8) bool {
				want, err := Sequential(Params{N: int(n)}, events.Silent)
				require.NoError(t, err)
				got, err := f(Params{int(n), int(workers) + 1}, events.Silent)
				return err == nil && got == want && want == int(n)
			}
			require.NoError(t, quick.Check(same, &quick.Config{MaxCount: 200}))
		})
	}
}

// Each chunk is started and finished once, in this order.
func TestEvents(t *testing.T) {
	for name, f := range split {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			kinds := map[int][]string{}
			_, err := f(Params{10, 4}, func(worker int, kind, label string) {
				mu.Lock()
				defer mu.Unlock()
				kinds[worker] = append(kinds[worker], kind)
			})
			require.NoError(t, err)
			want := []string{"start", "finish"}
			require.Equal(t, map[int][]string{0: want, 1: want, 2: want, 3: want}, kinds)
		})
	}
}

// The compiler could know what Count returns without counting. The machine
// code shows that it still counts: within Count there is a jump backwards, on
// the lines of the loop.
func TestLoopSurvives(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "pairs")
	run(t, "go", "build", "-o", binary, "tandem/go/cmd/pairs")
	code := run(t, "go", "tool", "objdump", "-s", `^tandem/go/counting\.Count$`, binary)

	loop := 0
	for i, line := range regexp.MustCompile(`\r?\n`).Split(read(t, "counting.go"), -1) {
		if regexp.MustCompile(`^\tfor range chunk\.Size`).MatchString(line) {
			loop = i + 1
		}
	}
	require.NotZero(t, loop, "the loop is not where this test looks for it")

	// "counting.go:51  0x4b9e0b  7ff8  JG 0x4b9e05"
	jump := regexp.MustCompile(`counting\.go:(\d+)\s+0x([0-9a-f]+)\s+[0-9a-f]+\s+\w+.*\b0x([0-9a-f]+)\s*(?:\n|$)`)
	backwards := 0
	for _, m := range jump.FindAllStringSubmatch(code, -1) {
		line, _ := strconv.Atoi(m[1])
		from, _ := strconv.ParseUint(m[2], 16, 64)
		to, _ := strconv.ParseUint(m[3], 16, 64)
		if (line == loop || line == loop+1) && to < from {
			backwards++
		}
	}
	require.Positive(t, backwards, "Count does not loop any more:\n%s", code)
}

func run(t *testing.T, argv ...string) string {
	t.Helper()
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
