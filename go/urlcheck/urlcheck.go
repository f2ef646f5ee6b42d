// Package urlcheck asks for each URL of a list and says what came of
// it: work that waits for the network and does little else.
//
// Its one decision: the variants differ only in how checks wait at
// once. One deadline holds for a whole check, from looking up the name
// to the body's last byte, and no check follows a redirect.
//
// It is read beside python/tandem/urlcheck.py: same names, same order.
package urlcheck

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"tandem/go/events"
)

// What can come of a check.
const (
	OK          = "ok"           // 2xx, and the whole body
	Redirect    = "redirect"     // 3xx, which was not followed
	ClientError = "client-error" // 4xx
	ServerError = "server-error" // 5xx
	Refused     = "refused"      // nobody listens there
	Timeout     = "timeout"      // the deadline passed first
	DNS         = "dns"          // the name was not found
	TLS         = "tls"          // no trust, or no common language
	Reset       = "reset"        // broke off before the answer's end
	Failed      = "failed"       // anything else
)

// Outcomes lists what can come of a check, as Answer counts it.
var Outcomes = []string{
	OK, Redirect, ClientError, ServerError,
	Refused, Timeout, DNS, TLS, Reset, Failed,
}

// A Result is what came of one check.
type Result struct {
	Status  int // HTTP's; 0 unless the whole answer came
	Outcome string
}

// Answer sums results up in a line: how many of each outcome, and a
// checksum of all of them in the order of the URLs.
func Answer(results []Result) string {
	counts := map[string]int{}
	sum := crc32.NewIEEE()
	for _, r := range results {
		counts[r.Outcome]++
		fmt.Fprintf(sum, "%d %s\n", r.Status, r.Outcome)
	}
	var line strings.Builder
	for _, outcome := range Outcomes {
		if counts[outcome] > 0 {
			fmt.Fprintf(&line, "%s=%d ", outcome, counts[outcome])
		}
	}
	fmt.Fprintf(&line, "crc=%08x", sum.Sum32())
	return line.String()
}

// Name is what a timeline calls a URL: its host, or, on this machine,
// where all have the same host, what its path begins with.
func Name(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	if strings.HasPrefix(host, "127.0.0.1:") && path != "" {
		return path
	}
	return host
}

// Lanes is how many of the workers have something to do.
func Lanes(urls []string, workers int) (int, error) {
	if workers < 1 {
		return 0, fmt.Errorf("workers is %d, want at least 1", workers)
	}
	return min(workers, max(len(urls), 1)), nil
}

// A Client opens connections and keeps those that may serve again. It
// does one exchange for each request: no proxy, no redirect, HTTP/1.
type Client = http.Transport

// NewClient returns a Client for so many checks at once. Whoever makes
// it calls CloseIdleConnections at the end.
func NewClient(workers int) *Client {
	return &http.Transport{
		// By default two connections a host are kept, and all the
		// others are opened anew for each request.
		MaxIdleConns:        workers,
		MaxIdleConnsPerHost: workers,
		DisableCompression:  true,
		DialTLSContext:      dialTLS,
	}
}

// Check asks for one URL and reads the answer to its end.
func Check(ctx context.Context, client *Client, url string,
	timeout time.Duration) Result {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return fetch(ctx, client, url)
}

// fetch is a check whose deadline is the context's.
func fetch(ctx context.Context, client *Client, url string) Result {
	status, err := get(ctx, client, url)
	if err != nil {
		return Result{0, failure(ctx, err)}
	}
	return Result{status, answered(status)}
}

func get(ctx context.Context, client *Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func answered(status int) string {
	switch status / 100 {
	case 2:
		return OK
	case 3:
		return Redirect
	case 4:
		return ClientError
	case 5:
		return ServerError
	}
	return Failed
}

// failure names what went wrong. The deadline comes first: a check that
// it cut off fails in many ways.
func failure(ctx context.Context, err error) string {
	var dns *net.DNSError
	var network net.Error
	var trust tlsError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case context.Cause(ctx) == context.DeadlineExceeded:
		return Timeout
	case errors.As(err, &dns):
		return DNS
	case is(syscall.ECONNREFUSED):
		return Refused
	case is(syscall.ECONNRESET), is(syscall.EPIPE),
		is(io.EOF), is(io.ErrUnexpectedEOF),
		// The server hung up before it was asked; net/http has no
		// exported name for it.
		err.Error() == "http: server closed idle connection":
		return Reset
	case errors.As(err, &trust):
		return TLS
	case errors.As(err, &network) && network.Timeout():
		return Timeout
	}
	return Failed
}

// A tlsError is anything that went wrong in a TLS handshake.
type tlsError struct{ error }

func (e tlsError) Unwrap() error { return e.error }

func dialTLS(ctx context.Context, network, addr string) (
	net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	secure := tls.Client(conn, &tls.Config{ServerName: host})
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, tlsError{err}
	}
	return secure, nil
}

// Sequential makes one check after the other.
func Sequential(ctx context.Context, urls []string,
	timeout time.Duration, note events.Note) ([]Result, error) {
	client := NewClient(1)
	defer client.CloseIdleConnections()

	results := make([]Result, len(urls))
	for i, url := range urls {
		note(0, "start", Name(url))
		results[i] = Check(ctx, client, url, timeout)
		note(0, "finish", Name(url))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return results, nil
}

// Goroutines makes each check in a goroutine of its own. A channel that
// holds a number for each worker is the semaphore: who has a number may
// check, and gives it back.
func Goroutines(ctx context.Context, urls []string, workers int,
	timeout time.Duration, note events.Note) ([]Result, error) {
	lanes, err := Lanes(urls, workers)
	if err != nil {
		return nil, err
	}
	client := NewClient(lanes)
	defer client.CloseIdleConnections()

	free := make(chan int, lanes)
	for lane := range lanes {
		free <- lane
	}
	results := make([]Result, len(urls))
	var all sync.WaitGroup
	for i, url := range urls {
		lane := <-free
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			note(lane, "start", Name(url))
			results[i] = Check(ctx, client, url, timeout)
			note(lane, "finish", Name(url))
			free <- lane
		})
	}
	all.Wait()

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}

// WorkerPool makes the checks in a fixed number of goroutines, which
// take them from a channel. Who sends the jobs closes their channel.
func WorkerPool(ctx context.Context, urls []string, workers int,
	timeout time.Duration, note events.Note) ([]Result, error) {
	lanes, err := Lanes(urls, workers)
	if err != nil {
		return nil, err
	}
	client := NewClient(lanes)
	defer client.CloseIdleConnections()

	// Each result has a place of its own, so nobody waits to store one.
	results := make([]Result, len(urls))
	jobs := make(chan int)
	var pool sync.WaitGroup
	for lane := range lanes {
		pool.Go(func() {
			for i := range jobs {
				note(lane, "start", Name(urls[i]))
				results[i] = Check(ctx, client, urls[i], timeout)
				note(lane, "finish", Name(urls[i]))
			}
		})
	}
	for i := range urls {
		if ctx.Err() != nil {
			break
		}
		jobs <- i
	}
	close(jobs)
	pool.Wait()

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}

// A check that is under way, as Select sees it.
type check struct {
	number, lane int
	due          time.Time
	cancel       context.CancelCauseFunc
	over         bool
	result       Result
}

// Select makes the checks in goroutines that one loop looks after. The
// loop alone knows what is under way, so it needs no lock: it waits at
// once for results, for the next deadline and for the caller to give
// up. All checks have the same timeout, so the oldest is due first: a
// queue and one timer do for all deadlines.
func Select(ctx context.Context, urls []string, workers int,
	timeout time.Duration, note events.Note) ([]Result, error) {
	lanes, err := Lanes(urls, workers)
	if err != nil {
		return nil, err
	}
	client := NewClient(lanes)
	defer client.CloseIdleConnections()

	results := make([]Result, len(urls))
	var queue []*check // oldest first; some may be over
	// Nobody waits for the loop to take a result.
	finished := make(chan *check, lanes)
	started, running := 0, 0
	start := func(lane int) {
		url := urls[started]
		ctx, cancel := context.WithCancelCause(ctx)
		c := &check{number: started, lane: lane, cancel: cancel,
			due: time.Now().Add(timeout)}
		queue = append(queue, c)
		started++
		running++
		go func() {
			note(lane, "start", Name(url))
			c.result = fetch(ctx, client, url)
			note(lane, "finish", Name(url))
			finished <- c
		}()
	}

	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	quit := ctx.Done()
	for lane := range min(lanes, len(urls)) {
		start(lane)
	}
	for running > 0 {
		select {
		case c := <-finished:
			c.over = true
			c.cancel(nil)
			running--
			results[c.number] = c.result
			if started < len(urls) && ctx.Err() == nil {
				start(c.lane)
			}
			for len(queue) > 0 && queue[0].over {
				queue = queue[1:]
			}
		case now := <-deadline.C:
			for len(queue) > 0 && !queue[0].due.After(now) {
				queue[0].cancel(context.DeadlineExceeded)
				queue = queue[1:]
			}
			// The timer is not set for each check, but left to ring
			// and set for the check that is the oldest then.
			next := timeout
			if len(queue) > 0 {
				next = time.Until(queue[0].due)
			}
			deadline.Reset(next)
		case <-quit:
			// Every check has this context too, and ends now. Wait
			// for all of them, but not again for this.
			quit = nil
		}
	}

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}
