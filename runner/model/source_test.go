package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSourcesAreCited(t *testing.T) {
	paper := &Document{ID: "paper", Short: "Hassanin", Author: "A. Hassanin", Title: "On Pools", Place: "A university"}
	for want, s := range map[string]Source{
		"Hassanin, section 2.4, Fig. 2":   {Section: "2.4", Figure: "Fig. 2", In: paper},
		"Hassanin, Fig. 2":                {Figure: "Fig. 2", In: paper},
		"Hassanin, section 2.3":           {Section: "2.3", In: paper}, // nothing hangs at its end
		"Hassanin, sections 2.2 to 3.5":   {Section: "2.2 to 3.5", In: paper},
		"Hassanin, sections 2, 3":         {Section: "2, 3", In: paper},
		"Hassanin, slide 42":              {Section: "slide 42", In: paper},
		"Hassanin":                        {In: paper},
		"unread, Simulating environments": {Document: "unread", Section: "Simulating environments"},
		"":                                {},
	} {
		require.Equal(t, want, s.String())
	}
	require.Equal(t, "A. Hassanin, “On Pools”, A university", paper.String(), "without a year that it does not state")
	paper.Year = 2012
	require.Equal(t, "A. Hassanin, “On Pools”, A university, 2012", paper.String())
}
