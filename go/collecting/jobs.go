package collecting

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// A Job is one task: its number from 0, and how many units it sleeps.
type Job struct {
	Number int
	Units  int
}

// Jobs reads a list of tasks such as "1 5 3": the units that each one
// sleeps.
func Jobs(tasks string) ([]Job, error) {
	var jobs []Job
	for i, word := range strings.Fields(tasks) {
		units, err := strconv.ParseUint(word, 10, 31)
		if err != nil {
			const says = "tasks has %q, want a whole number of units"
			return nil, fmt.Errorf(says, word)
		}
		jobs = append(jobs, Job{i, int(units)})
	}
	if len(jobs) == 0 {
		const says = "tasks is empty, want units such as 1 5 3"
		return nil, errors.New(says)
	}
	return jobs, nil
}

// Work does a job: it sleeps.
func Work(job Job, unit time.Duration, note events.Note) Job {
	note(job.Number, "start", strconv.Itoa(job.Units))
	time.Sleep(time.Duration(job.Units) * unit)
	note(job.Number, "finish", strconv.Itoa(job.Units))
	return job
}

// Reach is where a result has reached the one who asked for it.
func Reach(job Job, note events.Note) int {
	note(job.Number, "reach", strconv.Itoa(job.Units))
	note(job.Number, "mark", "reach-"+strconv.Itoa(job.Units))
	return job.Units
}

// Reached are the units of the results, in the order in which they
// reached the caller.
type Reached []int

// Result has an answer that is the same in whatever order they came.
func (r Reached) Result() trial.Result {
	sorted := slices.Sorted(slices.Values(r))
	return trial.Result{Answer: strings.Trim(fmt.Sprint(sorted), "[]")}
}

// queue returns a channel that holds all jobs and no more: it is closed.
func queue(tasks string) (chan Job, error) {
	jobs, err := Jobs(tasks)
	if err != nil {
		return nil, err
	}
	queued := make(chan Job, len(jobs))
	for _, job := range jobs {
		queued <- job
	}
	close(queued)
	return queued, nil
}
