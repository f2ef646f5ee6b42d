package collectingmemory

import (
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var pools = map[string]func(Params, events.Note) (Sum, error){
	"everything": Everything,
	"one-by-one": OneByOne,
	"chunked":    Chunked,
	"stalled":    Stalled,
}

func TestSequential(t *testing.T) {
	for _, test := range []struct {
		n, size int
		want    Sum
	}{
		{0, 1, Sum{0, 0, -1}},
		{4, 1, Sum{6, 1, -1}},
		{4, 9, Sum{6, 1, -1}},       // the answer is not a matter of the size
		{252, 2, Sum{31375, 1, -1}}, // 0 to 250, and 0 again
	} {
		got, err := Sequential(Params{N: test.n, Size: test.size}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, test.want, got)
	}
}

// Any number of items, workers and items a chunk gives the sequential total,
// and each variant holds what it says it holds.
func TestSameAnswer(t *testing.T) {
	for name, f := range pools {
		t.Run(name, func(t *testing.T) {
			same := func(n uint16, size, workers, chunksize uint8) bool {
				n %= 700
				w, c := int(workers)%20+1, int(chunksize)+1
				want, err := Sequential(Params{N: int(n), Size: int(size) + 1}, events.Silent)
				require.NoError(t, err)
				got, err := f(Params{N: int(n), Size: int(size) + 1, Workers: w, Chunksize: c}, events.Silent)
				require.NoError(t, err)
				switch name {
				case "everything", "stalled":
					require.Equal(t, int(n), got.Held)
				case "one-by-one":
					// One with each worker, one with the generator, one
					// with the caller.
					require.LessOrEqual(t, got.Held, w+2)
				case "chunked":
					require.LessOrEqual(t, got.Held, (w+2)*c)
				}
				return got.Total == want.Total
			}
			require.NoError(t, quick.Check(same, nil))
		})
	}
}

// The caller of Stalled sees nothing before the input has been read; with the
// others but Everything it is the other way round.
func TestMarks(t *testing.T) {
	for name, f := range pools {
		var mu sync.Mutex
		var marks []string
		_, err := f(Params{N: 1000, Size: 1, Workers: 2, Chunksize: 10}, func(worker int, kind, label string) {
			mu.Lock()
			defer mu.Unlock()
			marks = append(marks, kind+" "+label)
		})
		require.NoError(t, err)
		want := []string{"mark first-result", "mark input-read"}
		if name == "everything" || name == "stalled" {
			want = []string{"mark input-read", "mark first-result"}
		}
		require.Equal(t, want, marks, name)
	}
}
