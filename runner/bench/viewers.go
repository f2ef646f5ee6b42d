package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/project"
	"tandem/runner/runtimes"
	"tandem/runner/serve"
	"tandem/runner/session"
	"tandem/runner/stats"
)

// viewers is the same run that nobody and that ten pages watch live: what
// differs is what watching costs. The pages are a process of their own, as
// browsers on other machines are.
var viewers = benchmark{
	name: "viewers", rounds: 10,
	doc: "a run that uses every core, with ten live viewers and with none (equal, but for them)",
	setUp: func(ctx context.Context, b *bench) error {
		p := project.Project{Root: b.root}
		pairs, err := p.Catalog()
		if err != nil {
			return err
		}
		if _, err := p.BuildPairs(ctx); err != nil {
			return err
		}
		runs := 0
		for _, c := range []struct {
			name    string
			viewers int
		}{{"nobody watches", 0}, {"ten watch", 10}} {
			rows := []row{{name: c.name, unit: "ms"}, {name: c.name + ": the runner uses", unit: "% of a core"}, {name: c.name + ": others use", unit: "% of a core"}}
			b.group(rows, func(ctx context.Context) ([]float64, error) {
				runs++
				trials, err := watched(ctx, p, pairs, filepath.Join(b.dir, strconv.Itoa(runs)), c.viewers)
				if err != nil {
					return nil, err
				}
				var wall, runner, foreign []float64
				for _, t := range trials {
					if t.Status != model.OK {
						return nil, fmt.Errorf("round %d: %s: %s", t.Round, t.Status, t.Message)
					}
					if t.Round > 0 {
						wall = append(wall, float64(t.WallNS)/1e6)
						runner, foreign = append(runner, 100*t.RunnerCPU), append(foreign, 100*t.ForeignCPU)
					}
				}
				return []float64{stats.Median(wall).Value, stats.Median(runner).Value, stats.Median(foreign).Value}, nil
			})
		}
		b.budget(budget{who: "ten watch", over: "nobody watches", atMost: 1.01})
		b.budget(budget{who: "ten watch: the runner uses", less: "nobody watches: the runner uses", atMost: 1})
		return nil
	},
}

// watched runs counting in goroutines for some rounds of a quarter of a second
// on two cores, while so many viewers look on.
func watched(ctx context.Context, p project.Project, pairs []*catalog.Pair, dir string, n int) (trials []model.Trial, err error) {
	s, err := serve.New(serve.Options{Listen: "127.0.0.1:0", Project: p, Pairs: pairs})
	if err != nil {
		return nil, err
	}
	s.Start(ctx)
	defer func() { err = errors.Join(err, s.Close()) }()
	if n > 0 {
		leave, err := lookOn(s.Address("/live"), n)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, leave()) }()
	}
	counting := pairs[:0:0]
	for _, pair := range pairs {
		if pair.ID == "counting" {
			counting = append(counting, pair)
		}
	}
	run, err := session.New(ctx, p, session.Options{
		Plan: plan.Selection{
			Pairs: counting, Profile: catalog.Quick, Sides: []string{catalog.Go}, Variants: []string{"goroutines"},
			Runtimes: []model.Runtime{runtimes.Go(p.Path("bin", "pairs"))}, Set: []string{"n=2000000000"},
		},
		Catalog: counting, Folder: dir, Bounds: session.Bounds{Rounds: 5},
	}, s.Feed())
	if err != nil {
		return nil, err
	}
	defer run.Close()
	s.Feed().Begin(run)
	err = run.Run(ctx)
	s.Feed().End("", err)
	return run.Trials(), err
}

// lookOn starts viewers and returns, when each has seen the state, what ends
// them.
func lookOn(address string, n int) (leave func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, watchVerb, address, strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	leave = func() error { return errors.Join(in.Close(), cmd.Wait()) }
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("starting viewers: %w", err), leave())
	}
	return leave, nil
}

// watcher is so many viewers of a live page. It prints a line when each of them
// has seen the state, and ends with its standard input.
func watcher(args []string) {
	n, err := strconv.Atoi(args[1])
	check(err)
	jar, err := cookiejar.New(nil)
	check(err)
	client := http.Client{Jar: jar}
	page, err := client.Get(args[0])
	check(err)
	check(page.Body.Close())
	events, err := url.Parse(args[0])
	check(err)
	events.Path, events.RawQuery = "/events", ""
	seen := make(chan bool)
	for range n {
		go func() {
			r, err := client.Get(events.String())
			check(err)
			lines := bufio.NewReader(r.Body)
			for first := true; ; first = false {
				if _, err := lines.ReadSlice('\n'); err != nil && err != bufio.ErrBufferFull {
					return
				}
				if first {
					seen <- true
				}
			}
		}()
	}
	for range n {
		<-seen
	}
	fmt.Println("up")
	wait()
}
