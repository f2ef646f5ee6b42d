package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"tandem/runner/browser"
	"tandem/runner/catalog"
	"tandem/runner/store"
)

// A visitor is admitted to the pages of a real tandem command.
type visitor struct {
	t       *testing.T
	client  http.Client
	site    string
	address string // with the token
}

// visit waits for the address that a command prints, and opens it.
func visit(t *testing.T, p *process) *visitor {
	t.Helper()
	p.until("live at ")
	_, address, _ := strings.Cut(p.seen.String(), "live at ")
	address, _, _ = strings.Cut(address, "\n")
	u, err := url.Parse(address)
	require.NoError(t, err)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	v := &visitor{t, http.Client{Jar: jar}, "http://" + u.Host, address}
	resp, err := v.client.Get(address)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return v
}

// start asks for a run as the page does.
func (v *visitor) start(form url.Values) (status int, text string) {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.site+"/start", strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	r.Header.Set("Origin", v.site)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := v.client.Do(r)
	require.NoError(v.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(v.t, err)
	return resp.StatusCode, string(body)
}

// watch opens the live events. To close them is to close the browser.
func (v *visitor) watch() io.ReadCloser {
	v.t.Helper()
	resp, err := v.client.Get(v.site + "/events")
	require.NoError(v.t, err)
	return resp.Body
}

// find reads events until one line of them has the text.
func (v *visitor) find(events io.Reader, text string) {
	v.t.Helper()
	for lines := bufio.NewReader(events); ; {
		line, err := lines.ReadString('\n')
		if strings.Contains(line, text) {
			return
		}
		require.NoError(v.t, err, "it never said %q", text)
	}
}

// until watches until a text comes.
func (v *visitor) until(text string) {
	v.t.Helper()
	events := v.watch()
	defer events.Close()
	v.find(events, text)
}

func TestServeStartsARunAndCtrlCKeepsIt(t *testing.T) {
	results := t.TempDir()
	t.Setenv("TANDEM_RESULTS", results)
	p := start(t, "", "serve")
	v := visit(t, p)

	status, text := v.start(url.Values{"pair": {"counting"}, "profile": {"quick"}, "param.n": {"nought"}})
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, text, `"nought"`)

	status, text = v.start(url.Values{"pair": {"counting"}, "profile": {"quick"}, "param.n": {"1000"}, "rounds": {"1000"}})
	require.Equal(t, http.StatusOK, status, text) // of the live page
	v.until(`"dot"`)                              // and the browser is closed
	v.until(`"dot"`)
	status, _ = v.start(url.Values{"pair": {"counting"}, "profile": {"quick"}})
	require.Equal(t, http.StatusConflict, status)

	events := v.watch()
	defer events.Close()
	require.NoError(t, p.Process.Signal(os.Interrupt))
	v.find(events, "The run was stopped.") // who watches is told
	require.Equal(t, exitInterrupted, p.end(), &p.seen)
	m, trials, _, err := store.Read(filepath.Join(results, "latest"))
	require.NoError(t, err)
	require.NotEmpty(t, trials)
	require.Equal(t, "tandem run --profile quick counting --param n=1000 --rounds 1000", strings.Join(m.Command, " "))
	require.FileExists(t, filepath.Join(results, "latest", "report.html"))
}

func TestServeWithNothingToDoEndsWell(t *testing.T) {
	t.Setenv("TANDEM_RESULTS", t.TempDir())
	p := start(t, "", "serve")
	visit(t, p)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.Equal(t, exitOK, p.end(), &p.seen)
}

// The pages of a run stay until Ctrl-C. Once the prediction is made the report
// has the live page's place: for who looks on, a key away, and for whoever
// comes late or again.
func TestALiveRunStaysAndFreezesIntoItsReport(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, out, "run", "counting", "--side", "go", "--param", "n=1000", "--rounds", "6", "--patience", "0", "--live", "--out", out)
	v := visit(t, p)
	b := browser.Open(t, v.address, browser.View{Width: 1280})
	v.until(`"phase":"ended"`)
	b.Do(t, chromedp.SendKeys(`#hands label:nth-of-type(3) input`, "7"), chromedp.Click(`.cover button`))
	b.Until(t, `document.querySelector(".votes") !== null`)
	report := `location.pathname === "/runs/run/report.html" && location.hash === "#counting" && document.querySelector("#counting")?.getBoundingClientRect().height > 0`
	b.Do(t, chromedp.KeyEvent(kb.Enter))
	b.Until(t, report)
	b.Do(t, chromedp.Navigate(v.site+"/live"))
	b.Until(t, report)

	resp, err := v.client.Get(v.site + "/live")
	require.NoError(t, err)
	defer resp.Body.Close()
	served, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	written, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Equal(t, string(written), string(served))
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.Equal(t, exitOK, p.end(), &p.seen)
}

func TestServeSaysWhatItCannotListenOn(t *testing.T) {
	p := start(t, "", "serve", "--listen", "nowhere")
	require.Equal(t, exitFailed, p.end())
	require.Contains(t, p.seen.String(), `serving on "nowhere"`)
	require.Contains(t, p.seen.String(), "--listen")
}

// What a class is asked while a run is prepared has the run's own numbers.
func TestThePairsOfALiveRunAreAnnouncedWithItsNumbers(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	t.Setenv("TANDEM_ROOT", root)
	f := runFlags{profile: catalog.Quick, side: "both", params: []string{"capacity=3"}}
	pairs, err := f.filled([]string{"buffering"}, selectPairs)
	require.NoError(t, err)
	require.Contains(t, pairs[0].Predict.Question, "room for 3")
}
