package figure

import (
	"math"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
)

// Whatever the values, an axis covers them, has at least two ticks and no more
// than fit.
func TestAxesCoverTheirValues(t *testing.T) {
	check := func(a, b float64, most uint8) bool {
		a, b = math.Abs(a), math.Abs(b)
		for _, v := range []*float64{&a, &b} {
			*v = math.Exp(math.Mod(*v, 40) - 20) // from nanoseconds to years
		}
		n := 3 + int(most%8)
		for _, s := range []extent{logSpan([]float64{a, b}, n), linSpan([]float64{a, b}, n)} {
			if s.lo > min(a, b) || s.hi < max(a, b) || len(s.ticks) < 2 || len(s.ticks) > n+1 {
				t.Logf("%v %v %d: %+v", a, b, n, s)
				return false
			}
			for i, tick := range s.ticks {
				if tick < s.lo || tick > s.hi || i > 0 && tick <= s.ticks[i-1] {
					t.Logf("%v %v %d: %+v", a, b, n, s)
					return false
				}
			}
		}
		return true
	}
	require.NoError(t, quick.Check(check, &quick.Config{MaxCount: 5000}))
}
