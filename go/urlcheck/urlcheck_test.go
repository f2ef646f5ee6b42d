package urlcheck

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The faults are tested against runner/site, for both languages at once.

var variants = map[string]func(ctx context.Context, urls []string,
	workers int, timeout time.Duration, note events.Note) (
	[]Result, error){
	"goroutines":  Goroutines,
	"worker-pool": WorkerPool,
	"select":      Select,
}

// The same texts as in python/tests/test_urlcheck.py.
func TestAnswer(t *testing.T) {
	for want, results := range map[string][]Result{
		"crc=00000000":                 nil,
		"ok=1 crc=82aeac7f\n200 ok\n0": {{200, OK}},
		"ok=1 server-error=1 crc=fa98211e\n200 ok, 503 server-error\n0 1":                {{200, OK}, {503, ServerError}},
		"ok=1 server-error=1 crc=e6459849\n503 server-error, 200 ok\n0 1":                {{503, ServerError}, {200, OK}},
		"redirect=1 dns=2 failed=1 crc=d8257ff2\n0 dns, 0 failed, 304 redirect\n0 1 0 2": {{0, DNS}, {0, Failed}, {0, DNS}, {304, Redirect}},
		"ok=3 protocol-error=1 crc=2c578929\n200 ok, 0 protocol-error, 204 ok\n0*2 1 2":  {{200, OK}, {200, OK}, {0, Protocol}, {204, OK}},
	} {
		require.Equal(t, want, Answer(results))
	}
}

// However many URLs there are, an answer is bounded.
func TestAnswerIsBounded(t *testing.T) {
	const many = 600_000
	results := slices.Repeat([]Result{{200, OK}}, many)
	first, _, _ := strings.Cut(Answer(results), "\n")
	require.Equal(t, first+"\n200 ok\n0*600000", Answer(results))
	for i := 0; i < many; i += 2 {
		results[i] = Result{404, ClientError}
	}
	require.Regexp(t, "^ok=300000 client-error=300000 crc=[0-9a-f]{8}$", Answer(results))
	for i := range results {
		results[i] = Result{i%500 + 100, OK}
	}
	require.NotContains(t, Answer(results), "\n")
}

// The same URLs as in python/tests/test_urlcheck.py. What they come to is
// tested by runner/site, for both languages at once.
func TestSplit(t *testing.T) {
	for text, want := range map[string]string{
		"http://a.example":                  "http a.example /",
		"HTTP://A.Example:80/X?Y#Z":         "http a.example /X?Y",
		"https://a.example.:0443?x":         "https a.example /?x",
		"http://a.example:8080/../%2e/|\"?": "http a.example:8080 /../%2e/|\"",
		"http://[::1]:80//x?y":              "http [::1] //x?y",
		"http://127.0.0.1:8080/#":           "http 127.0.0.1:8080 /",
		"http://a_b.localhost":              "http a_b.localhost /",
		"http://127.1/":                     "no such host",
		"http://0x7f000001/":                "no such host",
		"http://a..example/":                "no such host",
		"http://no.invalid/":                "no such host",
		"http://" + strings.Repeat("x", 64): "no such host",
		"":                                  "bad",
		"http://":                           "bad",
		"ftp://a.example/":                  "bad",
		"http://a]b/":                       "bad",
		"http://[::1/":                      "bad",
		"http://[::1%25lo]/":                "bad",
		"http://[127.0.0.1]/":               "bad",
		"http://me@a.example/":              "bad",
		"http://a.example:/":                "bad",
		"http://a.example:0/":               "bad",
		"http://a.example:65536/":           "bad",
		"http://a.example/ x":               "bad",
		"http://\u00e4.example/":            "bad",
		"http://a.example/\x00":             "bad",
		"http://a\\b/":                      "bad",
	} {
		u, err := Split(text)
		var dns *net.DNSError
		switch {
		case errors.As(err, &dns):
			require.Equal(t, want, "no such host", text)
		case err != nil:
			require.Equal(t, want, "bad", "%s: %v", text, err)
		default:
			require.Equal(t, want, u.Scheme+" "+u.Host+" "+u.RequestURI(), text)
		}
	}
}

func TestName(t *testing.T) {
	for url, want := range map[string]string{
		"https://example.org":                   "example.org",
		"https://example.org:8080/a/b?c":        "example.org:8080",
		"http://127.0.0.1:80/a.org?latency=1ms": "a.org",
		"http://127.0.0.1:80/a.org":             "a.org",
		"http://127.0.0.1:80/":                  "127.0.0.1:80",
		"http://127.0.0.1:80/?x":                "127.0.0.1:80",
		"no URL":                                "",
	} {
		require.Equal(t, want, Name(url), url)
	}
}

func TestNoWorkers(t *testing.T) {
	for name, variant := range variants {
		_, err := variant(t.Context(), nil, 0, time.Second, events.Silent)
		require.EqualError(t, err, "workers is 0, want at least 1", name)
	}
}

func TestNoURLs(t *testing.T) {
	for name, variant := range variants {
		results, err := variant(t.Context(), nil, 9, time.Second, events.Silent)
		require.NoError(t, err, name)
		require.Empty(t, results, name)
	}
}

func TestBadURL(t *testing.T) {
	for name, variant := range variants {
		results, err := variant(t.Context(), []string{"http://%zz", "gopher://x"}, 1, time.Hour, events.Silent)
		require.NoError(t, err, name)
		require.Equal(t, []Result{{0, Failed}, {0, Failed}}, results, name)
	}
}

// As many checks are under way as there are workers, no more and no fewer: the
// server answers none before all workers have asked.
func TestWorkersCheckAtOnce(t *testing.T) {
	const workers = 5
	for name, variant := range variants {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			asked, all := 0, make(chan bool)
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				mu.Lock()
				if asked++; asked == workers {
					close(all)
				}
				mu.Unlock()
				<-all
			}))
			defer server.Close()

			busy := map[int]bool{} // by worker
			started := 0
			note := func(worker int, kind, label string) {
				mu.Lock()
				defer mu.Unlock()
				require.Less(t, worker, workers)
				require.Equal(t, kind == "finish", busy[worker], "a worker does one thing at a time")
				busy[worker] = kind == "start"
				if kind == "start" {
					require.Equal(t, "page", label)
					started++
				}
			}
			urls := make([]string, 20)
			for i := range urls {
				urls[i] = server.URL + "/page"
			}
			results, err := variant(t.Context(), urls, workers, time.Hour, note)
			require.NoError(t, err)
			require.Equal(t, len(urls), started)
			require.Len(t, busy, workers)
			for _, r := range results {
				require.Equal(t, Result{200, OK}, r)
			}
		})
	}
}

// As in python/tests/test_urlcheck.py, with each language's own errors.
func TestFailure(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, test := range []struct {
		err  error
		want string
	}{
		{os.ErrDeadlineExceeded, Timeout},
		{&net.DNSError{IsNotFound: true}, DNS},
		{&net.DNSError{IsTimeout: true}, DNS}, // the resolver gave up, not we
		{syscall.ECONNREFUSED, Refused},
		{syscall.ECONNRESET, Reset},
		{syscall.EPIPE, Reset},
		{io.EOF, Reset},
		{tlsError{io.EOF}, Reset}, // gone amid the handshake
		{tlsError{x509.UnknownAuthorityError{}}, TLS},
		{notHTTP{io.ErrUnexpectedEOF}, Protocol},
		{syscall.EHOSTUNREACH, Failed},
		{errors.New("what is this"), Failed},
	} {
		require.Equal(t, test.want, failure(t.Context(), test.err), "%#v", test.err)
		require.Equal(t, test.want, failure(t.Context(), &net.OpError{Err: test.err}), "%#v", test.err)
		require.Equal(t, Timeout, failure(late, test.err), "%#v", test.err)
	}
}

// No variant leaves a connection open. The test hangs where one does.
func TestConnectionsEnd(t *testing.T) {
	for name, variant := range variants {
		var open sync.WaitGroup
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Done()
			}
		}
		server.Start()
		urls := []string{server.URL, server.URL, server.URL, server.URL}
		results, err := variant(t.Context(), urls, 2, time.Hour, events.Silent)
		require.NoError(t, err)
		require.Equal(t, Result{404, ClientError}, results[3], name)
		open.Wait()
		server.Close()
	}
}
