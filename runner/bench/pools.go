package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// pools are Do of go/parallel and others. They run in a program of a module of
// its own, so that nobody else downloads them; it is started once, and asked
// for one run at a time.
var pools = benchmark{
	name: "parallel", rounds: 12,
	doc: "handing out work: go/parallel beside a loop, the post's pool, conc, errgroup, ants and pond (ns a task)",
	setUp: func(ctx context.Context, b *bench) error {
		p, err := b.startPools(ctx)
		if err != nil {
			return err
		}
		work := func(kind string, n, workers int, who ...string) (name func(who string) string) {
			name = func(who string) string { return fmt.Sprintf("%s/%d %s", kind, workers, who) }
			for _, who := range who {
				n := n
				if kind == "empty" && (who == "errgroup" || who == "ants" || who == "pond") {
					n /= 10 // each task costs them the same, and much
				}
				b.candidate(name(who), "ns", func(context.Context) (float64, error) {
					ns, _, err := p.ask(kind, n, workers, who)
					return ns, err
				})
			}
			return name
		}
		over := func(name func(string) string, other string, atMost float64) {
			b.budget(budget{who: name("Do"), over: name(other), atMost: atMost})
		}

		for _, workers := range []int{2, 8, 100, 1000} {
			who := []string{"loop", "Do", "post", "conc"}
			switch workers {
			case 2: // what two cores can do at best, where nobody hands out anything
				who = append(who, "static")
			case 100:
				who = append(who, "errgroup", "ants", "pond")
			}
			empty := work("empty", 1_000_000, workers, who...)
			over(empty, "loop", 2)
			over(empty, "conc", 0.2)
			if workers == 2 {
				// Where this is above the budget on the line before, no
				// pool can meet that on this machine.
				b.budget(budget{who: empty("static"), over: empty("conc")})
			}
		}
		over(work("400ns", 100_000, 2, "static", "Do", "post", "conc"), "static", 1.12)
		over(work("sleep", 3000, 3000, "Do", "post", "conc", "errgroup", "ants", "pond"), "post", 0.8)
		over(work("tail", 100_000, 1000, "Do", "post", "conc"), "conc", 1)

		b.candidate("bytes a task", "B", func(context.Context) (float64, error) {
			_, bytes, err := p.ask("empty", 1_000_000, 2, "Do")
			return bytes, err
		})
		b.budget(budget{who: "bytes a task", atMost: 33})
		return nil
	},
}

// A poolRunner is the program that runs the pools.
type poolRunner struct {
	requests io.Writer
	answers  *bufio.Reader
}

func (b *bench) startPools(ctx context.Context) (*poolRunner, error) {
	program := filepath.Join(b.dir, "pools")
	if _, err := b.output(ctx, "go", "build", "-C", filepath.Join("go", "parallel", "bench"), "-o", program, "."); err != nil {
		return nil, err
	}
	cmd := b.command(ctx, program)
	cmd.Stderr = os.Stderr
	requests, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b.close(func() error {
		requests.Close() // it ends with its input
		return cmd.Wait()
	})
	return &poolRunner{requests, bufio.NewReader(answers)}, nil
}

// ask has one candidate do some work: nanoseconds and bytes a task.
func (p *poolRunner) ask(kind string, n, workers int, who string) (ns, bytes float64, err error) {
	if _, err := fmt.Fprintln(p.requests, kind, n, workers, who); err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Fscanln(p.answers, &ns, &bytes); err != nil {
		return 0, 0, fmt.Errorf("the pools did not answer: %w", err)
	}
	return ns, bytes, nil
}
