package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/go/events"
	"tandem/go/urlcheck"
	"tandem/runner/runtimes"
)

func TestProbe(t *testing.T) {
	kinds := hostile()
	s := startHostile(t, kinds)
	t.Log(len(kinds))
	urls := make([]string, len(kinds))
	for i := range urls {
		urls[i] = s.url(i)
	}
	goes, err := urlcheck.WorkerPool(t.Context(), urls, 20, 3*time.Second, events.Silent)
	require.NoError(t, err)
	job, _ := json.Marshal(batch{urls, 3 * time.Second})
	words := map[string][]urlcheck.Result{"go": goes}
	for _, p := range runtimes.Find(t.Context(), "../..") {
		python := exec.CommandContext(t.Context(), p.Path, "-W", "error", "-c", probe)
		python.Env = append(os.Environ(), "PYTHONPATH=../../python", "PYTHONDONTWRITEBYTECODE=1")
		python.Stdin = bytes.NewReader(job)
		var stderr bytes.Buffer
		python.Stderr = &stderr
		began := time.Now()
		out, err := python.Output()
		t.Log(p.ID, time.Since(began))
		require.NoError(t, err, &stderr)
		var found map[string][][2]any
		require.NoError(t, json.Unmarshal(out, &found))
		for who, pairs := range found {
			for _, pair := range pairs {
				words[p.ID+" "+who] = append(words[p.ID+" "+who], urlcheck.Result{Status: int(pair[0].(float64)), Outcome: pair[1].(string)})
			}
		}
	}
	n := 0
	for i, k := range kinds {
		said := map[urlcheck.Result][]string{}
		for who, results := range words {
			said[results[i]] = append(said[results[i]], who)
		}
		if len(said) > 1 {
			n++
			line := ""
			for r, who := range said {
				if len(who) > 3 {
					who = []string{fmt.Sprintf("%d others", len(who))}
				}
				line += fmt.Sprintf("  %s: %v", r, who)
			}
			t.Logf("%q%s", k.name, line)
		}
	}
	t.Log(n, "differ")
}

const probe = `
import json, sys
from tandem import urlcheck
from tandem.events import silent

def main():
    job = json.load(sys.stdin)
    urls, timeout = job["urls"], job["timeout"] / 1e9
    found = {}
    for variant in ("threads", "threads_keep_alive", "coroutines"):
        try:
            found[variant] = getattr(urlcheck, variant)(urls, 20, timeout, silent)
        except ImportError:
            pass
    json.dump(found, sys.stdout)

main()
`
