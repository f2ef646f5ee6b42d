package plain

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ünïcode 漢字 😀\n\ttab":       "plain, ünïcode 漢字 😀\n\ttab",
		"\x1b[31mred\x1b[0m":               `\u001b[31mred\u001b[0m`,
		"\x1b]0;title\x07":                 `\u001b]0;title\u0007`,
		"over\rwritten\b\x7f":              `over\u000dwritten\u0008\u007f`,
		"C1: \u009b31m":                    `C1: \u009b31m`,
		"as a byte: \x9b31m":               "as a byte: \ufffd31m",
		"cut: \xe2\x80":                    "cut: \ufffd\ufffd",
		"\u202etxt.exe\u2066 \u200f\ufeff": `\u202etxt.exe\u2066 \u200f\ufeff`,
		"\x00":                             `\u0000`,
		"":                                 "",
	} {
		require.Equal(t, want, Terminal(in))
	}
	require.Equal(t, "a\ufffd[1mb\n\ufffd", string(Page([]byte("a\x1b[1mb\n\u202e"))))
}

// A program that reads JSON through a Writer gets what was written.
func TestJSONMeansTheSame(t *testing.T) {
	text := "\x1b[31m \x7f \u009b \u202e é \u2028"
	var out bytes.Buffer
	require.NoError(t, json.NewEncoder(&Writer{To: &out}).Encode(text))
	require.Equal(t, Terminal(out.String()), out.String())
	require.NotContains(t, out.String(), "\x7f")
	var back string
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, text, back)
}

// However a text is cut into writes, what arrives is the same and harmless.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("a\x1b[1m é\u202e\xff 😀"), 3)
	f.Fuzz(func(t *testing.T, text []byte, step int) {
		var out bytes.Buffer
		w := &Writer{To: &out}
		step = max(1, step)
		for rest := text; len(rest) > 0; {
			n := min(step, len(rest))
			wrote, err := w.Write(rest[:n])
			require.NoError(t, err)
			require.Equal(t, n, wrote)
			rest = rest[n:]
		}
		require.True(t, strings.HasPrefix(Terminal(string(text)), out.String()))
		require.LessOrEqual(t, len(w.rest), utf8.UTFMax-1)
		require.True(t, utf8.Valid(out.Bytes()))
		for _, c := range out.String() {
			require.False(t, acts(c), "%q", c)
		}
	})
}
