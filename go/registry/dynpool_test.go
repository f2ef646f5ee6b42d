package registry

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"tandem/go/events"
	"tandem/go/trial"
)

// What a job gets of a pool: all that it may have where nobody else wants any,
// one worker where those of the queues stay with another job, and its turn
// where they do not.
func TestDynpoolMeanAtOnce(t *testing.T) {
	for name, want := range map[string][2]float64{
		"sequential":    {1, 1},
		"queues":        {2.5, 3}, // at the end fewer have something to do
		"pool":          {2.5, 3},
		"queues-beside": {1, 1},
		"pool-beside":   {1.4, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, err := trial.NewParams([]byte(`{"n":30,"workers":3,"limit":3,"unit":1000000}`))
			require.NoError(t, err)
			result, err := dynpoolVariants[name](p)(events.Silent)
			require.NoError(t, err)
			require.NoError(t, p.Err())
			require.Equal(t, "435", result.Answer)
			require.GreaterOrEqual(t, result.Metrics["mean_at_once"], want[0], name)
			require.LessOrEqual(t, result.Metrics["mean_at_once"], want[1], name)
		})
	}
}

// Nobody waits for another job that has nobody to do it, or nothing to do.
func TestDynpoolBesideNobody(t *testing.T) {
	for _, name := range []string{"queues-beside", "pool-beside"} {
		for params, answer := range map[string]string{
			`{"n":4,"workers":1,"unit":0}`: "6",
			`{"n":0,"workers":3,"unit":0}`: "0",
		} {
			p, err := trial.NewParams([]byte(params))
			require.NoError(t, err)
			result, err := dynpoolVariants[name](p)(events.Silent)
			require.NoError(t, err)
			require.Equal(t, answer, result.Answer)
		}
	}
}
