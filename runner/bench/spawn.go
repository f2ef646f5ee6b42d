package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"tandem/runner/model"
	"tandem/runner/trial"
)

// spawn is the whole of Supervisor.Run on a program that ends at once: its own
// process group, death signal, pidfd, pipes, the reaping, the look for what it
// left behind, and the message that it did not answer. Only the conversation
// is not in it.
var spawn = benchmark{
	name: "spawn", rounds: 20,
	doc: "starting and reaping a static program that ends at once",
	setUp: func(ctx context.Context, b *bench) error {
		const turn = 200
		program, err := b.compile(ctx, "exit", "-nostartfiles")
		if err != nil {
			return err
		}
		loop, err := b.compile(ctx, "floor")
		if err != nil {
			return err
		}
		b.micros("C: vfork, execve, wait4", func(ctx context.Context) ([]float64, error) {
			return b.floor(ctx, loop, turn, program)
		})
		b.withHyperfine(func(ctx context.Context) ([]float64, error) {
			return b.hyperfine(ctx, turn, program)
		})
		b.micros("Go: ForkExec, wait4", func(context.Context) ([]float64, error) {
			return bare(turn, program)
		})
		if err := b.harnesses("tandem", func(name string, d *harness) {
			b.micros(name, func(ctx context.Context) ([]float64, error) {
				return d.spawn(ctx, turn, program)
			})
		}); err != nil {
			return err
		}
		b.budget(budget{who: "tandem, no control group", less: "C: vfork, execve, wait4", atMost: 45})
		b.budget(budget{who: "tandem, no control group", over: "hyperfine -N", atMost: 1})
		return nil
	},
}

// spin is what a trial of 100 ms takes longer than that.
var spin = benchmark{
	name: "spin", rounds: 10,
	doc: "what a program that spins for 100 ms takes longer than that",
	setUp: func(ctx context.Context, b *bench) error {
		const turn = 3
		program, err := b.compile(ctx, "spin")
		if err != nil {
			return err
		}
		excess := func(ns []float64, err error) ([]float64, error) {
			for i := range ns {
				ns[i] -= 100e6
			}
			return ns, err
		}
		b.withHyperfine(func(ctx context.Context) ([]float64, error) {
			return excess(b.hyperfine(ctx, turn, program+" 100"))
		})
		b.micros("Go: ForkExec, wait4", func(context.Context) ([]float64, error) {
			return excess(bare(turn, program, "100"))
		})
		if err := b.harnesses("tandem", func(name string, d *harness) {
			b.micros(name, func(ctx context.Context) ([]float64, error) {
				return excess(d.spawn(ctx, turn, program, "100"))
			})
		}); err != nil {
			return err
		}
		b.budget(budget{who: "tandem, no control group", less: "hyperfine -N", atMost: 50})
		return nil
	},
}

// micros adds a candidate whose turns are many measurements in nanoseconds.
func (b *bench) micros(name string, turn func(context.Context) ([]float64, error)) {
	b.candidate(name, "us", func(ctx context.Context) (float64, error) {
		ns, err := turn(ctx)
		if err != nil {
			return 0, err
		}
		return median(ns) / 1e3, nil
	})
}

// withHyperfine adds hyperfine, where it is installed.
func (b *bench) withHyperfine(turn func(context.Context) ([]float64, error)) {
	if _, err := exec.LookPath("hyperfine"); err != nil {
		b.missing("hyperfine -N", err)
		return
	}
	b.micros("hyperfine -N", turn)
}

// bare starts and reaps a program with nothing of Tandem: what of its cost is
// the Go runtime's. The nanoseconds of each.
func bare(times int, argv ...string) (ns []float64, err error) {
	for range times {
		begin := time.Now()
		pid, err := syscall.ForkExec(argv[0], argv, nil)
		if err != nil {
			return nil, err
		}
		var status syscall.WaitStatus
		for {
			if _, err = syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
				break
			}
		}
		if err != nil || status != 0 {
			return nil, fmt.Errorf("%s ended with %#x: %v", argv[0], status, err)
		}
		ns = append(ns, float64(time.Since(begin)))
	}
	return ns, nil
}

// spawn runs a program that does not answer, as a trial's child: the
// nanoseconds of each.
func (d *harness) spawn(ctx context.Context, times int, argv ...string) (ns []float64, err error) {
	for range times {
		begin := time.Now()
		out := d.children.Run(ctx, trial.Spec{Argv: argv, Deadline: time.Minute}, nil)
		ns = append(ns, float64(time.Since(begin)))
		if out.Status != model.Skipped && !strings.Contains(out.Message, "exited with status 0") {
			return nil, fmt.Errorf("the trial ended as %s: %s", out.Status, out.Message)
		}
	}
	return ns, nil
}
