package buffering

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// log writes down what happens, and at which second.
type log struct {
	mu     sync.Mutex
	start  time.Time
	events []string
}

func (l *log) note(worker int, kind, label string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := int(time.Since(l.start).Seconds())
	l.events = append(l.events, fmt.Sprintf("%d %s %s", at, kind, label))
}

// As many are sent early as there is room, and the next waits until the
// receiver wakes.
func TestRoom(t *testing.T) {
	for capacity := range 7 {
		synctest.Test(t, func(t *testing.T) {
			l := log{start: time.Now()}
			f := Buffered
			if capacity == 0 {
				f = Unbuffered
			}
			delivery, err := f(Params{capacity, time.Second}, l.note)
			require.NoError(t, err)
			require.Equal(t, "A B C D", delivery.Result().Answer)
			require.Equal(t, min(capacity, len(Messages)), delivery.Early)
			require.Equal(t, 5*time.Second, time.Since(l.start))

			for i, message := range Messages {
				sending, sent := 0, 0 // the second
				if i > capacity {
					sending = 5
				}
				if i >= capacity {
					sent = 5
				}
				require.Contains(t, l.events, fmt.Sprintf("%d sending %s", sending, message))
				require.Contains(t, l.events, fmt.Sprintf("%d sent %s", sent, message))
				require.Contains(t, l.events, fmt.Sprintf("5 received %s", message))
			}
			require.Contains(t, l.events, "5 wake ")
			require.Len(t, l.events, 13)
		})
	}
}

// The answer does not depend on when the receiver wakes.
func TestReceiverFirst(t *testing.T) {
	for capacity := 1; capacity < 6; capacity++ {
		delivery, err := Buffered(Params{capacity, 0}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, Messages, delivery.Received)
		require.LessOrEqual(t, delivery.Early, capacity)
	}
}
