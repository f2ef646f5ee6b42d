package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	child "tandem/go/trial"
	"tandem/runner/cgroup"
	"tandem/runner/model"
	"tandem/runner/sample"
	"tandem/runner/trial"
)

// A harness is what a trial lies in: the runner's own machinery, put together as
// tandem run does.
type harness struct {
	group    *cgroup.Group // nil: none
	children *trial.Supervisor
	watch    *sample.Watcher
}

// every is the sampling interval of tandem run.
const every = 20 * time.Millisecond

// newHarness makes a harness that b puts away. The error of a control group that
// cannot be made here is a noGroup.
func newHarness(b *bench, grouped bool) (*harness, error) {
	d := &harness{}
	b.close(d.close)
	var err error
	if grouped {
		if d.group, err = cgroup.New("bench"); err != nil {
			return nil, noGroup{err}
		}
	}
	if d.children, err = trial.New(trial.Options{Group: d.group}); err != nil {
		return nil, err
	}
	if d.watch, err = sample.New(every, d.group); err != nil {
		return nil, err
	}
	return d, nil
}

type noGroup struct{ error }

func (d *harness) close() error {
	var errs []error
	if d.children != nil {
		errs = append(errs, d.children.Close())
	}
	if d.watch != nil {
		errs = append(errs, d.watch.Close())
	}
	if d.group != nil {
		errs = append(errs, d.group.Remove())
	}
	return errors.Join(errs...)
}

// run runs a trial and returns what came of it and what it used.
func (d *harness) run(ctx context.Context, spec trial.Spec) (trial.Outcome, sample.Usage, error) {
	out := d.children.Run(ctx, spec, d.watch)
	used := d.watch.Result(sample.Total{
		User: out.Usage.User, Sys: out.Usage.Sys,
		Voluntary: out.Usage.Voluntary, Involuntary: out.Usage.Involuntary,
	}, out.Wall)
	return out, used, finished(out)
}

// finished is the error of a trial that gave no answer.
func finished(out trial.Outcome) error {
	if out.Status != model.OK {
		return fmt.Errorf("the trial ended as %s: %s", out.Status, out.Message)
	}
	return nil
}

// harnesses adds a candidate with a control group, where one can be made, and one
// without. They are called name and "name, no control group".
func (b *bench) harnesses(name string, add func(name string, d *harness)) error {
	d, err := newHarness(b, true)
	if reason := (noGroup{}); errors.As(err, &reason) {
		fmt.Fprintf(b.out, "  no control group: %v\n", reason.error)
	} else if err != nil {
		return err
	} else {
		add(name, d)
	}
	if d, err = newHarness(b, false); err != nil {
		return err
	}
	add(name+", no control group", d)
	return nil
}

// own is a trial of one of the variants in child.go, which this program itself
// runs.
func own(variant string) (trial.Spec, error) {
	self, err := os.Executable()
	return trial.Spec{
		Argv: []string{self, childVerb}, Env: os.Environ(),
		Request: trial.Request{Topic: topic, Variant: variant}, Deadline: time.Minute,
	}, err
}

// What this program is when the first word of its command line says so.
const (
	childVerb = "child" // a trial's child
	burnVerb  = "burn"  // a worker that uses CPU
	holdVerb  = "hold"  // a worker that holds memory
	treeVerb  = "tree"  // processes and threads that wait
	spinVerb  = "spin"  // who else uses the machine
	watchVerb = "watch" // viewers of a live run
	topic     = "truth"
)

// act is main where this program is a child of itself.
func act(verb string, args []string) bool {
	switch verb {
	case childVerb:
		child.Main(child.Topics{topic: variants})
	case burnVerb:
		burner(args)
	case holdVerb:
		holder(args)
	case treeVerb:
		tree(args)
	case spinVerb:
		spinner()
	case watchVerb:
		watcher(args)
	default:
		return false
	}
	return true
}
