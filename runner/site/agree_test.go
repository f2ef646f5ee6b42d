package site

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/go/events"
	"tandem/go/urlcheck"
	"tandem/runner/model"
	"tandem/runner/runtimes"
)

// The three libraries that clients stand on, as README.md's table has them.
const (
	netHTTP    = "net/http"
	httpClient = "http.client"
	aiohttp    = "aiohttp"
)

// Whatever a server answers and whatever a URL says, every client calls it the
// same, but for what README.md lists, which they do call as it says.
func TestClientsAgree(t *testing.T) {
	log.SetOutput(io.Discard) // net/http says what came unasked
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	var names []string
	var patient, hurried batch
	patient.Timeout, hurried.Timeout = 30*time.Second, 500*time.Millisecond
	place := map[string][2]int{} // of a kind: in which batch, and where there
	add := func(name, url string, slow bool) {
		require.NotContains(t, place, name)
		b, which := &patient, 0
		if slow {
			b, which = &hurried, 1
		}
		place[name] = [2]int{which, len(b.URLs)}
		b.URLs = append(b.URLs, url)
		names = append(names, name)
	}
	kinds := hostile()
	s := startHostile(t, kinds)
	for i, k := range kinds {
		add(k.name, s.url(i), k.slow)
	}
	if runtime.GOOS != "darwin" { // where Go asks the system whom to trust
		for _, k := range hostileTLS(t) {
			if k.host == "" {
				k.host = "127.0.0.1"
			}
			add("TLS "+k.name, fmt.Sprintf("https://%s:%d/", k.host, listen(t, k.serve)), k.slow)
		}
	}
	require.Greater(t, len(names), 1000)

	var mu sync.Mutex
	said := map[string]map[string][2][]urlcheck.Result{netHTTP: {}, httpClient: {}, aiohttp: {}} // by library and client
	keep := func(library, client string, results [2][]urlcheck.Result) {
		mu.Lock()
		defer mu.Unlock()
		said[library][client] = results
	}
	t.Run("clients", func(t *testing.T) {
		// Nothing may leave this machine.
		resolver := net.DefaultResolver
		net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
			t.Errorf("a DNS server was asked: %s", addr)
			return nil, os.ErrPermission
		}}
		t.Cleanup(func() { net.DefaultResolver = resolver })
		for name, variant := range variants {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var results [2][]urlcheck.Result
				for i, b := range []batch{patient, hurried} {
					if name == "sequential" && i == 1 {
						break // takes too long, one after the other
					}
					var err error
					results[i], err = variant(t.Context(), b.URLs, 20, b.Timeout, events.Silent)
					require.NoError(t, err)
				}
				keep(netHTTP, name, results)
			})
		}
		pythons, _ := runtimes.Find(t.Context(), "../..")
		pythons = slices.DeleteFunc(pythons, func(r model.Runtime) bool { return r.Old })
		for i, p := range pythons {
			t.Run(p.ID, func(t *testing.T) {
				t.Parallel()
				check := []string{"threads", "threads_keep_alive"}
				if i == 0 {
					check = append(check, "sequential", "processes", "imap_unordered", "coroutines")
				}
				job, err := json.Marshal(map[string]any{"batches": []batch{patient, hurried}, "variants": check})
				require.NoError(t, err)
				// Python itself leaves a socket open where the server is gone
				// before the handshake.
				python := exec.CommandContext(t.Context(), p.Path, "-W", "error", "-W", "ignore:unclosed <ssl", "-c", askAll)
				python.Env = append(os.Environ(), "PYTHONPATH=../../python", "PYTHONDONTWRITEBYTECODE=1")
				python.Stdin = bytes.NewReader(job)
				var stderr bytes.Buffer
				python.Stderr = &stderr
				out, err := python.Output()
				require.NoError(t, err, &stderr)
				require.Empty(t, stderr.String())
				var found map[string][2][][2]any
				require.NoError(t, json.Unmarshal(out, &found))
				for variant, batches := range found {
					var results [2][]urlcheck.Result
					for i, pairs := range batches {
						for _, pair := range pairs {
							results[i] = append(results[i], urlcheck.Result{Status: int(pair[0].(float64)), Outcome: pair[1].(string)})
						}
					}
					library := httpClient
					if variant == "coroutines" {
						library = aiohttp
					}
					keep(library, p.ID+" "+variant, results)
				}
			})
		}
	})
	if t.Failed() {
		return
	}

	rows := readTable(t)
	require.LessOrEqual(t, len(rows), 15)
	for _, name := range names {
		which, i := place[name][0], place[name][1]
		words := map[string]string{}
		for library, clients := range said {
			byWords := map[string][]string{}
			for client, results := range clients {
				if results[which] == nil {
					continue
				}
				if got := results[which][i].String(); !slices.Contains(byWords[got], client) {
					byWords[got] = append(byWords[got], client)
					words[library] = got
				}
			}
			if len(byWords) > 1 {
				t.Errorf("%s: clients on %s disagree: %v", name, library, byWords)
			}
		}
		if which == 0 && words[netHTTP] == "0 timeout" {
			t.Errorf("%s: nobody should wait for it", name)
		}
		want, listed := rows[name]
		delete(rows, name)
		for library, got := range words {
			switch {
			case listed && got != want[library]:
				t.Errorf("%s: %s says %q, and README.md that it says %q", name, library, got, want[library])
			case !listed && got != words[netHTTP]:
				t.Errorf("%s: %s says %q, %s says %q, and README.md does not say why", name, library, got, netHTTP, words[netHTTP])
			}
		}
	}
	require.Empty(t, rows, "README.md lists what was not tried")
}

// readTable reads what README.md says of the kinds on which clients disagree:
// by kind and library, the words.
func readTable(t *testing.T) map[string]map[string]string {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	rows := map[string]map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) == 5 && strings.HasPrefix(cells[0], " `") {
			name := strings.Trim(cells[0], " `")
			rows[name] = map[string]string{netHTTP: cells[1], httpClient: cells[2], aiohttp: cells[3]}
			require.False(t, cells[1] == cells[2] && cells[2] == cells[3], "%s: they agree", name)
			require.NotEmpty(t, strings.TrimSpace(cells[4]))
		}
	}
	return rows
}

// askAll has variants of the Python half check two batches.
const askAll = `
import asyncio, json, os, socket, sys
from tandem import processes, urlcheck
from tandem.events import silent

ask = socket.getaddrinfo

def guarded(host, *args, **more):
    if host != "localhost" and ":" not in host:
        try:
            socket.inet_pton(socket.AF_INET, host)
        except OSError:
            os.write(2, b"a name was looked up: %a\n" % host)
    return ask(host, *args, **more)

socket.getaddrinfo = guarded

def done(results):
    return asyncio.run(results) if asyncio.iscoroutine(results) else results

def main():
    job = json.load(sys.stdin)
    found = {}
    fork = processes.start("fork")
    for variant in job["variants"]:
        try:
            found[variant] = [
                done(getattr(urlcheck, variant)(
                    batch["urls"],
                    *(() if variant == "sequential" else (20,)),
                    batch["timeout"] / 1e9,
                    *((fork,) if variant in ("processes", "imap_unordered") else ()),
                    silent,
                ))
                for batch in job["batches"][: 1 + (variant != "sequential")]
            ]
        except ImportError:
            pass
    json.dump(found, sys.stdout)

if __name__ == "__main__":
    main()
`
