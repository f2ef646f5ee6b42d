package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/trace"
)

const ms = int64(1e6)

// printing is five workers of which two are interrupted.
func printing() []model.Event {
	var all []model.Event
	for i, letter := range "EEEAABBBBAACCDD" {
		all = append(all, model.Event{AtNS: int64(i+1) * 5 * ms, Worker: int(letter - 'A'), Kind: "print", Label: string(letter)})
	}
	return all
}

// reaching is tasks of 1, 5 and 3 units of 20 ms, collected in order.
func reaching() []model.Event {
	return []model.Event{
		{AtNS: 0, Worker: 0, Kind: "mark", Label: "caller-free"},
		{AtNS: 1 * ms, Worker: 0, Kind: "start", Label: "1"},
		{AtNS: 1 * ms, Worker: 1, Kind: "start", Label: "5"},
		{AtNS: 1 * ms, Worker: 2, Kind: "start", Label: "3"},
		{AtNS: 21 * ms, Worker: 0, Kind: "finish", Label: "1"},
		{AtNS: 22 * ms, Worker: 0, Kind: "reach", Label: "1"},
		{AtNS: 22 * ms, Worker: 0, Kind: "mark", Label: "reach-1"},
		{AtNS: 61 * ms, Worker: 2, Kind: "finish", Label: "3"},
		{AtNS: 101 * ms, Worker: 1, Kind: "finish", Label: "5"},
		{AtNS: 102 * ms, Worker: 1, Kind: "reach", Label: "5"},
		{AtNS: 102 * ms, Worker: 2, Kind: "reach", Label: "3"},
	}
}

func TestOnlyAPairAboutOrderHasATimeline(t *testing.T) {
	require.False(t, trace.Ordered([]model.Event{{Kind: "start"}, {Kind: "finish"}, {Kind: "mark"}}))
	require.True(t, trace.Ordered(printing()))
	lacks(t, static(t, "plain"), "Who did what, and when")
	has(t, static(t, "traced"), "Who did what, and when")
}

func TestTheTimelinesFileHasEveryEvent(t *testing.T) {
	in := cases["traced"](t)
	figures, err := Figures(in)
	require.NoError(t, err)
	for _, f := range figures {
		if f.Name != "counting-timeline" {
			continue
		}
		records, err := csv.NewReader(bytes.NewReader(f.CSV)).ReadAll()
		require.NoError(t, err)
		want := 0
		for _, row := range in.Summary.Pairs[0].Groups[0].Rows {
			s, err := in.Samples(row.Traced)
			require.NoError(t, err)
			want += len(trace.New(s.Events, 0).Events)
		}
		require.Len(t, records, 1+want)
		require.Equal(t, []string{"counting", "", "go", "go1.26.8", "sequential", "event-print", "s", "0.005", "", "", "1", "worker 4: E"}, records[1])
		return
	}
	t.Fatal("there is no timeline")
}

func TestAListingIsAsWideAsTheSources(t *testing.T) {
	page := static(t, "traced")
	has(t, page, `<span class="t-w-0">AA</span><span class="t-w-1">BB</span>`)
	has(t, page, "AA</span><span class=\"t-w-2\">CC</span><span class=\"t-w-3\">DD</span></code>")
	has(t, page, "1 finished  @1.05\n1 reached the caller  @1.10\n3 finished  @3.05\n5 finished  @5.05\n5 reached the caller  @5.10\n3 reached the caller  @5.10</code>")
	has(t, page, "all goroutines are asleep - deadlock!")
}

func TestLettersStandInRowsOfTheSourcesWidth(t *testing.T) {
	w := newWorld(t)
	w.only = "counting"
	w.pair(t, "counting").Printed = []catalog.Printed{{File: "letters", Key: "letters", Side: catalog.Go, Variant: "sequential"}}
	w.trace = func(model.Cell) (all []model.Event) {
		for i := range 70 {
			all = append(all, model.Event{AtNS: int64(i), Kind: "print", Label: "A"})
		}
		return all
	}
	in := w.input()
	in.Published["letters"] = store.Published{Schema: 1, Document: "paper", Values: []store.Value{{Key: "letters", Lines: []string{"BBB", strings.Repeat("A", 30)}}}}
	lines := first(in).Printouts()[0].Ours.Lines
	require.Equal(t, []string{strings.Repeat("A", 30), strings.Repeat("A", 30), strings.Repeat("A", 10)}, lines)
}

func TestOnlyWhatHasAColourIsMarkedUp(t *testing.T) {
	html, err := highlight("a.go", "func main() { x := 1 }")
	require.NoError(t, err)
	has(t, string(html), `<b>func</b>`)
	has(t, string(html), `<span class="nf">main</span>() { x := 1 }`)
}

func TestAFunctionStandsBesideItsTwin(t *testing.T) {
	all := twins([]string{"worker-pool"}, []string{goCode, pythonCode})
	require.Len(t, all, 6)
	require.True(t, strings.HasPrefix(all[0][0], "// WorkerPool hands chunks"), "the variant's own first, with its comment: %q", all[0][0])
	require.Empty(t, all[0][1])
	require.True(t, strings.HasPrefix(all[1][0], "// Goroutines"))
	require.True(t, strings.HasPrefix(all[2][1], "def threads(n, workers):"), all[2][1])
	require.Contains(t, all[3][1], "# The pool is made inside", "what is within stays within")
	require.Contains(t, all[5][0], "package counting")
	require.Contains(t, all[5][1], "from multiprocessing import Pool")
	both := twins(nil, []string{"// A is one.\nfunc RunAll() {\n}\n", "@cached\nasync def run_all():\n    pass\n\n\nX = 1\n"})
	require.Equal(t, [][]string{{"// A is one.\nfunc RunAll() {\n}", "@cached\nasync def run_all():\n    pass"}, {"", "X = 1"}}, both)
}

func TestACurveSaysWhatItRestsOn(t *testing.T) {
	page := static(t, "paper-sweep")
	has(t, page, "Hassanin: at best 3.21× with 50 workers")
	has(t, page, "2 different numbers of workers above one, needs at least 3")
}

func TestWithoutASweepACommandIsNamed(t *testing.T) {
	page := static(t, "no-sweep")
	has(t, page, "no sweep over workers")
	has(t, page, "tandem run counting --param workers=")
}

func TestNothingDoubtfulIsFitted(t *testing.T) {
	in := cases["paper-sweep"](t)
	for _, r := range tableOf(in, "Laws of scaling fitted to it").Rows {
		require.NotEmpty(t, r.Cells[0].Text)
	}
	w := newWorld(t)
	w.cores, w.only, w.rounds = 8, "counting", 3
	w.sweep = map[string][]any{"workers": {int64(1), int64(2), int64(4)}}
	in = w.input()
	for _, r := range tableOf(in, "Laws of scaling fitted to it").Rows {
		require.Empty(t, r.Cells[0].Text, "three rounds decide nothing")
	}
	require.Contains(t, strings.Join(strings.Fields(bare(t, in)), " "), "not fitted")
}

func TestVerdictsAreCountedAndLinked(t *testing.T) {
	page := static(t, "many-pairs")
	has(t, page, "2 reproduced, 1 contradicted, 1 inconclusive")
	has(t, page, `<a href="#four/speedup">Hassanin, section 2.1, Fig. 2</a>`)
	has(t, page, "tandem run four")
}

// Each language has its own n here, which is no sweep of n.
func TestOtherValuesForALanguageAreNoSweep(t *testing.T) {
	w := newWorld(t)
	w.only = "counting"
	in := w.input()
	p := &in.Summary.Pairs[0]
	go1, python := p.Groups[0], p.Groups[0]
	go1.Params, python.Params = map[string]any{"n": int64(1000)}, map[string]any{"n": int64(10)}
	go1.Label, python.Label = "n=1000", "n=10"
	go1.Rows, python.Rows = go1.Rows[:3], python.Rows[3:]
	p.Groups, p.Swept = append(p.Groups[:0:0], go1, python), []string{"n"}
	page := bare(t, in)
	lacks(t, page, "Dashed: the variant does not read")
	lacks(t, page, "&lt;nil&gt;")
	has(t, static(t, "sweep"), "Dashed: the variant does not read")
}
