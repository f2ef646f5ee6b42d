package site

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A latency that is no whole number of milliseconds still makes a URL in plain
// characters, which every client reads alike.
func TestURLsAreASCII(t *testing.T) {
	s := start(t)
	for _, latency := range []time.Duration{0, 1, 6 * time.Millisecond, 190 * time.Millisecond, Latency} {
		for _, url := range s.URLs(60, latency, true) {
			for _, c := range []byte(url) {
				require.Less(t, c, byte(0x80), url)
			}
		}
	}
}
