package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tandem/runner/trial"
)

// pythonReady adds how long a Python child takes until it is ready, beside the
// interpreter alone, and beside it with the imports of a pool. All of a round
// are started in turns.
func (b *bench) pythonReady(ctx context.Context) error {
	// What is on the PATH may be a script that looks for the interpreter.
	out, err := b.output(ctx, "python3", "-c", "import sys; print(sys.executable)")
	if err != nil {
		b.missing("Python", err)
		return nil
	}
	python := strings.TrimSpace(string(out))
	d, err := newHarness(b, false)
	if err != nil {
		return err
	}
	env := slices.DeleteFunc(os.Environ(), func(set string) bool { return strings.HasPrefix(set, "PYTHON") })
	env = append(env, "PYTHONPATH="+filepath.Join(b.root, "python"), "PYTHONPYCACHEPREFIX="+filepath.Join(b.dir, "pycache"))

	alone := func(code string) func(context.Context) (time.Duration, error) {
		return func(ctx context.Context) (time.Duration, error) {
			begin := time.Now()
			_, err := b.output(ctx, python, "-I", "-S", "-c", code)
			return time.Since(begin), err
		}
	}
	ready := func(variant string) func(context.Context) (time.Duration, error) {
		return func(ctx context.Context) (time.Duration, error) {
			out, _, err := d.run(ctx, trial.Spec{
				Argv: []string{python, "-S", filepath.Join(b.root, "python", "tandem", "__main__.py")},
				Env:  env, Dir: b.root, Deadline: time.Minute,
				Request: trial.Request{
					Topic: "counting", Variant: variant, Params: map[string]any{"n": int64(0), "workers": int64(1)},
				},
			})
			return out.Startup, err
		}
	}
	const (
		bare = "Python: -I -S -c pass"
		one  = "Python: sequential until ready"
		own  = "Python: -I -S -c import of a pool's modules"
		pool = "Python: processes until ready"
		may  = "Python: 2.5 times the first, and the imports"
	)
	turns := []func(context.Context) (time.Duration, error){
		alone("pass"), ready("sequential"), ready("processes"),
		alone("import functools, multiprocessing.pool, multiprocessing.dummy, " +
			"multiprocessing.popen_fork, multiprocessing.queues, multiprocessing.synchronize"),
	}
	for _, f := range turns { // what is compiled now stays compiled
		if _, err := f(ctx); err != nil {
			return err
		}
	}
	var rows []row
	for _, name := range []string{bare, one, pool, own, may} {
		rows = append(rows, row{name: name, unit: "ms"})
	}
	b.group(rows, func(ctx context.Context) ([]float64, error) {
		const turn = 5
		var all [4][]float64
		for range turn {
			for i, f := range turns {
				d, err := f(ctx)
				if err != nil {
					return nil, err
				}
				all[i] = append(all[i], d.Seconds()*1e3)
			}
		}
		var ms []float64
		for _, each := range all {
			ms = append(ms, median(each))
		}
		return append(ms, 2.5*ms[0]+(ms[3]-ms[0])), nil
	})
	b.budget(budget{who: one, over: bare, atMost: 2.5})
	b.budget(budget{who: pool, over: may, atMost: 1})
	return nil
}
