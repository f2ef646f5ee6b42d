package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
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

func TestATaskLiesAroundUntilItReachesTheCaller(t *testing.T) {
	s := newStory(reaching(), 0.1)
	require.Equal(t, 0.102, s.end, "a story is as long as its last event")
	require.Len(t, s.events, 10, "a mark that repeats an event is left out")
	var names []string
	for _, l := range s.lanes {
		names = append(names, l.name)
	}
	require.Equal(t, []string{"task 1", "task 5", "task 3", "caller"}, names)
	require.Equal(t, []item{{"task 1", 0.001, 0.021, 0.022}, {"task 5", 0.001, 0.101, 0.102}, {"task 3", 0.001, 0.061, 0.102}}, s.items)
	three := s.lanes[2].bits
	require.Len(t, three, 2)
	require.False(t, three[0].faint, "at work")
	require.True(t, three[1].faint)
	require.Equal(t, []float64{0.061, 0.102}, []float64{three[1].from, three[1].to})
	require.Len(t, s.lanes[3].bits, 4, "free, and three results")
}

func TestWhoPrintsUntilAnotherDoes(t *testing.T) {
	s := newStory(printing(), 0.1)
	require.Equal(t, []run{{4, "E", 3}, {0, "A", 2}, {1, "B", 4}, {0, "A", 2}, {2, "C", 2}, {3, "D", 2}}, s.letters)
	require.Equal(t, run{1, "B", 4}, s.longest())
	require.Len(t, s.lanes, 5)
	require.Len(t, s.lanes[0].bits, 2, "A was interrupted once")
	require.Equal(t, 4, s.lanes[1].bits[0].n)
}

func TestASenderWaits(t *testing.T) {
	s := newStory([]model.Event{
		{AtNS: 0, Worker: 0, Kind: "sending", Label: "A"}, {AtNS: 1 * ms, Worker: 0, Kind: "sent", Label: "A"},
		{AtNS: 2 * ms, Worker: 0, Kind: "sending", Label: "B"}, {AtNS: 50 * ms, Worker: 1, Kind: "wake"},
		{AtNS: 51 * ms, Worker: 1, Kind: "received", Label: "A"}, {AtNS: 52 * ms, Worker: 0, Kind: "sent", Label: "B"},
		{AtNS: 53 * ms, Worker: 1, Kind: "received", Label: "B"}, {AtNS: 54 * ms, Worker: 0, Kind: "sending", Label: "C"},
		{AtNS: 60 * ms, Worker: 1, Kind: "stuck", Label: "nobody is left\nto send"},
	}, 0.06)
	require.Equal(t, "sender", s.lanes[0].name)
	require.Equal(t, "receiver", s.lanes[1].name)
	require.InDelta(t, 0.050, s.messages[1].longest, 1e-9)
	require.InDelta(t, 0.053, s.messages[1].received, 1e-9)
	require.False(t, s.messages[2].waited)
	last := s.lanes[0].bits[2]
	require.Equal(t, []float64{0.054, 0.06}, []float64{last.from, last.to}, "C is never sent")
	require.Equal(t, "nobody is left\nto send", s.stuck)
}

// However much happened, a figure stays small, and no end is lost.
func TestAStoryIsBounded(t *testing.T) {
	var events []model.Event
	for i := range 200_000 {
		events = append(events, model.Event{AtNS: int64(i) * 1000, Worker: i % 50, Kind: "received", Label: fmt.Sprint(i)})
	}
	s := newStory(events, 0.2)
	require.Len(t, s.lanes, mostStrips)
	require.Equal(t, 50-mostStrips, s.hidden)
	bits, n := 0, 0
	for _, l := range s.lanes {
		bits += len(l.bits)
		for _, b := range l.bits {
			n += b.n
		}
	}
	require.LessOrEqual(t, bits, mostBits+mostStrips)
	require.Equal(t, bits, s.drawn)
	require.Equal(t, 200_000/50*mostStrips, n)
	require.NotEmpty(t, newStory(nil, 1).empty)
}

func TestOnlyAPairAboutOrderHasATimeline(t *testing.T) {
	require.False(t, told([]model.Event{{Kind: "start"}, {Kind: "finish"}, {Kind: "mark"}}))
	require.True(t, told(printing()))
	lacks(t, static(t, "plain"), "Who did what, and when")
	has(t, static(t, "told"), "Who did what, and when")
}

func TestTheTimelinesFileHasEveryEvent(t *testing.T) {
	in := cases["told"](t)
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
			want += len(newStory(s.Events, 0).events)
		}
		require.Len(t, records, 1+want)
		require.Equal(t, []string{"counting", "", "go", "go1.26.8", "sequential", "event-print", "s", "0.005", "", "", "1", "worker 4: E"}, records[1])
		return
	}
	t.Fatal("there is no timeline")
}

func TestAListingIsAsWideAsTheSources(t *testing.T) {
	page := static(t, "told")
	has(t, page, `<span class="t-w-0">AA</span><span class="t-w-1">BB</span>`)
	has(t, page, "AA</span><span class=\"t-w-2\">CC</span><span class=\"t-w-3\">DD</span></code>")
	has(t, page, "1 finished  @1.05\n1 reached the caller  @1.10\n3 finished  @3.05\n5 finished  @5.05\n5 reached the caller  @5.10\n3 reached the caller  @5.10</code>")
	has(t, page, "all goroutines are asleep - deadlock!")
}

func TestLettersStandInRowsOfTheSourcesWidth(t *testing.T) {
	w := newWorld(t)
	w.only = "counting"
	w.trace = func(model.Cell) (all []model.Event) {
		for i := range 70 {
			all = append(all, model.Event{AtNS: int64(i), Kind: "print", Label: "A"})
		}
		return all
	}
	in := w.input()
	p := &in.Summary.Pairs[0]
	lines := newDesk(in).listing(p, &p.Groups[0].Rows[0], catalog.Printed{}, []string{"BBB", strings.Repeat("A", 30)})
	require.Equal(t, []string{strings.Repeat("A", 30), strings.Repeat("A", 30), strings.Repeat("A", 10)}, lines)
}

func TestOnlyWhatHasAColourIsMarkedUp(t *testing.T) {
	html, err := highlight("a.go", "func main() { x := 1 }")
	require.NoError(t, err)
	has(t, string(html), `<span class="kd">func</span>`)
	has(t, string(html), `<span class="nf">main</span>() { x := <span class="mi">1</span> }`)
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
	d := newDesk(in)
	for _, s := range d.scaling(&in.Summary.Pairs[0]) {
		require.NotEmpty(t, s.rounds)
	}
	w := newWorld(t)
	w.cores, w.only, w.rounds = 8, "counting", 3
	w.sweep = map[string][]any{"workers": {int64(1), int64(2), int64(4)}}
	in = w.input()
	for _, s := range newDesk(in).scaling(&in.Summary.Pairs[0]) {
		require.Empty(t, s.rounds, "three rounds decide nothing")
	}
	require.Contains(t, strings.Join(strings.Fields(bare(t, in)), " "), "not fitted")
}

func TestVerdictsAreCountedAndLinked(t *testing.T) {
	page := static(t, "many-pairs")
	has(t, page, "Of 4 claims put to the test: 2 reproduced, 1 contradicted, 1 inconclusive.")
	has(t, page, `<a href="#four-source">Hassanin, section 2.1, Fig. 2</a>`)
	has(t, page, "tandem run four")
	require.Equal(t, 5, strings.Count(page, `<details class="numbers">`), "many pairs fold")
	lacks(t, static(t, "plain"), `<details class="numbers">`)
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
