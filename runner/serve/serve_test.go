package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/project"
	"tandem/runner/runtimes"
	"tandem/runner/session"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// serving is a server whose runs are real: the Go side of what is asked for.
// It returns what a client needs to be admitted. With next, a run waits for it
// at each pair and before the second round.
func serving(t *testing.T, next ...chan struct{}) (s *Server, site, token string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	results := t.TempDir()
	t.Setenv("TANDEM_RESULTS", results)
	p := project.Project{Root: root}
	pairs, err := p.Catalog()
	require.NoError(t, err)
	s, err = New(Options{
		Listen: "127.0.0.1:0", Project: p, Pairs: pairs,
		Prepare: func(_ context.Context, o Order) ([]*catalog.Pair, func(context.Context) error, error) {
			var asked, filled []*catalog.Pair
			for _, id := range o.Pairs {
				asked = append(asked, pairs[slices.IndexFunc(pairs, func(p *catalog.Pair) bool { return p.ID == id })])
			}
			chosen := plan.Selection{
				Pairs: asked, Profile: o.Profile, Sides: []string{catalog.Go},
				Runtimes: []model.Runtime{runtimes.Go(p.Path("bin", "pairs"))}, Set: o.Params,
			}
			cells, err := plan.Build(chosen)
			if err != nil {
				return nil, nil, err
			}
			for _, p := range asked {
				filled = append(filled, p.Filled(cells))
			}
			return filled, func(ctx context.Context) (err error) {
				dir := ""
				defer func() { s.feed.End(dir, err) }()
				progress := session.Progress(s.feed)
				for _, c := range next {
					progress = paced{s.feed, ctx, c}
				}
				run, err := session.New(ctx, p, session.Options{Plan: chosen, Catalog: asked, Bounds: session.Bounds{Rounds: o.Rounds}}, progress)
				if err != nil {
					return err
				}
				defer run.Close()
				dir = run.Dir()
				s.feed.Begin(run)
				return run.Run(ctx)
			}, nil
		},
	})
	require.NoError(t, err)
	s.Start(context.Background())
	t.Cleanup(func() { _ = s.Close() }) // a test may leave a run under way
	address, err := url.Parse(s.Address("/"))
	require.NoError(t, err)
	return s, "http://" + address.Host, address.Query().Get("token")
}

// A paced run waits until the test has seen what it wants to see.
type paced struct {
	*Feed
	ctx  context.Context
	next chan struct{}
}

func (p paced) wait() {
	select {
	case <-p.next:
	case <-p.ctx.Done():
	}
}

func (p paced) Pair(at, of int, pair *catalog.Pair) {
	p.Feed.Pair(at, of, pair)
	p.wait()
}

func (p paced) Trial(c model.Cell, round, rounds int, times []time.Duration) {
	p.Feed.Trial(c, round, rounds, times)
	if round == 2 {
		p.wait()
	}
}

// ask sends a request as an admitted page would, but for what change changes.
func ask(t *testing.T, s *Server, method, address string, body io.Reader, change func(*http.Request)) (status int, text string) {
	t.Helper()
	r, err := http.NewRequest(method, address, body)
	require.NoError(t, err)
	r.AddCookie(&http.Cookie{Name: s.gate.cookie(), Value: s.gate.token})
	if method == http.MethodPost {
		r.Header.Set("Origin", "http://"+r.URL.Host)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body) // what comes of it is what the test looks at
	return resp.StatusCode, string(answer)
}

// begin starts a run of counting as a page would.
func begin(t *testing.T, s *Server, site string, form url.Values) {
	t.Helper()
	all := url.Values{"pair": {"counting"}, "profile": {"quick"}, "param.n": {"100000"}}
	maps.Copy(all, form)
	status, text := ask(t, s, http.MethodPost, site+"/start", strings.NewReader(all.Encode()), nil)
	require.Equal(t, http.StatusSeeOther, status, text)
}

// A watcher is a viewer that keeps the state as the page does.
type watcher struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Scanner
	state map[string]any
	dots  int
}

func watch(t *testing.T, s *Server, site string) *watcher {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, site+"/events", nil)
	require.NoError(t, err)
	r.AddCookie(&http.Cookie{Name: s.gate.cookie(), Value: s.gate.token})
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	t.Cleanup(func() { resp.Body.Close() })
	w := &watcher{t: t, body: resp.Body, lines: bufio.NewScanner(resp.Body)}
	w.lines.Buffer(nil, 1<<20)
	return w
}

// until reads events until one makes what is waited for true.
func (w *watcher) until(seen func(event string, data map[string]any) bool) {
	w.t.Helper()
	event := ""
	for w.lines.Scan() {
		field, value, _ := strings.Cut(w.lines.Text(), ": ")
		if field == "event" {
			event = value
		}
		if field != "data" {
			continue
		}
		var data map[string]any
		if strings.HasPrefix(value, "{") {
			require.NoError(w.t, json.Unmarshal([]byte(value), &data))
		}
		if event == "state" {
			w.state, w.dots = data, 0
			if pair, ok := data["pair"].(map[string]any); ok {
				for _, row := range pair["rows"].([]any) {
					w.dots += len(row.(map[string]any)["dots"].([]any))
				}
			}
		}
		if event == "dot" {
			w.dots++
		}
		if seen(event, data) {
			return
		}
	}
	require.FailNow(w.t, "the events ended", "%v", w.lines.Err())
}

func isDot(event string, _ map[string]any) bool { return event == "dot" }

func isEnd(event string, data map[string]any) bool {
	return (event == "run" || event == "state") && data["phase"] == ended
}

// measured reads what the only run of the results measured.
func measured(t *testing.T, s *Server) []model.Trial {
	t.Helper()
	runs, _ := s.list.newest(true)
	require.Len(t, runs, 1)
	m, trials, _, err := store.Read(s.list.dir(runs[0].ID))
	require.NoError(t, err)
	require.True(t, m.Complete)
	return trials
}

func TestWhoComesLateOrAgainGetsTheWholeState(t *testing.T) {
	s, site, _ := serving(t)
	early := watch(t, s, site)
	begin(t, s, site, url.Values{"rounds": {"6"}, "hands": {"1", "2", "3"}})
	early.until(isDot)
	require.NoError(t, early.body.Close())

	again := watch(t, s, site)
	again.until(func(event string, _ map[string]any) bool { return event == "state" })
	require.GreaterOrEqual(t, again.dots, 1, "with what was measured before")
	pair := again.state["pair"].(map[string]any)
	require.Equal(t, []any{1., 2., 3.}, pair["hands"])
	again.until(isEnd)

	late := watch(t, s, site)
	late.until(isEnd)
	require.Equal(t, again.dots, late.dots)
	rounds := 0
	for _, trial := range measured(t, s) {
		if trial.Round > 0 {
			rounds++
		}
	}
	require.Equal(t, rounds, late.dots, "a dot a trial")
	pair = late.state["pair"].(map[string]any)
	require.Contains(t, pair["answer"], "Go: ")
	require.NotEmpty(t, pair["explain"])
	for _, row := range pair["rows"].([]any) {
		require.NotZero(t, row.(map[string]any)["hi"], "six rounds give an interval")
	}
	status, text := ask(t, s, http.MethodPost, site+"/hands", strings.NewReader("pair=counting&hands=9&hands=9&hands=9"), nil)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, text, "what was measured of counting is shown")
}

// Who stops a run loses nothing: the trial that goes on is the last, and whole.
func TestStoppingKeepsWhatWasMeasured(t *testing.T) {
	s, site, _ := serving(t)
	status, text := ask(t, s, http.MethodPost, site+"/stop", nil, nil)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, text, "no run is under way")
	w := watch(t, s, site)
	begin(t, s, site, url.Values{"rounds": {"1000"}})
	w.until(isDot)
	status, text = ask(t, s, http.MethodPost, site+"/stop", nil, nil)
	require.Equal(t, http.StatusNoContent, status, text)
	w.until(func(event string, data map[string]any) bool {
		return isEnd(event, data) && data["message"] == "The run was stopped. What was measured until then is kept."
	})
	m, trials, _, err := store.Read(s.feed.folder())
	require.NoError(t, err)
	require.False(t, m.Complete)
	for _, trial := range trials {
		require.Equal(t, model.OK, trial.Status, trial.Message)
	}
}

// What is measured is shown once the class has said what it expects.
func TestThePredictionComesFirst(t *testing.T) {
	s, site, _ := serving(t)
	w := watch(t, s, site)
	begin(t, s, site, url.Values{"rounds": {"1"}})
	w.until(isEnd)
	hands := func(form string) int {
		status, _ := ask(t, s, http.MethodPost, site+"/hands", strings.NewReader(form), nil)
		return status
	}
	require.Equal(t, false, w.state["pair"].(map[string]any)["shown"])
	require.Equal(t, http.StatusNoContent, hands("pair=counting&hands=1&hands=2&hands=3"), "a late vote is one as long as nobody saw the answer")
	require.Equal(t, http.StatusNoContent, hands("pair=counting&hands=1&hands=2&hands=4&show=1"))
	late := watch(t, s, site)
	late.until(isEnd)
	pair := late.state["pair"].(map[string]any)
	require.Equal(t, true, pair["shown"])
	require.Equal(t, "Nothing that was measured decides the prediction.", pair["votes"], "Go alone cannot")
	require.Equal(t, http.StatusBadRequest, hands("pair=counting&hands=9&hands=2&hands=3"))
}

// Each pair's prediction comes first, with the run's own numbers, and may be
// made late, when the run is at another pair or over. Then the report has the
// live page's place.
func TestEveryPairsPredictionComesFirst(t *testing.T) {
	next := make(chan struct{})
	s, site, _ := serving(t, next)
	w := watch(t, s, site)
	var pair map[string]any
	until := func(key string, value any) {
		t.Helper()
		w.until(func(_ string, data map[string]any) bool {
			pair, _ = data["pair"].(map[string]any)
			return data[key] == value
		})
		require.Equal(t, false, pair["shown"])
	}
	begin(t, s, site, url.Values{"pair": {"buffering", "counting"}, "param.unit": {"1ms"}, "param.capacity": {"2"}, "rounds": {"1"}})
	until("phase", preparing)
	require.Contains(t, pair["ask"], "room for 2", "as asked for")
	next <- struct{}{}
	until("at", 2.)

	vote := func(form string, status int) (before, now map[string]any) {
		t.Helper()
		got, text := ask(t, s, http.MethodPost, site+"/hands", strings.NewReader(form), nil)
		require.Equal(t, status, got, text)
		if status == http.StatusNoContent {
			w.until(func(_ string, data map[string]any) bool { pair = data; return data["before"] != nil })
			before, now = pair["before"].([]any)[0].(map[string]any), pair["pair"].(map[string]any)
		}
		return before, now
	}
	page := func() (int, string) { return ask(t, s, http.MethodGet, site+"/live", nil, nil) }
	before, now := vote("pair=buffering&hands=0&hands=2&hands=3&hands=1&show=1", http.StatusNoContent)
	require.Equal(t, true, before["shown"])
	require.Contains(t, before["votes"], "of 6 hands")
	require.Equal(t, false, now["shown"], "that is another question")
	vote("pair=buffering&hands=0&hands=2&hands=3&hands=1", http.StatusNoContent) // the same once more
	vote("pair=buffering&hands=0&hands=2&hands=3&hands=2", http.StatusBadRequest)
	close(next)
	w.until(isEnd)
	status, _ := page()
	require.Equal(t, http.StatusOK, status, "counting is covered")
	_, now = vote("pair=counting&hands=1&hands=2&hands=3&show=1", http.StatusNoContent)
	require.NotEmpty(t, now["votes"])
	status, text := page()
	require.Equal(t, http.StatusFound, status)
	require.Contains(t, text, reportOf(s.feed.folder()))
}

func TestHostileRequestsAreRefusedAndTheRunGoesOn(t *testing.T) {
	s, site, token := serving(t)
	w := watch(t, s, site)
	begin(t, s, site, url.Values{"rounds": {"30"}})
	w.until(isDot)
	host := strings.TrimPrefix(site, "http://")

	for name, c := range map[string]struct {
		method, path string
		change       func(*http.Request)
		status       int
	}{
		"no cookie":              {"GET", "/live", func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		"a wrong cookie":         {"GET", "/live", func(r *http.Request) { r.Header.Set("Cookie", s.gate.cookie()+"=x") }, 403},
		"a wrong token":          {"GET", "/?token=" + token[1:] + "A", nil, 403},
		"an empty token":         {"GET", "/?token=", nil, 403},
		"a name made to lead us": {"GET", "/", func(r *http.Request) { r.Host = "evil.example:" + s.gate.port }, 403},
		"another port":           {"GET", "/", func(r *http.Request) { r.Host = "127.0.0.1:1" }, 403},
		"another origin reads":   {"GET", "/live", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		"another origin starts":  {"POST", "/start", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		"a sandboxed page":       {"POST", "/start", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		"no origin":              {"POST", "/hands", func(r *http.Request) { r.Header.Del("Origin") }, 403},
		"another origin stops":   {"POST", "/stop", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		"nobody stops":           {"POST", "/stop", func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		"a link stops":           {"GET", "/stop", nil, 405},
		"a second run":           {"POST", "/start", nil, 409},
		"another method":         {"DELETE", "/start", func(r *http.Request) { r.Header.Set("Origin", site) }, 405},
		"up and out":             {"GET", "/runs/latest/..%2f..%2fmanifest.json", nil, 404},
		"up and out, encoded":    {"GET", "/runs/%2e%2e/report.html", nil, 404},
		"up by an asset":         {"GET", "/assets/..%2fserve.go", nil, 400},
		"a file of no page":      {"GET", "/runs/latest/manifest.json", nil, 404},
		"no run":                 {"GET", "/runs/published/report.html", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := ask(t, s, c.method, site+c.path, strings.NewReader("pair=counting&profile=quick"), c.change)
			require.Equal(t, c.status, status, text)
		})
	}

	t.Run("a body of 100 MB", func(t *testing.T) {
		status, text := ask(t, s, http.MethodPost, site+"/hands", io.LimitReader(letters{}, 100_000_000), nil)
		// It is told so, or cut off while it still sends.
		require.True(t, status == http.StatusRequestEntityTooLarge || status == 0, "%d %s", status, text)
	})

	crowd := func(t *testing.T, word string) {
		for range 1000 {
			c, err := net.Dial("tcp", host)
			require.NoError(t, err)
			defer c.Close()
			_, _ = c.Write([]byte(word)) // it may have been cut off by now
		}
		s.gate.mu.Lock()
		require.LessOrEqual(t, s.gate.idle.Len(), mostIdle)
		open := 0
		for _, e := range s.gate.at {
			if e == nil {
				open++
			}
		}
		s.gate.mu.Unlock()
		require.LessOrEqual(t, open, mostOpen+mostIdle, "those that are being closed among them")
	}
	t.Run("1,000 idle connections", func(t *testing.T) {
		crowd(t, "")
		status, _ := ask(t, s, http.MethodGet, site+"/live", nil, nil)
		require.Equal(t, http.StatusOK, status, "a viewer still gets in")
	})
	t.Run("1,000 that ask at a crawl", func(t *testing.T) { crowd(t, "G") })

	w.until(isEnd)
	for _, trial := range measured(t, s) {
		require.Equal(t, model.OK, trial.Status, trial.Message)
	}
}

// letters is a body without an end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestTheTokenAdmitsAndLeavesTheAddress(t *testing.T) {
	s, site, token := serving(t)
	resp, err := http.Get(s.Address("/live"))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "0; url=/live", resp.Header.Get("Refresh"))
	cookie := resp.Header.Get("Set-Cookie")
	require.Contains(t, cookie, token)
	require.Contains(t, cookie, "HttpOnly")
	require.Contains(t, cookie, "SameSite=Strict")
	for _, page := range []string{"/", "/live", "/assets/live.js"} {
		status, _ := ask(t, s, http.MethodGet, site+page, nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") })
		require.Equal(t, http.StatusOK, status, page)
	}
	require.NotContains(t, policy, "unsafe")
}

func TestWhatCannotRunIsSaidAndNotStarted(t *testing.T) {
	s, site, _ := serving(t)
	for form, says := range map[string]string{
		"profile=quick":                            "choose a pair first",
		"pair=counting&profile=quick&param.n=-5":   "n",
		"pair=counting&profile=quick&param.x=5":    `unknown parameter "x"`,
		"pair=counting&profile=loud":               `unknown profile "loud"`,
		"pair=counting&profile=quick&rounds=many":  `rounds "many"`,
		"pair=counting&profile=quick&hands=-1":     `hands "-1"`,
		"pair=counting&profile=quick&params=n%3D,": "counting",
	} {
		status, text := ask(t, s, http.MethodPost, site+"/start", strings.NewReader(form), nil)
		require.Equal(t, http.StatusBadRequest, status, form)
		require.Contains(t, text, says, form)
		require.False(t, s.feed.busy(), form)
	}
}

// A run waits for nobody: neither for who reads nothing, nor on its way.
func TestWhoLagsIsDropped(t *testing.T) {
	h := &hub{}
	slow, err := h.join("state", nil)
	require.NoError(t, err)
	for range lag {
		h.send("dot", 1)
	}
	require.True(t, h.empty())
	n := 0
	for range slow.events {
		n++
	}
	require.Equal(t, lag, n)
	h.leave(slow) // once more does no harm
	for range mostViewers {
		_, err := h.join("state", nil)
		require.NoError(t, err)
	}
	_, err = h.join("state", nil)
	require.ErrorIs(t, err, errFull)
}

// What acts instead of being read, such as a mark that turns text round, reaches
// no page.
func TestAnEventIsText(t *testing.T) {
	require.Equal(t, "id: 1\nevent: run\ndata: \"a\ufffdb\"\n\n", string(encode(1, "run", "a\u202eb")))
}

func TestTheListHasTheNewestRunFirst(t *testing.T) {
	s, site, _ := serving(t)
	for range 2 {
		w := watch(t, s, site)
		begin(t, s, site, url.Values{"rounds": {"1"}})
		w.until(func(event string, data map[string]any) bool { return event == "run" && data["phase"] == ended })
	}
	runs, more := s.list.newest(true)
	require.Zero(t, more)
	require.Len(t, runs, 2)
	require.Greater(t, runs[0].ID, runs[1].ID)
	require.Equal(t, []string{"counting"}, runs[0].Pairs)
	require.NotEmpty(t, runs[0].Verdicts)
	require.NoError(t, store.WriteFile(s.list.dir(runs[0].ID), "report.html", []byte("the report")))
	status, text := ask(t, s, http.MethodGet, site+reportOf(runs[0].ID), nil, nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "the report", text)
	_, text = ask(t, s, http.MethodGet, site+"/", nil, nil)
	require.Contains(t, text, reportOf(runs[0].ID))
	require.Contains(t, text, fmt.Sprintf(`value="%s"`, "counting"))
}

// A folder's pair may predict nothing, and the page goes through its choices.
func TestAPairWithoutAPredictionHasChoices(t *testing.T) {
	require.NotNil(t, describe(&catalog.Pair{}).Choices)
}

// Not a word more is said than the rounds allow.
func TestARowSaysWhatItsRoundsAllow(t *testing.T) {
	row := func(name string, walls ...float64) *summary.Row {
		r := &summary.Row{Side: catalog.Go, Variant: name, Baseline: "one", Runtime: "go"}
		for i, w := range walls {
			r.Rounds = append(r.Rounds, summary.Round{Number: i + 1, Wall: w})
		}
		return r
	}
	interval := func(value, lo, hi float64, grade model.Grade) *summary.Row {
		r := row("two", 1, 1, 1, 1, 1, 1)
		r.Grade = grade
		r.SpeedUp = model.Estimate{Value: value, Lo: lo, Hi: hi, N: 6, Interval: true}
		return r
	}
	base := row("one", 2, 2, 2, 2, 2, 2)
	for want, r := range map[string]*summary.Row{
		"":                                 row("two"),
		"too early to say":                 row("two", 1, 1),
		"faster than one in 3 of 3 rounds": row("two", 1, 1, 1),
		"slower than one in 3 of 4 rounds": row("two", 3, 1, 3, 3),
		"no agreement: faster than one in 2 of 4 rounds":            row("two", 3, 1, 3, 1),
		"2.00 times as fast as one (1.50 to 2.50): shown":           interval(2, 1.5, 2.5, model.Shown),
		"takes 2.00 times as long as one (1.67 to 2.50): likely":    interval(0.5, 0.4, 0.6, model.Likely),
		"no clear difference from one (0.90 to 1.10 times as fast)": interval(1, 0.9, 1.1, model.Open),
	} {
		require.Equal(t, want, summarize(r, base))
	}
	require.Empty(t, summarize(base, nil), "it is what the others are measured against")
	failed := row("two")
	failed.Why = []string{"no such package"}
	require.Equal(t, "no such package", summarize(failed, base))
}
