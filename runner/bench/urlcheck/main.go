// Command urlcheck compares the URL checks of both languages with wrk, hey and
// bare asyncio streams, and prints the ratios beside their budgets.
//
// Everybody checks the same site, which this program serves and which shares
// the cores with whoever checks it. Rounds are interleaved: within a round
// each candidate runs once, in random order, and every ratio is one of a
// round; the median over the rounds is what counts. Programs that are not
// installed are left out.
//
//	go run ./runner/bench/urlcheck -rounds 7
package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tandem/runner/site"
)

//go:embed streams.py
var streams string

//go:embed urlopen.py
var urlopen string

// A cell is a latency, a number of checks at once and of checks in all, and
// who runs there.
type cell struct {
	name       string
	latency    time.Duration
	workers    int
	urls       int
	candidates []string
	budgets    []budget
}

// A budget bounds the ratio of two candidates' rates, or of one to the ideal,
// which is workers / latency.
type budget struct {
	who, to string
	atLeast float64
}

const ideal = "ideal"

var cells = []cell{
	{"10 ms, 100 at once", 10 * time.Millisecond, 100, 20_000,
		[]string{"wrk", "hey", "go/goroutines", "go/worker-pool", "go/select"},
		[]budget{
			{"go/goroutines", ideal, .88}, {"go/worker-pool", ideal, .88}, {"go/select", ideal, .88},
			{"wrk", ideal, 0}, {"hey", ideal, 0},
		}},
	{"50 ms, 1000 at once", 50 * time.Millisecond, 1000, 50_000,
		[]string{"wrk", "hey", "go/goroutines", "go/worker-pool", "go/select"},
		[]budget{
			{"go/goroutines", ideal, .85}, {"go/worker-pool", ideal, .85}, {"go/select", ideal, .85},
			{"wrk", ideal, 0}, {"hey", ideal, 0},
		}},
	{"no latency, 100 at once", 0, 100, 60_000,
		[]string{"wrk", "hey", "go/goroutines", "go/worker-pool", "go/select"},
		[]budget{
			{"go/goroutines", "hey", 1}, {"go/worker-pool", "hey", 1}, {"go/select", "hey", 1},
			{"wrk", "hey", 0},
		}},
	{"no latency, 100 at once, Python", 0, 100, 10_000,
		[]string{"streams", "urlopen", "python/asyncio", "python/threads", "python/threads-keep-alive"},
		[]budget{
			{"python/asyncio", "streams", 1},
			{"python/threads-keep-alive", "urlopen", 10},
			{"python/threads-keep-alive", "python/threads", 0},
		}},
}

func main() {
	rounds := flag.Int("rounds", 7, "interleaved rounds")
	python := flag.String("python", "python3", "the interpreter to run")
	only := flag.String("cell", "", "run only the cells whose name holds this")
	flag.Parse()
	if err := run(os.Stdout, *rounds, *python, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(w io.Writer, rounds int, python, only string) (err error) {
	s, err := site.Start(site.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	dir, err := os.MkdirTemp("", "tandem-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := bench{site: s, python: python, pairs: filepath.Join(dir, "pairs")}
	build := exec.Command("go", "build", "-tags", "netgo", "-o", b.pairs, "tandem/go/cmd/pairs")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the Go half: %w", err)
	}
	for _, c := range cells {
		if !strings.Contains(c.name, only) {
			continue
		}
		if err := b.cell(w, c, rounds); err != nil {
			return err
		}
	}
	return nil
}

type bench struct {
	site          *site.Site
	python, pairs string
}

func (b *bench) cell(w io.Writer, c cell, rounds int) error {
	best := float64(c.workers) / c.latency.Seconds() // +Inf without latency
	rates := map[string][]float64{}                  // checks a second, by round
	candidates := slices.Clone(c.candidates)
	for round := range rounds + 1 { // the first warms up
		rand.Shuffle(len(candidates), func(i, j int) {
			candidates[i], candidates[j] = candidates[j], candidates[i]
		})
		for _, who := range slices.Clone(candidates) {
			rate, err := b.rate(who, c)
			if missing := new(missingError); errors.As(err, missing) {
				fmt.Fprintf(w, "%s is left out: %v\n", who, err)
				candidates = slices.DeleteFunc(candidates, func(s string) bool { return s == who })
				continue
			} else if err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, who, err)
			}
			if round > 0 {
				rates[who] = append(rates[who], rate)
			}
		}
	}

	fmt.Fprintf(w, "\n%s (%d rounds)\n", c.name, rounds)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, who := range c.candidates {
		if r := rates[who]; r != nil {
			fmt.Fprintf(table, "%s\t%.1f k/s\n", who, median(r)/1e3)
		}
	}
	for _, g := range c.budgets {
		ours, theirs := rates[g.who], rates[g.to]
		if ours == nil || theirs == nil && g.to != ideal {
			continue
		}
		ratios := make([]float64, len(ours))
		for i := range ours {
			ratios[i] = ours[i] / best
			if g.to != ideal {
				ratios[i] = ours[i] / theirs[i]
			}
		}
		verdict := ""
		if g.atLeast > 0 {
			verdict = fmt.Sprintf("budget %.2f: met", g.atLeast)
			if median(ratios) < g.atLeast {
				verdict = fmt.Sprintf("budget %.2f: MISSED", g.atLeast)
			}
		}
		fmt.Fprintf(table, "%s / %s\t%.2f\t[%.2f, %.2f]\t%s\n",
			g.who, g.to, median(ratios), slices.Min(ratios), slices.Max(ratios), verdict)
	}
	return table.Flush()
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// rate has a candidate do a cell's checks once and returns checks a second.
func (b *bench) rate(who string, c cell) (float64, error) {
	url := b.site.URL("google.com", c.latency)
	workers, urls := strconv.Itoa(c.workers), strconv.Itoa(c.urls)
	kind, variant, _ := strings.Cut(who, "/")
	switch kind {
	case "wrk":
		out, err := output("wrk", "-t", "2", "-c", workers, "-d", "2s", "--timeout", "10s", url)
		if err != nil {
			return 0, err
		}
		return perSecond(out)
	case "hey":
		out, err := output("hey", "-n", urls, "-c", workers, "-disable-compression", url)
		if err != nil {
			return 0, err
		}
		return perSecond(out)
	case "streams":
		return b.script(streams, url, c.urls, c.workers)
	case "urlopen":
		return b.script(urlopen, url, c.urls/5, c.workers)
	case "go":
		return b.child(c, variant, b.pairs)
	case "python":
		if variant == "threads" {
			c.urls /= 5 // they are slow
		}
		return b.child(c, variant, b.python, filepath.Join("python", "tandem"))
	}
	return 0, fmt.Errorf("nobody is called %q", who)
}

// script runs a baseline that prints the seconds it took.
func (b *bench) script(text, url string, urls, workers int) (float64, error) {
	out, err := output(b.python, "-c", text, url, strconv.Itoa(urls), strconv.Itoa(workers))
	if err != nil {
		return 0, err
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return float64(urls) / seconds, err
}

var requestsPerSecond = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

func perSecond(out []byte) (float64, error) {
	found := requestsPerSecond.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("no rate in %q", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

func output(argv ...string) ([]byte, error) {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, missingError{err}
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return out, err
}

// A missingError says that a candidate is not on this machine.
type missingError struct{ error }

// child runs a variant as the runner does, by runner/PROTOCOL.md, with nothing
// else around it, and checks its answer.
func (b *bench) child(c cell, variant string, argv ...string) (float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	urls := slices.Repeat([]string{b.site.URL("google.com", c.latency)}, c.urls)
	const timeout = time.Minute
	request, err := json.Marshal(map[string]any{
		"topic": "urlcheck", "variant": variant,
		"params": map[string]any{"targets": urls, "workers": c.workers, "timeout": timeout},
	})
	if err != nil {
		return 0, err
	}
	lines, pipe, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer lines.Close()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "TANDEM_FD=3")
	cmd.ExtraFiles = []*os.File{pipe}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	err = cmd.Start()
	pipe.Close()
	if errors.Is(err, exec.ErrNotFound) {
		return 0, missingError{err}
	} else if err != nil {
		return 0, err
	}
	go func() {
		stdin.Write(append(request, "\n{\"go\":true}\n"...)) // a child that is gone fails below
		stdin.Close()
	}()

	var last struct {
		Done *struct {
			ElapsedNS int64 `json:"elapsed_ns"`
			Answer    string
		}
		Failed, Skipped string
	}
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		if err := json.Unmarshal(scanner.Bytes(), &last); err != nil {
			return 0, errors.Join(fmt.Errorf("the child wrote %q: %w", scanner.Text(), err), cmd.Wait())
		}
	}
	if err := errors.Join(scanner.Err(), cmd.Wait()); err != nil {
		return 0, fmt.Errorf("running the child: %w", err)
	}
	switch want := b.site.Expected(urls, timeout); {
	case last.Skipped != "":
		return 0, missingError{errors.New(last.Skipped)}
	case last.Done == nil:
		return 0, fmt.Errorf("the child did not finish: %s", last.Failed)
	case last.Done.Answer != want:
		return 0, fmt.Errorf("the child answered %q, want %q", last.Done.Answer, want)
	}
	return float64(c.urls) / (float64(last.Done.ElapsedNS) / 1e9), nil
}
