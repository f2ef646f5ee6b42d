package starting

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var variants = map[string]func(Params, events.Note) (int, error){
	"goroutines": Goroutines,
	"threads":    Threads,
}

func TestSameAnswer(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			same := func(workers uint8) bool {
				n := int(workers)%50 + 1
				got, err := f(Params{n}, events.Silent)
				return err == nil && got == n
			}
			require.NoError(t, quick.Check(same, &quick.Config{MaxCount: 30}))
		})
	}
}

// All workers are there at once. Locked to threads, each has its own.
func TestAtOnce(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says which threads there are")
	}
	const workers = 20
	var mu sync.Mutex
	most := 0
	_, err := Threads(Params{workers}, func(worker int, kind, label string) {
		threads, err := os.ReadDir("/proc/self/task")
		require.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		most = max(most, len(threads))
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, most, workers)
}
