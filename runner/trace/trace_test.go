package trace

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

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
	s := New(reaching(), 0.1)
	require.Equal(t, 0.102, s.End, "a trace is as long as its last event")
	require.Len(t, s.Events, 10, "a mark that repeats an event is left out")
	var names []string
	for _, l := range s.Lanes {
		names = append(names, l.Name)
	}
	require.Equal(t, []string{"task 1", "task 5", "task 3", "caller"}, names)
	require.Equal(t, []Item{{"task 1", 0.001, 0.021, 0.022}, {"task 5", 0.001, 0.101, 0.102}, {"task 3", 0.001, 0.061, 0.102}}, s.Items)
	three := s.Lanes[2].Spans
	require.Len(t, three, 2)
	require.False(t, three[0].Faint, "at work")
	require.True(t, three[1].Faint)
	require.Equal(t, []float64{0.061, 0.102}, []float64{three[1].From, three[1].To})
	require.Len(t, s.Lanes[3].Spans, 4, "free, and three results")
}

func TestWhoPrintsUntilAnotherDoes(t *testing.T) {
	s := New(printing(), 0.1)
	require.Equal(t, []run{{4, "E", 3}, {0, "A", 2}, {1, "B", 4}, {0, "A", 2}, {2, "C", 2}, {3, "D", 2}}, s.Letters)
	require.Equal(t, run{1, "B", 4}, s.Longest())
	require.Len(t, s.Lanes, 5)
	require.Len(t, s.Lanes[0].Spans, 2, "A was interrupted once")
	require.Equal(t, 4, s.Lanes[1].Spans[0].n)
}

func TestASenderWaits(t *testing.T) {
	s := New([]model.Event{
		{AtNS: 0, Worker: 0, Kind: "sending", Label: "A"}, {AtNS: 1 * ms, Worker: 0, Kind: "sent", Label: "A"},
		{AtNS: 2 * ms, Worker: 0, Kind: "sending", Label: "B"}, {AtNS: 50 * ms, Worker: 1, Kind: "wake"},
		{AtNS: 51 * ms, Worker: 1, Kind: "received", Label: "A"}, {AtNS: 52 * ms, Worker: 0, Kind: "sent", Label: "B"},
		{AtNS: 53 * ms, Worker: 1, Kind: "received", Label: "B"}, {AtNS: 54 * ms, Worker: 0, Kind: "sending", Label: "C"},
		{AtNS: 60 * ms, Worker: 1, Kind: "stuck", Label: "nobody is left\nto send"},
	}, 0.06)
	require.Equal(t, "sender", s.Lanes[0].Name)
	require.Equal(t, "receiver", s.Lanes[1].Name)
	require.InDelta(t, 0.050, s.Messages[1].Longest, 1e-9)
	require.InDelta(t, 0.053, s.Messages[1].Received, 1e-9)
	require.False(t, s.Messages[2].Waited)
	last := s.Lanes[0].Spans[2]
	require.Equal(t, []float64{0.054, 0.06}, []float64{last.From, last.To}, "C is never sent")
	require.Equal(t, "nobody is left\nto send", s.Stuck)
}

// However much happened, a figure stays small, and no end is lost.
func TestATraceIsBounded(t *testing.T) {
	var events []model.Event
	for i := range 200_000 {
		events = append(events, model.Event{AtNS: int64(i) * 1000, Worker: i % 50, Kind: "received", Label: fmt.Sprint(i)})
	}
	s := New(events, 0.2)
	require.Len(t, s.Lanes, mostWorkers)
	require.Equal(t, 50-mostWorkers, s.Hidden)
	spans, n := 0, 0
	for _, l := range s.Lanes {
		spans += len(l.Spans)
		for _, b := range l.Spans {
			n += b.n
		}
	}
	require.LessOrEqual(t, spans, mostSpans+mostWorkers)
	require.Equal(t, spans, s.Drawn)
	require.Equal(t, 200_000/50*mostWorkers, n)
	require.NotEmpty(t, New(nil, 1).Empty)
}

// To wait is not to work.
func TestASenderWhoWaitsIsDrawnThin(t *testing.T) {
	s := New([]model.Event{
		{AtNS: 0, Worker: 0, Kind: "sending", Label: "A"}, {AtNS: 50e6, Worker: 0, Kind: "sent", Label: "A"},
		{AtNS: 50e6, Worker: 1, Kind: "received", Label: "A"}}, 0.1)
	require.True(t, s.Lanes[0].Spans[0].Faint)
}

// A worker that names its steps works from a step's name to its end.
func TestStepsLast(t *testing.T) {
	s := New([]model.Event{
		{AtNS: 0, Worker: 0, Kind: "load", Label: "A"}, {AtNS: 10e6, Worker: 0, Kind: "finish", Label: "A"},
		{AtNS: 20e6, Worker: 0, Kind: "move", Label: "A"}, {AtNS: 50e6, Worker: 0, Kind: "finish", Label: "A"}}, 0.1)
	require.Len(t, s.Lanes[0].Spans, 2)
	require.Equal(t, Span{From: 0.02, To: 0.05, kind: "move", Label: "move", n: 1}, s.Lanes[0].Spans[1])
}
