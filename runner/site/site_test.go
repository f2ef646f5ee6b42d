package site

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
	"tandem/go/urlcheck"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) *Site {
	t.Helper()
	s, err := Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// variants gives the four ways one shape.
var variants = map[string]func(ctx context.Context, urls []string, workers int,
	timeout time.Duration, note events.Note) ([]urlcheck.Result, error){
	"sequential": func(ctx context.Context, urls []string, _ int, timeout time.Duration,
		note events.Note) ([]urlcheck.Result, error) {
		return urlcheck.Sequential(ctx, urls, timeout, note)
	},
	"goroutines":  urlcheck.Goroutines,
	"worker-pool": urlcheck.WorkerPool,
	"select":      urlcheck.Select,
}

// Two rounds, so that kept connections meet the faults too.
func faultyURLs(s *Site) []string { return s.URLs(2*(len(pages)+len(faults)), 0, true) }

const timeout = 400 * time.Millisecond

func TestGoNamesEveryFault(t *testing.T) {
	s := start(t)
	urls := faultyURLs(s)
	want, err := s.Expected(urls, timeout)
	require.NoError(t, err)
	for name, variant := range variants {
		t.Run(name, func(t *testing.T) {
			got, err := variant(t.Context(), urls, 40, timeout, events.Silent)
			require.NoError(t, err)
			requireResults(t, urls, want, got)
		})
	}
}

func requireResults(t *testing.T, urls []string, want, got []urlcheck.Result) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, url := range urls {
		require.Equal(t, want[i], got[i], url)
	}
	require.Equal(t, urlcheck.Answer(want), urlcheck.Answer(got))
}

// ask runs every variant of the Python half, and prints what came of each.
const ask = `
import json, sys
from tandem import urlcheck
from tandem.events import silent

def main():
    job = json.load(sys.stdin)
    urls, workers, timeout = job["urls"], job["workers"], job["timeout"]
    found = {}
    for variant in job["variants"]:
        try:
            results = getattr(urlcheck, variant)(urls, workers, timeout, silent)
        except ImportError as missing:
            found[variant] = {"skipped": str(missing)}
        else:
            found[variant] = {"results": results, "answer": urlcheck.answer(results)}
    json.dump(found, sys.stdout)

if __name__ == "__main__":
    main()
`

func TestPythonNamesEveryFault(t *testing.T) {
	s := start(t)
	urls := faultyURLs(s)
	want, err := s.Expected(urls, timeout)
	require.NoError(t, err)
	job, err := json.Marshal(map[string]any{
		"urls": urls, "workers": 20, "timeout": timeout.Seconds(),
		"variants": []string{"threads", "threads_keep_alive", "processes", "imap_unordered", "coroutines"},
	})
	require.NoError(t, err)

	found := 0
	for _, name := range []string{
		"python3", "python3.9", "python3.10", "python3.11", "python3.12",
		"python3.13", "python3.13t", "python3.14", "python3.14t", "pypy3",
	} {
		path, err := exec.LookPath(name)
		if err != nil || exec.Command(path, "-c", "").Run() != nil {
			continue
		}
		found++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			python := exec.CommandContext(t.Context(), path, "-W", "error", "-c", ask)
			python.Env = append(os.Environ(), "PYTHONPATH=../../python", "PYTHONDONTWRITEBYTECODE=1")
			python.Stdin = bytes.NewReader(job)
			var stderr bytes.Buffer
			python.Stderr = &stderr
			out, err := python.Output()
			require.NoError(t, err, &stderr)
			require.Empty(t, stderr.String())

			var got map[string]struct {
				Results [][2]any
				Answer  string
				Skipped string
			}
			require.NoError(t, json.Unmarshal(out, &got))
			for variant, g := range got {
				if g.Skipped != "" {
					t.Logf("%s: skipped: %s", variant, g.Skipped)
					continue
				}
				require.Len(t, g.Results, len(urls))
				for i, url := range urls {
					require.EqualValues(t, want[i].Status, g.Results[i][0], "%s: %s", variant, url)
					require.Equal(t, want[i].Outcome, g.Results[i][1], "%s: %s", variant, url)
				}
				require.Equal(t, urlcheck.Answer(want), g.Answer, variant)
			}
		})
	}
	if found == 0 {
		t.Skip("no Python found")
	}
}
