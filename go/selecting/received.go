package selecting

import (
	"fmt"
	"maps"
	"strings"

	"tandem/go/events"
	"tandem/go/trial"
)

// Counts says how often each name was received: the same in every
// variant, whatever the order is.
func Counts(order []string) string {
	names := strings.Join(order, " ")
	fast, slow := strings.Count(names, Fast), strings.Count(names, Slow)
	return fmt.Sprintf("%s=%d %s=%d", Fast, fast, Slow, slow)
}

// FastPerSlow is how many fast messages came for each slow one while
// both were coming: from the first slow one to the last. Where nobody
// waits for the other it is about Ratio. It is 0 where there are less
// than two slow ones.
func FastPerSlow(order []string) float64 {
	fast, between, slow := 0, 0, 0
	for _, name := range order {
		switch {
		case name == Slow:
			slow++
			between = fast
		case slow > 0:
			fast++
		}
	}
	if slow < 2 {
		return 0
	}
	return float64(between) / float64(slow-1)
}

// Received is in which order names were received, and what else was
// counted meanwhile.
type Received struct {
	Order   []string
	Counted trial.Metrics
}

// Result adds what the order says.
func (r Received) Result() trial.Result {
	metrics := trial.Metrics{"fast_per_slow": FastPerSlow(r.Order)}
	maps.Copy(metrics, r.Counted)
	return trial.Result{Answer: Counts(r.Order), Metrics: metrics}
}

// An inbox keeps what was received.
type inbox struct {
	order []string
	note  events.Note
}

// take puts a name into the inbox. It returns the channel that it came
// from, or, if that is closed, nil: from a nil channel nothing ever
// comes, so select no longer looks at it.
func (in *inbox) take(name string, open bool,
	from <-chan string) <-chan string {
	if !open {
		return nil
	}
	in.note(Receiver, "received", name)
	in.order = append(in.order, name)
	return from
}
