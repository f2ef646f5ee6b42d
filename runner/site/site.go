// Package site serves what the URL checks are run against: six sites with
// known latencies, and the faults that a checker meets, all on loopback.
//
// Its one decision: a URL says how its answer behaves. The latency stands in
// the query, so the trials of a sweep share one site, and what a URL must come
// to is known before anybody asks.
package site

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"tandem/go/urlcheck"
)

// Latency is what the latencies of the six sites add up to in the paper's
// Fig. 4: its sequential checks took 1.895 s.
const Latency = 1900 * time.Millisecond

// A page is one of the six sites.
type page struct {
	name   string
	share  time.Duration // of Latency
	status int
}

// The shares are ours, for the paper printed none. They give what it did
// print, both with a pool of four and with all six at once: threads finish in
// the order google, sreboy, amazon, goimg, facebook, stackoverflow, and the
// slowest, 0.6 s, is what its threads took (0.620 s).
var pages = []page{
	{"google.com", 100 * time.Millisecond, http.StatusOK},
	{"facebook.com", 550 * time.Millisecond, http.StatusOK},
	{"sreboy.com", 130 * time.Millisecond, http.StatusOK},
	{"stackoverflow.com", 600 * time.Millisecond, http.StatusOK},
	{"goimg.org", 360 * time.Millisecond, http.StatusOK},
	{"amazon.org", 160 * time.Millisecond, http.StatusServiceUnavailable},
}

// A fault is an answer that is not a page. Where it stands among the URLs
// depends on the order below.
type fault struct {
	name    string
	at      where
	want    urlcheck.Result
	respond func(http.ResponseWriter, *http.Request) // nil: the server is not asked
}

// where is the address that a URL points at.
type where int

const (
	plain   where = iota // the HTTP server
	secure               // the HTTPS server
	closed               // a port on which nobody listens
	unnamed              // a name that cannot exist
)

var faults = []fault{
	{"moved", plain, urlcheck.Result{Status: 301, Outcome: urlcheck.Redirect}, redirect(301, "/google.com")},
	{"redirect-loop", plain, urlcheck.Result{Status: 302, Outcome: urlcheck.Redirect}, redirect(302, "/redirect-loop")},
	{"not-found", plain, urlcheck.Result{Status: 404, Outcome: urlcheck.ClientError}, status(404)},
	{"broken", plain, urlcheck.Result{Status: 500, Outcome: urlcheck.ServerError}, status(500)},
	{"refused", closed, urlcheck.Result{Outcome: urlcheck.Refused}, nil},
	{"no-such-name", unnamed, urlcheck.Result{Outcome: urlcheck.DNS}, nil},
	{"self-signed", secure, urlcheck.Result{Outcome: urlcheck.TLS}, status(200)},
	{"reset-early", plain, urlcheck.Result{Outcome: urlcheck.Reset}, breakOff("", true)},
	{"reset-late", plain, urlcheck.Result{Outcome: urlcheck.Reset}, breakOff(halfAnswer, true)},
	{"cut-short", plain, urlcheck.Result{Outcome: urlcheck.Reset}, breakOff(halfAnswer, false)},
	{"hang", plain, urlcheck.Result{Outcome: urlcheck.Timeout}, hang},
	{"slow-headers", plain, urlcheck.Result{Outcome: urlcheck.Timeout}, drip("HTTP/1.1 200 OK\r\nX: ")},
	{"slow-body", plain, urlcheck.Result{Outcome: urlcheck.Timeout}, drip("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")},
}

// A Site is a running site. Its methods may be called from any goroutine.
type Site struct {
	base    [unnamed + 1]string // by where: what a URL begins with, without a slash at the end
	names   map[string]http.HandlerFunc
	refused *bound
	pacer   *pacer
	log     *log.Logger

	quit    context.CancelFunc // ends all handlers
	servers []*http.Server
	serving sync.WaitGroup // the accepting loops
	busy    sync.WaitGroup // connections, and handlers that took theirs over
}

// Options are how a site is served.
type Options struct {
	// Log receives what is wrong with the server itself, such as a panic.
	// A client that gives up is also in it; nil: nobody wants to know.
	Log io.Writer
}

// Start serves a site on free ports of 127.0.0.1. It fails where no port can
// be had.
func Start(opts Options) (_ *Site, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("starting the site for URL checks: %w", err)
		}
	}()
	ctx, quit := context.WithCancel(context.Background())
	if opts.Log == nil {
		opts.Log = io.Discard
	}
	s := &Site{names: map[string]http.HandlerFunc{}, quit: quit, log: log.New(opts.Log, "site: ", 0)}
	for _, p := range pages {
		s.names[p.name] = status(p.status)
	}
	for _, f := range faults {
		s.names[f.name] = f.respond
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()

	if s.pacer, err = newPacer(); err != nil {
		return nil, err
	}
	if s.refused, err = bind(); err != nil {
		return nil, err
	}
	s.base[closed] = "http://" + s.refused.addr
	s.base[unnamed] = "http://" + noName
	addr, err := s.serve(ctx, nil)
	if err != nil {
		return nil, err
	}
	s.base[plain] = "http://" + addr
	certificate, err := selfSigned()
	if err != nil {
		return nil, err
	}
	addr, err = s.serve(ctx, &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		return nil, err
	}
	s.base[secure] = "https://" + addr
	return s, nil
}

// serve starts an HTTP server, with TLS if configured.
func (s *Site) serve(ctx context.Context, config *tls.Config) (addr string, err error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr = listener.Addr().String()
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	server := &http.Server{
		Handler:     http.HandlerFunc(s.respond),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    s.log,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.busy.Add(1)
			case http.StateClosed, http.StateHijacked:
				s.busy.Done()
			}
		},
	}
	s.servers = append(s.servers, server)
	s.serving.Go(func() { server.Serve(listener) })
	return addr, nil
}

// Close ends the site: ports are free and nothing runs when it returns.
func (s *Site) Close() error {
	s.quit()
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	s.serving.Wait()
	s.busy.Wait()
	if s.pacer != nil {
		errs = append(errs, s.pacer.Close())
	}
	if s.refused != nil {
		errs = append(errs, s.refused.Close())
	}
	return errors.Join(errs...)
}

// URLs returns n URLs: the six sites in the paper's order, with faults also
// each fault once, and again from the start. The latencies of the six add up
// to latency.
func (s *Site) URLs(n int, latency time.Duration, withFaults bool) []string {
	var round []string
	for _, p := range pages {
		share := float64(p.share) / float64(Latency)
		round = append(round, s.URL(p.name, time.Duration(share*float64(latency))))
	}
	if withFaults {
		for _, f := range faults {
			round = append(round, s.base[f.at]+"/"+f.name)
		}
	}
	urls := make([]string, n)
	for i := range urls {
		urls[i] = round[i%len(round)]
	}
	return urls
}

// URL returns the URL of one of the six sites that answers after a latency.
func (s *Site) URL(name string, latency time.Duration) string {
	// Not latency.String(): the µ of microseconds has no place in a URL, and
	// clients differ in what they make of it.
	return fmt.Sprintf("%s/%s?latency=%dns", s.base[plain], name, latency.Nanoseconds())
}

// Expected returns the answer that every variant must give for these URLs. A
// latency of at least the timeout is taken for a timeout; closer than some
// milliseconds to it, nobody can tell. It panics at a URL that is not of this
// site, for which nobody knows.
func (s *Site) Expected(urls []string, timeout time.Duration) string {
	return urlcheck.Answer(s.Results(urls, timeout))
}

// Results returns what the check of each URL must come to, as Expected does
// for all of them.
func (s *Site) Results(urls []string, timeout time.Duration) []urlcheck.Result {
	known := map[string]urlcheck.Result{} // the same few URLs come again and again
	results := make([]urlcheck.Result, len(urls))
	for i, text := range urls {
		r, ok := known[text]
		if !ok {
			r = s.result(text, timeout)
			known[text] = r
		}
		results[i] = r
	}
	return results
}

func (s *Site) result(text string, timeout time.Duration) urlcheck.Result {
	for _, f := range faults {
		if text == s.base[f.at]+"/"+f.name {
			return f.want
		}
	}
	u, err := url.Parse(text)
	if err == nil && "http://"+u.Host == s.base[plain] {
		for _, p := range pages {
			latency, err := parseLatency(u.RawQuery)
			switch {
			case u.Path != "/"+p.name || err != nil:
			case latency >= timeout:
				return urlcheck.Result{Outcome: urlcheck.Timeout}
			case p.status == http.StatusOK:
				return urlcheck.Result{Status: p.status, Outcome: urlcheck.OK}
			default:
				return urlcheck.Result{Status: p.status, Outcome: urlcheck.ServerError}
			}
		}
	}
	panic(fmt.Sprintf("%q is not a URL of this site", text))
}

func parseLatency(query string) (time.Duration, error) {
	text, ok := strings.CutPrefix(query, "latency=")
	if !ok {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// respond waits out the latency that the URL names, then answers.
func (s *Site) respond(w http.ResponseWriter, r *http.Request) {
	s.busy.Add(1)
	defer s.busy.Done()
	latency, err := parseLatency(r.URL.RawQuery)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if latency > 0 {
		s.pacer.sleep(r.Context(), latency) // a parked goroutine, not a thread
		if r.Context().Err() != nil {
			abort() // the client left, or the site closes
		}
	}
	respond := s.names[strings.TrimPrefix(r.URL.Path, "/")]
	if respond == nil {
		http.NotFound(w, r)
		return
	}
	respond(w, r)
}

// A small page that costs little, so that the site does not slow down what is
// measured on the same cores.
const body = "<!doctype html><title>A page</title><p>Nothing to see here.\n"

var (
	contentType   = []string{"text/html; charset=utf-8"}
	contentLength = []string{strconv.Itoa(len(body))}
)

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Type"] = contentType
		h["Content-Length"] = contentLength
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func redirect(code int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to)
		status(code)(w, r)
	}
}

// hang never answers.
func hang(w http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	abort()
}

// abort ends a handler and its connection. A handler that just returned would
// have said 200.
func abort() { panic(http.ErrAbortHandler) }

const halfAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" +
	"..................................................|"

// breakOff sends the beginning of an answer and drops the connection, with a
// reset or an orderly end.
func breakOff(begin string, reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		io.WriteString(conn, begin)
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			tcp.SetLinger(0) // close with RST, not FIN
		}
		conn.Close()
	}
}

// drip sends the beginning of an answer and then a byte now and then, so that
// each wait of the client is short and the whole never ends.
func drip(begin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for text := begin; ; text = "." {
			// Fails soon after the client has left.
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}
