package pdf

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"rsc.io/pdf"
)

// All that the report's figures are made of.
const figure = `<svg viewBox="0 0 300 120" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Time ≥ 2 ms">
<style>:root{--ink:#102030;--go-0:#ff0000;}
@media screen{:root{--ink:#ffffff;--go-0:#00ff00;}}</style>
<path class="f-go-0" fill-opacity="0.5" d="M0 0H10V10L0 10Z"/>
<path class="s-go-0" stroke-width="2" stroke-dasharray="1 3" d="M90 60A40 40 0 0 0 10 60A40 40 0 0 0 90 60ZM0 0A5 5 0 0 1 5 5Q6 6 7 7C8 8 9 9 10 10"/>
<circle class="f-ink" cx="5" cy="5" r="4"/>
<text class="f-ink" x="20" y="30" font-size="10" font-weight="600">bold</text>
<text class="f-ink" x="200" y="50" font-size="10" text-anchor="end">−2 × µ</text>
<text class="f-ink" x="200" y="70" font-size="10" text-anchor="middle">−2 × µ</text>
<text x="200" y="90" text-anchor="end"><tspan class="f-ink" font-size="10">one</tspan><tspan class="f-go-0" font-size="8"> two</tspan></text>
</svg>`

func open(t *testing.T, svg string) (*pdf.Reader, []byte) {
	t.Helper()
	doc, err := Of([]byte(svg))
	require.NoError(t, err)
	r, err := pdf.NewReader(bytes.NewReader(doc), int64(len(doc)))
	require.NoError(t, err)
	require.Equal(t, 1, r.NumPage())
	return r, doc
}

// Whoever prints it needs no font of his own, and no scaling.
func TestThePageStandsOnItsOwn(t *testing.T) {
	r, doc := open(t, figure)
	require.True(t, bytes.HasPrefix(doc, []byte("%PDF-1.")))
	page := r.Page(1)
	var box []float64
	for i := range 4 {
		box = append(box, page.V.Key("MediaBox").Index(i).Float64())
	}
	if page.V.Key("MediaBox").Len() == 0 { // inherited
		box = nil
		for i := range 4 {
			box = append(box, page.V.Key("Parent").Key("MediaBox").Index(i).Float64())
		}
	}
	require.Equal(t, []float64{0, 0, 300, 120}, box)
	require.Len(t, page.Fonts(), 2)
	for _, name := range page.Fonts() {
		font := page.Font(name).V.Key("DescendantFonts").Index(0).Key("FontDescriptor")
		require.NotZero(t, font.Key("FontFile2").Key("Length1").Int64(), "%s is not embedded", name)
	}
	require.Contains(t, r.Trailer().Key("Info").Key("Title").Text(), "Time ≥ 2 ms")
}

func TestTextsStandWhereTheyShould(t *testing.T) {
	r, _ := open(t, figure)
	begin := map[float64]float64{} // by the baseline's height
	for _, s := range r.Page(1).Content().Text {
		if x, known := begin[s.Y]; !known || s.X < x {
			begin[s.Y] = s.X
		}
	}
	require.Len(t, begin, 4)
	require.Equal(t, 20.0, begin[90])
	width := 200 - begin[70]
	require.InDelta(t, 30, width, 5, "as wide as nine letters of that size")
	require.InDelta(t, width/2, 200-begin[50], 0.01, "in the middle")
	require.InDelta(t, 30, 200-begin[30], 5, "both parts end there")
}

// A circle is two halves, of curves whose ends lie on it.
func TestArcsLieOnTheirCircle(t *testing.T) {
	r, _ := open(t, figure)
	var colours, dashes, curves [][]float64
	pdf.Interpret(r.Page(1).V.Key("Contents"), func(stack *pdf.Stack, op string) {
		var n []float64
		for stack.Len() > 0 {
			n = append([]float64{stack.Pop().Float64()}, n...)
		}
		switch op {
		case "rg":
			colours = append(colours, n)
		case "d":
			dashes = append(dashes, n)
		case "c":
			curves = append(curves, n)
		}
	})
	require.Contains(t, colours, []float64{1, 0, 0}, "as by day")
	require.NotContains(t, colours, []float64{0, 1, 0})
	require.NotEmpty(t, dashes)
	var ends []float64 // their heights
	for _, c := range curves {
		if math.Abs(math.Hypot(c[4]-50, c[5]-60)-40) < 0.01 {
			ends = append(ends, c[5])
		}
	}
	require.GreaterOrEqual(t, len(ends), 4)
	require.Greater(t, ends[0], 90.0, "counterclockwise, by way of the top")
	require.Less(t, slices.Min(ends), 30.0)
}

func TestWhatIsNoFigureIsRefused(t *testing.T) {
	for svg, says := range map[string]string{
		"":                                     "reading a figure",
		`<svg viewBox="0 0 1"></svg>`:          "want four numbers",
		`<svg viewBox="0 0 9 9"><rect/></svg>`: "it has <rect>",
		`<svg viewBox="0 0 9 9"><path d="M1"/></svg>`: `a path has "M1", want 2 numbers`,
	} {
		_, err := Of([]byte(svg))
		require.ErrorContains(t, err, says)
	}
}
