// Package serve shows runs in a browser: those that are kept, and the one that
// is under way.
//
// Its one decision: viewers look on and never take part. What they see was
// worked out between trials or read by the run itself, it is encoded once for
// all of them, and who cannot keep up is dropped and comes back to the whole
// state: a run takes as long with a class watching as with nobody.
package serve

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/plain"
	"tandem/runner/project"
)

//go:embed assets
var assets embed.FS

var pages = template.Must(template.ParseFS(assets, "assets/*.html"))

// sampleEvery is how often viewers see the cores anew.
const sampleEvery = 200 * time.Millisecond

// Options are what a server is made of.
type Options struct {
	Listen  string // "127.0.0.1:0"
	Project project.Project
	Pairs   []*catalog.Pair // that can be run
	// Prepare checks what a viewer asked for, without running anything, and
	// returns its pairs, with the run's own numbers in their texts, and what
	// measures them. Its errors are the viewer's mistakes.
	Prepare func(context.Context, Order) (pairs []*catalog.Pair, run func(context.Context) error, err error)
}

// An Order is a run that a viewer asks for.
type Order struct {
	Pairs   []string
	Profile string
	Params  []string // as the command line takes them: "name=value,value"
	Rounds  int      // 0: until the intervals are narrow
}

// A Server serves the pages of one checkout.
type Server struct {
	options  Options
	listener net.Listener
	gate     *gate
	feed     *Feed
	list     runList
	http     http.Server
	ctx      context.Context // of the runs that viewers start
	stop     context.CancelFunc
	runs     sync.WaitGroup
	work     sync.WaitGroup // the rest

	mu  sync.Mutex
	err error // of the last run
}

// New listens, but answers nothing before Start.
func New(o Options) (*Server, error) {
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("serving on %q: %w; choose another with --listen", o.Listen, err)
	}
	s := &Server{options: o, listener: listener, gate: newGate(listener.Addr()), feed: newFeed()}
	s.list = runList{project: o.Project, pairs: o.Pairs}
	return s, nil
}

// Feed is the progress of the run that the viewers see.
func (s *Server) Feed() *Feed { return s.feed }

// Address is what a browser opens: the page, with the token that admits it.
func (s *Server) Address(page string) string {
	host, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = reachable()
	}
	return fmt.Sprintf("http://%s%s?token=%s", net.JoinHostPort(host, port), page, s.gate.token)
}

// reachable is an address of this machine that others can open.
func reachable() string {
	all, _ := net.InterfaceAddrs() // none: this machine alone
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return "localhost"
}

// Start begins to serve. Runs that viewers start end with ctx.
func (s *Server) Start(ctx context.Context) {
	s.ctx, s.stop = context.WithCancel(ctx)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("GET /events", s.stream)
	mux.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, assets, "assets/"+r.PathValue("name"))
	})
	mux.HandleFunc("GET /runs/{id}/{file...}", s.file)
	mux.HandleFunc("POST /start", s.start)
	mux.HandleFunc("POST /hands", s.vote)
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) { answerTo(w, s.feed.stop()) })
	s.http = http.Server{
		Handler: s.gate.check(mux), ConnState: s.gate.watch,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // who sends rubbish fills no terminal
	}
	s.work.Go(func() { _ = s.http.Serve(s.listener) }) // it ends with Close
	s.work.Go(func() {
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		for {
			select {
			case <-s.ctx.Done():
				return
			case <-ticker.C:
				s.feed.sample()
			}
		}
	})
}

// Close stops the run that a viewer started, if one goes on, lets it keep what
// it has and tell the viewers, and stops serving. Its error is the last run's.
func (s *Server) Close() error {
	s.stop()
	s.runs.Wait()
	s.feed.dismiss()
	ctx, hurry := context.WithTimeout(context.Background(), time.Second)
	defer hurry()
	_ = s.http.Shutdown(ctx) // who does not read in time is cut off
	_ = s.http.Close()
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// live is the page of the run that goes on, and then its report.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	if report := s.feed.final(); report != "" {
		http.Redirect(w, r, report, http.StatusFound)
		return
	}
	http.ServeFileFS(w, r, assets, "assets/live.html")
}

// start begins a run, one at a time.
func (s *Server) start(w http.ResponseWriter, r *http.Request) {
	o, hands, err := s.order(r)
	var pairs []*catalog.Pair
	var run func(context.Context) error
	switch {
	case err != nil:
	case s.ctx.Err() != nil:
		err = errors.New("tandem is ending")
	case s.feed.busy(): // to check what is asked for would disturb it
		err = errBusy
	default:
		pairs, run, err = s.options.Prepare(s.ctx, o)
	}
	if err == nil {
		err = s.feed.Claim(pairs, hands)
	}
	if err != nil {
		answerTo(w, err)
		return
	}
	// Not with the request's context: closing the browser stops nothing.
	s.runs.Go(func() {
		err := run(s.ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.err = err
	})
	http.Redirect(w, r, "/live", http.StatusSeeOther)
}

// order reads what a viewer asks for.
func (s *Server) order(r *http.Request) (o Order, hands []int, err error) {
	if err := r.ParseForm(); err != nil {
		return o, nil, err
	}
	form := r.PostForm
	o.Pairs, o.Profile = form["pair"], form.Get("profile")
	if len(o.Pairs) == 0 {
		return o, nil, errors.New("choose a pair first")
	}
	if n := form.Get("rounds"); n != "" {
		if o.Rounds, err = strconv.Atoi(n); err != nil || o.Rounds < 1 || o.Rounds > 1000 {
			return o, nil, fmt.Errorf("rounds %q: want a number from 1 to 1000, or nothing", n)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if param, ok := strings.CutPrefix(name, "param."); ok && form.Get(name) != "" {
			o.Params = append(o.Params, param+"="+form.Get(name))
		}
	}
	o.Params = append(o.Params, strings.Fields(form.Get("params"))...)
	hands, err = handsOf(form["hands"])
	return o, hands, err
}

// vote takes a show of hands, and shows what is measured where that is asked for.
func (s *Server) vote(w http.ResponseWriter, r *http.Request) {
	err := r.ParseForm()
	var hands []int
	if err == nil {
		hands, err = handsOf(r.PostForm["hands"])
	}
	if err == nil {
		err = s.feed.vote(r.PostForm.Get("pair"), hands, r.PostForm.Has("show"))
	}
	answerTo(w, err)
}

// handsOf reads how many hands there are for each choice; nothing is none.
func handsOf(texts []string) ([]int, error) {
	hands := make([]int, len(texts))
	for i, text := range texts {
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 9999 {
			return nil, fmt.Errorf("hands %q: want a number from 0 to 9999", text)
		}
		hands[i] = n
	}
	return hands, nil
}

var errBusy = errors.New("a run is under way; one at a time, so that they do not disturb each other")

// answerTo answers a request that has nothing to show but its mistake.
func answerTo(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	status := http.StatusBadRequest
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	case errors.As(err, &large):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, errBusy):
		status = http.StatusConflict
	}
	http.Error(w, string(plain.Page([]byte(err.Error()))), status)
}
