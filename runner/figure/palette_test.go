package figure

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestColoursCanBeRead(t *testing.T) {
	colours := map[string][2]string{}
	for _, p := range palette {
		colours[p.name] = [2]string{p.light, p.dark}
	}
	for _, p := range palette {
		least, grounds := 3.0, []string{"paper"}
		switch {
		case p.name == "paper" || p.name == "raised" || p.name == "rule" || p.name == "lane" || p.name == "warnbg":
			continue // grounds, and lines that carry nothing
		case p.name == "other":
			continue // always beside its words
		case p.name == "ink" || p.name == "muted" || p.name == "link" || p.name == "warn":
			least, grounds = 4.5, []string{"paper", "raised", "warnbg"}
		case strings.HasPrefix(p.name, "code-") || strings.HasPrefix(p.name, "w-"):
			least, grounds = 4.5, []string{"raised", "paper"}
		}
		for theme, c := range colours[p.name] {
			for _, ground := range grounds {
				require.GreaterOrEqual(t, contrast(c, colours[ground][theme]), least, "%s on %s, theme %d", p.name, ground, theme)
			}
		}
	}
}

// contrast is that of WCAG 2.
func contrast(a, b string) float64 {
	light := func(hex string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, _ := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
			v := float64(n) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	x, y := light(a), light(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// Workers have the colours of neither language.
func TestWorkersHaveTheirOwnColours(t *testing.T) {
	for i := range workerColours {
		for _, side := range []string{"go", "py"} {
			for n := range ColoursPerSide {
				require.NotEqual(t, hex(side+"-"+string(rune('0'+n))), hex(WorkerColour(i).Name))
			}
		}
		require.NotContains(t, []string{"#2f4a9e", "#8a4b00", "#0e6275"}, hex(WorkerColour(i).Name), "nor what looks like them")
	}
}

func hex(name string) string {
	for _, p := range palette {
		if p.name == name {
			return p.light
		}
	}
	return ""
}
