package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestNeedMet(t *testing.T) {
	of := func(value, lo, hi float64) model.Estimate {
		return model.Estimate{Value: value, Lo: lo, Hi: hi, N: 6, Interval: true}
	}
	for _, row := range []struct {
		why  string
		need Need
		want bool
	}{
		{"narrow", Need{Estimate: of(100, 98.4, 101.6), Width: 0.02}, true},
		{"the same, wanted narrower", Need{Estimate: of(100, 98.4, 101.6), Width: 0.015}, false},
		{"no noise at all", Need{Estimate: of(3, 3, 3)}, true},
		{"a larger number does not change the width it needs", Need{Estimate: of(1e6, 984e3, 1016e3), Width: 0.02}, true},
		{"too few rounds for an interval", Need{Estimate: model.Estimate{Value: 1, N: 5}, Width: 1}, false},
		{"never measured", Need{Width: 0.01}, true},
		{"a ratio from a half to two is a factor of two", Need{Estimate: of(1, 0.5, 2), Width: 1.01, Ratio: true}, true},
		{"turned round it is the same", Need{Estimate: of(1, 0.5, 2), Width: 0.99, Ratio: true}, false},
		{"a ratio that may be nothing", Need{Estimate: of(1, 0, 2), Width: 9, Ratio: true}, false},
	} {
		require.Equal(t, row.want, row.need.Met(), row.why)
	}
}

// The rule looks at the width alone: which side of one a ratio lies on changes
// nothing.
func TestNeedIsBlindToTheResult(t *testing.T) {
	for _, factor := range []float64{0.1, 0.5, 1, 2, 10} {
		e := model.Estimate{Value: factor, Lo: factor / 1.05, Hi: factor * 1.05, N: 6, Interval: true}
		require.True(t, Need{Estimate: e, Width: 0.051, Ratio: true}.Met())
		require.False(t, Need{Estimate: e, Width: 0.049, Ratio: true}.Met())
	}
}
