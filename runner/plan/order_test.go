package plan

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Recorded: were these to change, a resumed run would go on in another order.
func TestOrderIsTheSameEverywhere(t *testing.T) {
	require.Equal(t, []int{5, 1, 0, 4, 3, 7, 2, 6}, Order(8, 1, "counting", 0))
	require.Equal(t, []int{6, 2, 5, 3, 1, 0, 4, 7}, Order(8, 1, "counting", 1))
	require.Equal(t, []int{5, 6, 0, 4, 3, 1, 2, 7}, Order(8, 2, "counting", 1))
}

func TestOrderRunsEveryCellOnce(t *testing.T) {
	require.Empty(t, Order(0, 1, "", 1))
	for round := range 100 {
		order := Order(13, 42, "counting", round)
		slices.Sort(order)
		for i, cell := range order {
			require.Equal(t, i, cell)
		}
	}
}

// Over many rounds each cell must stand at each place as often as any other,
// and each must come right after any other as often: neither the drift of the
// machine nor what a neighbour leaves behind may favour one.
func TestOrderFavoursNoCell(t *testing.T) {
	const n, rounds = 4, 8000
	var place, after [n][n]int
	same := 0
	for round := range rounds {
		order := Order(n, 42, "counting", round)
		for i, cell := range order {
			place[cell][i]++
			if i > 0 {
				after[order[i-1]][cell]++
			}
		}
		if slices.Equal(order, Order(n, 42, "counting", round+1)) {
			same++
		}
	}
	for i := range n {
		for j := range n {
			require.InEpsilon(t, rounds/n, place[i][j], 0.1, "cell %d at place %d", i, j)
			if i != j {
				require.InEpsilon(t, rounds/n, after[i][j], 0.1, "cell %d after cell %d", j, i)
			}
		}
	}
	require.InEpsilon(t, rounds/24, same, 0.25, "one of the 24 orders is as likely as another to follow")
}
