package answer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
)

func TestReply(t *testing.T) {
	choices := []string{"half as long", "as long", "twice as long"}
	decided := Outcome{First: 1, Last: 1, Here: "CPython 3.13: threads take 1.06 times as long (0.93 to 1.29)", Source: 2, Printed: "Hassanin printed 1.97x"}
	require.Equal(t, "You said: as long. So it is here. Hassanin printed 1.97x. CPython 3.13: threads take 1.06 times as long (0.93 to 1.29).", decided.Reply(choices, 1))
	require.Equal(t, "You said: twice as long, as Hassanin printed 1.97x. Here it is not: as long. CPython 3.13: threads take 1.06 times as long (0.93 to 1.29).", decided.Reply(choices, 2))
	open := Outcome{First: 1, Last: 2, Here: "Go: it stays open", Source: -1}
	require.Equal(t, "You said: twice as long. Here that stays open: as long or twice as long. Go: it stays open.", open.Reply(choices, 2))
	require.Equal(t, "You said: half as long. Here it is not: as long or twice as long. Go: it stays open.", open.Reply(choices, 0))
}

func TestChoice(t *testing.T) {
	rising, falling := catalog.Predict{Bounds: []float64{0.7, 1.4}}, catalog.Predict{Bounds: []float64{0.75, 0.37}}
	require.Equal(t, []int{0, 1, 2}, []int{rising.Choice(0.5), rising.Choice(1), rising.Choice(1.97)})
	require.Equal(t, []int{0, 1, 2}, []int{falling.Choice(1), falling.Choice(0.5), falling.Choice(0.25)})
}
