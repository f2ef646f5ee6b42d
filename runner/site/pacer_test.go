package site

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Nobody is woken early, everybody is woken, and who gives up meanwhile is
// forgotten.
func TestPacer(t *testing.T) {
	p, err := newPacer()
	require.NoError(t, err)
	ctx, giveUp := context.WithCancel(t.Context())
	var sleeping, gone sync.WaitGroup
	for range 20 {
		gone.Go(func() { p.sleep(ctx, time.Hour) })
	}
	for range 200 {
		d := time.Duration(rand.IntN(20_000)) * time.Microsecond
		sleeping.Go(func() {
			start := time.Now()
			p.sleep(t.Context(), d)
			if early := d - time.Since(start); early > 0 {
				t.Errorf("woken %v early", early)
			}
		})
	}
	sleeping.Wait()
	giveUp()
	gone.Wait()
	require.NoError(t, p.Close())
}
