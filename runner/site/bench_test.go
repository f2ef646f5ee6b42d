package site_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
	"tandem/runner/runtimes"
	"tandem/runner/site"
	"tandem/runner/trial"
)

// BenchmarkChecks/10ms/100/wrk is wrk with a hundred connections at a site that
// answers after 10 ms; the site is in this process, and shares the cores with
// whoever checks it. Python has the cells of its own at the end, for it is slow.
func BenchmarkChecks(b *testing.B) {
	s, err := site.Start(site.Options{})
	require.NoError(b, err)
	defer s.Close()
	for _, c := range []cell{
		{10 * time.Millisecond, 100, 10_000},
		{50 * time.Millisecond, 1000, 30_000},
		{0, 100, 30_000},
	} {
		url := s.URL("google.com", c.latency)
		workers, urls := strconv.Itoa(c.workers), strconv.Itoa(c.urls)
		c.add(b, "wrk", func(b *testing.B) float64 {
			return stated(b, `Requests/sec:\s+([\d.]+)`, "wrk", "-t", "2", "-c", workers, "-d", "1s", "--timeout", "10s", url)
		})
		c.add(b, "hey", func(b *testing.B) float64 {
			return stated(b, `Requests/sec:\s+([\d.]+)`, "hey", "-n", urls, "-c", workers, "-disable-compression", url)
		})
		for _, variant := range []string{"goroutines", "worker-pool", "select"} {
			c.add(b, variant, func(b *testing.B) float64 {
				return c.check(b, s, variant, filepath.Join("..", "..", "bin", "pairs"))
			})
		}
		if c.latency > 0 {
			continue
		}
		for _, rival := range []string{"streams", "kept"} {
			c.add(b, "python-"+rival, func(b *testing.B) float64 {
				return 5000 / stated(b, `([\d.]+)`, python(b), filepath.Join("testdata", rival+".py"), url, "5000", workers)
			})
		}
		for variant, urls := range map[string]int{"asyncio": 5000, "threads-keep-alive": 5000, "threads": 1000} {
			c.urls = urls
			c.add(b, "python-"+variant, func(b *testing.B) float64 {
				return c.check(b, s, variant, python(b), filepath.Join("..", "..", "python", "tandem"))
			})
		}
	}
}

// A cell is a latency, and a number of checks at once and in all.
type cell struct {
	latency       time.Duration
	workers, urls int
}

// add reports a candidate's checks a second, and their share of what the
// latency allows.
func (c cell) add(b *testing.B, who string, rate func(b *testing.B) float64) {
	b.Run(fmt.Sprintf("%v/%d/%s", c.latency, c.workers, who), func(b *testing.B) {
		sum := 0.0
		for range b.N {
			sum += rate(b)
		}
		b.ReportMetric(sum/float64(b.N), "checks/s")
		if c.latency > 0 {
			b.ReportMetric(sum/float64(b.N)*c.latency.Seconds()/float64(c.workers), "of-ideal")
		}
	})
}

// stated is the figure that a program prints.
func stated(b *testing.B, pattern string, argv ...string) float64 {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	require.NoError(b, err)
	found := regexp.MustCompile(pattern).FindSubmatch(out)
	require.NotNil(b, found, "%s", out)
	v, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(b, err)
	return v
}

// check runs a variant of the topic as the runner does, and checks its answer.
func (c cell) check(b *testing.B, s *site.Site, variant string, argv ...string) float64 {
	const timeout = time.Minute
	urls := slices.Repeat([]string{s.URL("google.com", c.latency)}, c.urls)
	children, err := trial.New(trial.Options{})
	require.NoError(b, err)
	defer children.Close()
	out := children.Run(b.Context(), trial.Spec{
		Argv: argv, Env: os.Environ(), Deadline: 2 * time.Minute,
		Request: trial.Request{Topic: "urlcheck", Variant: variant, Params: map[string]any{
			"targets": urls, "workers": c.workers, "timeout": timeout,
		}},
	}, nil)
	require.Equal(b, model.OK, out.Status, out.Message)
	require.Equal(b, s.Expected(urls, timeout), out.Answer)
	return float64(c.urls) / out.Wall.Seconds()
}

// python is the interpreter that tandem run takes, with aiohttp.
func python(b *testing.B) string {
	r, err := runtimes.Default(b.Context(), filepath.Join("..", ".."))
	require.NoError(b, err)
	return r.Path
}
