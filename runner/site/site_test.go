package site

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/go/events"
	"tandem/go/urlcheck"
	"tandem/runner/model"
	"tandem/runner/runtimes"
)

func start(t *testing.T) *Site {
	t.Helper()
	s, err := Start(Options{})
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

// A batch is a list of URLs with a timeout that cannot be mistaken: either all
// of them never answer, or none of them takes long.
type batch struct {
	URLs    []string      `json:"urls"`
	Timeout time.Duration `json:"timeout"`
}

func batches(s *Site) []batch {
	patient, hurried := batch{Timeout: time.Minute}, batch{Timeout: 50 * time.Millisecond}
	// Two rounds, so that connections that were kept meet the faults too.
	for _, url := range s.URLs(2*(len(pages)+len(faults)), 0, true) {
		b := &patient
		if s.result(url, time.Hour).Outcome == urlcheck.Timeout {
			b = &hurried
		}
		b.URLs = append(b.URLs, url)
	}
	// These come too late, but do come.
	hurried.URLs = append(hurried.URLs, s.URL("amazon.org", time.Second), s.URL("google.com", time.Hour))
	return []batch{patient, hurried}
}

func TestGoNamesEveryFault(t *testing.T) {
	s := start(t)
	for _, b := range batches(s) {
		for name, variant := range variants {
			t.Run(name, func(t *testing.T) {
				got, err := variant(t.Context(), b.URLs, 20, b.Timeout, events.Silent)
				require.NoError(t, err)
				requireResults(t, b.URLs, s.Results(b.URLs, b.Timeout), got)
			})
		}
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

// ask has a variant of the Python half check each batch, for every variant.
const ask = `
import asyncio, json, sys
from tandem import processes, urlcheck
from tandem.events import silent

def main():
    found = {}
    fork = (processes.start("fork"),)
    for variant in ("sequential", "threads", "threads_keep_alive",
                    "processes", "imap_unordered", "coroutines"):
        check = getattr(urlcheck, variant)
        found[variant] = []
        for batch in batches:
            urls, timeout = batch["urls"], batch["timeout"] / 1e9
            workers = () if variant == "sequential" else (20,)
            try:
                start = fork if variant in ("processes", "imap_unordered") else ()
                results = check(urls, *workers, timeout, *start, silent)
                if asyncio.iscoroutine(results):
                    results = asyncio.run(results)
            except ImportError:
                del found[variant]
                break
            found[variant].append([results, urlcheck.answer(results)])
    json.dump(found, sys.stdout)

if __name__ == "__main__":
    batches = json.load(sys.stdin)
    main()
`

func TestPythonNamesEveryFault(t *testing.T) {
	s := start(t)
	batches := batches(s)
	job, err := json.Marshal(batches)
	require.NoError(t, err)
	pythons, _ := runtimes.Find(t.Context(), "../..")
	pythons = slices.DeleteFunc(pythons, func(r model.Runtime) bool { return r.Old })
	if len(pythons) == 0 {
		t.Skip("no Python found")
	}
	for _, p := range pythons {
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			python := exec.CommandContext(t.Context(), p.Path, "-W", "error", "-c", ask)
			python.Env = append(os.Environ(), "PYTHONPATH=../../python", "PYTHONDONTWRITEBYTECODE=1")
			python.Stdin = bytes.NewReader(job)
			var stderr bytes.Buffer
			python.Stderr = &stderr
			out, err := python.Output()
			require.NoError(t, err, &stderr)
			require.Empty(t, stderr.String())

			// By variant and batch: results and answer.
			var found map[string][][2]json.RawMessage
			require.NoError(t, json.Unmarshal(out, &found))
			if _, ok := found["coroutines"]; !ok {
				t.Log("coroutines: skipped: no aiohttp")
			}
			require.GreaterOrEqual(t, len(found), 5)
			for variant, byBatch := range found {
				for i, b := range batches {
					var pairs [][2]any
					require.NoError(t, json.Unmarshal(byBatch[i][0], &pairs))
					var got []urlcheck.Result
					for _, pair := range pairs {
						got = append(got, urlcheck.Result{Status: int(pair[0].(float64)), Outcome: pair[1].(string)})
					}
					t.Log(variant)
					requireResults(t, b.URLs, s.Results(b.URLs, b.Timeout), got)
					require.JSONEq(t, strconv.Quote(s.Expected(b.URLs, b.Timeout)), string(byBatch[i][1]))
				}
			}
		})
	}
}

func TestExpectedAnswer(t *testing.T) {
	s := start(t)
	urls := s.URLs(7, Latency, false)
	require.Equal(t, s.URL("google.com", 100*time.Millisecond), urls[6], "the six again from the start")
	require.Contains(t, s.Expected(urls, time.Second), "ok=6 server-error=1 ")
	require.Contains(t, s.Expected(urls, 500*time.Millisecond), "ok=4 server-error=1 timeout=2 ")
	require.Equal(t, s.Expected(urls, time.Second), s.Expected(s.URLs(7, 0, false), time.Second), "no latency in it")
	require.Panics(t, func() { s.Expected([]string{"http://example.org/"}, time.Second) })
	require.Panics(t, func() { s.Expected([]string{s.base[plain] + "/unknown"}, time.Second) })
}

// The shares must give the orders that the paper printed for its threads. What
// takes no time but the latencies is simulated, for a clock would not tell.
func TestPaperOrder(t *testing.T) {
	want := []string{"google.com", "sreboy.com", "amazon.org", "goimg.org", "facebook.com", "stackoverflow.com"}
	for _, workers := range []int{4, 6} {
		type end struct {
			name string
			at   time.Duration
		}
		var ends []end
		free := make([]time.Duration, workers) // when each worker is free again
		total := time.Duration(0)
		for _, p := range pages {
			i := slices.Index(free, slices.Min(free))
			free[i] += p.share
			total += p.share
			ends = append(ends, end{p.name, free[i]})
		}
		slices.SortFunc(ends, func(a, b end) int { return cmp.Compare(a.at, b.at) })
		var got []string
		for _, e := range ends {
			got = append(got, e.name)
		}
		require.Equal(t, want, got, "%d workers", workers)
		require.Equal(t, 600*time.Millisecond, slices.Max(free))
		require.Equal(t, Latency, total)
	}
}

// Whatever the number of URLs and workers, all variants say the same.
func TestAnyNumber(t *testing.T) {
	s := start(t)
	for range 30 {
		n, workers := rand.IntN(50), 1+rand.IntN(60)
		urls := s.URLs(n, time.Duration(rand.IntN(3))*time.Millisecond, false)
		want := s.Expected(urls, time.Minute)
		for name, variant := range variants {
			got, err := variant(t.Context(), urls, workers, time.Minute, events.Silent)
			require.NoError(t, err)
			require.Equal(t, want, urlcheck.Answer(got), "%s: %d URLs, %d workers", name, n, workers)
		}
	}
}

// A caller that gives up is told so, soon, and nothing is left behind.
func TestCancel(t *testing.T) {
	s := start(t)
	for name, variant := range variants {
		t.Run(name, func(t *testing.T) {
			gone := errors.New("the caller has left")
			ctx, cancel := context.WithCancelCause(t.Context())
			hang := s.base[plain] + "/hang"
			results, err := variant(ctx, []string{hang, hang, hang, hang, hang}, 2, time.Hour,
				func(_ int, kind, _ string) {
					if kind == "start" {
						cancel(gone)
					}
				})
			require.ErrorIs(t, err, gone)
			require.Nil(t, results)
		})
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	s, err := Start(Options{})
	require.NoError(t, err)
	done := make(chan []urlcheck.Result)
	asked := make(chan bool, 3)
	go func() {
		results, _ := urlcheck.Goroutines(context.Background(), []string{
			s.base[plain] + "/hang", s.base[plain] + "/slow-body", s.URL("google.com", time.Hour),
		}, 3, time.Hour, func(_ int, kind, _ string) { asked <- true })
		done <- results
	}()
	for range 3 {
		<-asked
	}
	require.NoError(t, s.Close())
	for _, r := range <-done {
		// Whether it came in before the site closed or after, it is over.
		require.Contains(t, []string{urlcheck.Reset, urlcheck.Refused}, r.Outcome)
	}
}

// The refused port stays ours for as long as the site is up.
func TestRefusedPortIsTaken(t *testing.T) {
	s := start(t)
	_, err := net.Listen("tcp4", s.refused.addr)
	require.ErrorContains(t, err, "address already in use")
}

func TestReadList(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, test := range []struct {
		text string
		want []string
		err  string // after the file's name
	}{
		{"http://a.example/\n", []string{"http://a.example/"}, ""},
		{"\ufeff# mine\r\n\r\n  https://a.example/x?y=z#top  \r\nhttp://[::1]:80", // as other systems write it
			[]string{"https://a.example/x?y=z#top", "http://[::1]:80"}, ""},
		{"http://a.example/\nhttp://a.example/\n", []string{"http://a.example/", "http://a.example/"}, ""}, // twice is twice
		{"", nil, ": no URL in it"},
		{"# nothing\n\n", nil, ": no URL in it"},
		{"# one\n\nexample.org\n", nil, `:3: "example.org": want a URL that begins with http:// or https://`},
		{"ftp://a.example/", nil, `:1: "ftp://a.example/": want a URL that begins`},
		{"http://a.example/ # home", nil, `:1: "http://a.example/ # home": ' ' in a URL`},
		{"http://\u00e4.example/", nil, `'ä' in a URL`},
		{"http:///path", nil, "no host after http://"},
		{"http://me:secret@a.example/", nil, "user's name"},
		{"http://a.example:0/", nil, `port "0"`},
		{"http://a.example:99999/", nil, `port "99999"`},
		{"http://a.example:/", nil, `port ""`},
		{"http://a.example:x/", nil, `invalid port`},
		{"http://a..example/", nil, "each part between dots"},
		{"http://" + long + ".example/", nil, "each part between dots"},
		{"http://a.example/%zz", nil, "invalid URL escape"},
		{"http://a]b/", nil, ":1: "},
		{"http://a'b/", nil, "a host's name holds only"},
		{"http://a.example/\x00", nil, `'\x00' in a URL`},
		{"\xff\xfeh\x00t\x00", nil, "in a URL"}, // UTF-16
	} {
		path := filepath.Join(t.TempDir(), "list.txt")
		require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
		got, err := ReadList(path)
		require.Equal(t, test.want, got, test.text)
		if test.err == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, test.err)
			require.ErrorContains(t, err, path+":")
		}
	}
	_, err := ReadList(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = ReadList(t.TempDir())
	require.ErrorContains(t, err, "reading the list of URLs")
}

// Nobody waits for a pipe into which nobody writes.
func TestReadListOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	_, err := ReadList(path)
	require.ErrorContains(t, err, path+" is no regular file: write the URLs into one")
	_, err = ReadList("/dev/zero")
	require.ErrorContains(t, err, "/dev/zero is no regular file")
}
