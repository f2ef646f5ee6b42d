package dynpool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/go/events"
)

var courses = map[string]func(*course) error{
	"sequential": alone, "queues": byQueues, "pool": byPool, "queues-beside": queuesBeside, "pool-beside": poolBeside,
}

// What a job gets of a pool: all that it may have where nobody else wants any,
// one worker where those of the queues stay with another job, and its turn
// where they do not.
func TestMeanAtOnce(t *testing.T) {
	for name, want := range map[string][2]float64{
		"sequential":    {1, 1},
		"queues":        {2.5, 3}, // at the end fewer have something to do
		"pool":          {2.5, 3},
		"queues-beside": {1, 1},
		"pool-beside":   {1.4, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			result, err := watched(courses[name])(Params{30, 3, 3, time.Millisecond}, events.Silent)
			require.NoError(t, err)
			require.Equal(t, "435", result.Answer)
			require.GreaterOrEqual(t, result.Metrics["mean_at_once"], want[0], name)
			require.LessOrEqual(t, result.Metrics["mean_at_once"], want[1], name)
		})
	}
}

// Nobody waits for another job that has nobody to do it, or nothing to do.
func TestBesideNobody(t *testing.T) {
	for _, name := range []string{"queues-beside", "pool-beside"} {
		for params, answer := range map[Params]string{
			{N: 4, Workers: 1}: "6",
			{N: 0, Workers: 3}: "0",
		} {
			result, err := watched(courses[name])(params, events.Silent)
			require.NoError(t, err)
			require.Equal(t, answer, result.Answer)
		}
	}
}
