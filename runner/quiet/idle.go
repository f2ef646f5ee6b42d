package quiet

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Noise is what a machine does while it is asked for nothing.
type Noise struct {
	Foreign   float64       `json:"foreign_cpu"`   // cores that others used
	Steal     float64       `json:"steal_cpu"`     // cores taken by the hypervisor
	JitterP50 time.Duration `json:"jitter_p50_ns"` // how much too late a sleep of 1 ms ends: half of them
	JitterP99 time.Duration `json:"jitter_p99_ns"` // and one in a hundred
}

// String is one line for people.
func (n Noise) String() string {
	return fmt.Sprintf("others use %.2f cores, steal %.2f; a 1 ms sleep ends %v late (p50), %v (p99)",
		n.Foreign, n.Steal, n.JitterP50.Round(time.Microsecond), n.JitterP99.Round(time.Microsecond))
}

// Idle measures the noise of this machine for about d, in which it does
// nothing but sleep. The error is the context's, or says why the machine
// cannot be read.
func Idle(ctx context.Context, d time.Duration) (Noise, error) {
	m, err := thisMachine()
	if err != nil {
		return Noise{}, err
	}
	return idle(ctx, d, m, m.cores.Steal)
}

func idle(ctx context.Context, d time.Duration, reader Reader, steal func() (time.Duration, error)) (n Noise, err error) {
	stolen, err := steal()
	if err != nil {
		return Noise{}, fmt.Errorf("measure the noise of the machine: %w", err)
	}
	before, err := reader.Foreign()
	if err != nil {
		return Noise{}, err
	}
	begin := time.Now()
	var late []time.Duration
	for len(late) == 0 || time.Since(begin) < d {
		asleep := time.Now()
		if err := pause(ctx, time.Millisecond); err != nil {
			return Noise{}, err
		}
		late = append(late, time.Since(asleep)-time.Millisecond)
	}
	after, err := reader.Foreign()
	if err != nil {
		return Noise{}, err
	}
	elapsed := time.Since(begin)
	stolenAfter, err := steal()
	if err != nil {
		return Noise{}, fmt.Errorf("measure the noise of the machine: %w", err)
	}
	slices.Sort(late)
	return Noise{
		Foreign:   cover(before, after, elapsed),
		Steal:     cover(stolen, stolenAfter, elapsed),
		JitterP50: late[len(late)/2],
		JitterP99: late[len(late)*99/100],
	}, nil
}
