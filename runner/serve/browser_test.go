package serve

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	browserlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A tab is a page in a real browser, and all that it complained about.
type tab struct {
	ctx    context.Context
	mu     sync.Mutex
	errors []string
}

// open opens a page as a viewer would.
func open(t *testing.T, address string, width int64, scheme string) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed: install it to run the browser tests")
	}
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	dir, err := os.MkdirTemp("", "tandem-browser-")
	require.NoError(t, err)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(dir),
		chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser is gone
		closeTab()
		stop()
		_ = os.RemoveAll(dir)
	})
	b := &tab{ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.errors = append(b.errors, e.ExceptionDetails.Text)
		case *browserlog.EventEntryAdded:
			b.errors = append(b.errors, e.Entry.Text)
		}
	}))
	call(t, ctx, browserlog.Enable, cdp.Empty{})
	call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address)))
	return b
}

func call[P, R any](t *testing.T, ctx context.Context, c cdp.Command[P, R], params P) R {
	t.Helper()
	r, err := chromedp.Call(ctx, c, params)
	require.NoError(t, err)
	return r
}

func (b *tab) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patient)
	defer stop()
	require.NoError(t, chromedp.Do(ctx, actions...))
}

func eval[T any](t *testing.T, b *tab, js string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	require.NoError(t, err, js)
	return v
}

// until waits for an expression to be true, on whatever page comes.
func (b *tab) until(t *testing.T, js string) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patient)
	defer stop()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](js))
	for err != nil && ctx.Err() == nil { // the page was left meanwhile
		_, err = chromedp.Run(ctx, chromedp.Poll[bool](js))
	}
	require.NoError(t, err, js)
}

// patient is how long a busy machine may take.
const patient = 2 * time.Minute

const overflow = `document.scrollingElement.scrollWidth - innerWidth`

// A teacher opens the printed address, types in a show of hands, starts a pair
// and watches it to its end, though the connection breaks in the middle.
func TestABrowserWatchesARunToItsEnd(t *testing.T) {
	s, _, _ := serving(t)
	b := open(t, s.Address("/"), 1280, "light")
	b.do(t, chromedp.WaitVisible(`#several`),
		chromedp.Click(`details:has([value=buffering]) summary b`),
		chromedp.SendKeys(`details[open] input[name=hands]`, "7"),
		chromedp.SendKeys(`details[open] input[name="param.unit"]`, "1"),
		chromedp.SendKeys(`details[open] input[name=rounds]`, "40"),
		chromedp.Click(`details[open] button`))
	b.until(t, `document.querySelector("details[open] [role=alert]")?.textContent.includes('"1"')`) // a mistake is said where it was made
	b.do(t, chromedp.SendKeys(`details[open] input[name="param.unit"]`, "ms"),
		chromedp.Click(`details[open] button`), chromedp.WaitVisible(`#live`))
	b.until(t, `document.querySelector(".row .dot") !== null`)
	require.Equal(t, "7", eval[string](t, b, `document.querySelector("#hands input").value`))

	s.feed.mu.Lock() // the connection breaks
	require.Equal(t, running, s.feed.state.Phase, "in the middle of the run")
	require.Len(t, s.feed.hub.viewers, 1)
	for v := range s.feed.hub.viewers {
		s.feed.hub.leave(v)
	}
	s.feed.mu.Unlock()

	b.until(t, `document.querySelector("[data-phase=ended] #answer h2") !== null`)
	var dots int
	for _, trial := range measured(t, s) {
		if trial.Round > 0 {
			dots++
		}
	}
	require.Equal(t, dots, eval[int](t, b, `document.querySelectorAll(".dot").length`), "none is lost, none twice")
	require.Contains(t, eval[string](t, b, `document.querySelector("#answer").innerText`), "0 of 7 hands were right: one.")
	require.Equal(t, "one ✓ so it is here", eval[string](t, b, `document.querySelector(".right").innerText.replace(/\s+/g, " ")`))
	require.Contains(t, eval[string](t, b, `document.querySelector(".row:nth-child(2) .says").innerText`), "(")
	require.True(t, eval[bool](t, b, `document.querySelector("#hands input").disabled`))
	require.True(t, strings.HasPrefix(eval[string](t, b, `document.querySelector("#said .act").getAttribute("href")`), "/runs/"))
	for _, width := range []int64{1280, 390} {
		b.do(t, chromedp.EmulateViewport(width, 900))
		require.LessOrEqual(t, eval[int](t, b, overflow), 0, "at %d", width)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors { // both are what we did
		require.Regexp(t, "ERR_INCOMPLETE_CHUNKED_ENCODING|400", e)
	}
}

// axe finds nothing on any page: before, while and after something runs, in
// light, in dark and on a phone.
func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("no axe-core: run make echarts")
	}
	s, site, _ := serving(t)
	b := open(t, s.Address("/live"), 1280, "light")
	check := func(page, ready string) {
		t.Helper()
		b.do(t, chromedp.Navigate(site+page))
		b.until(t, ready)
		eval[any](t, b, string(axe)+";0")
		for _, width := range []int64{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				call(t, b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				b.do(t, chromedp.EmulateViewport(width, 900))
				eval[any](t, b, `for (const d of document.querySelectorAll("details")) d.open = true; window.found = null;
					axe.run().then(r => { window.found = r.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.failureSummary).join(" | ")); }); 0`)
				b.until(t, `window.found !== null`)
				require.Empty(t, eval[[]string](t, b, `window.found`), "%s at %d pixels, %s", page, width, scheme)
				require.LessOrEqual(t, eval[int](t, b, overflow), 0, "%s at %d pixels", page, width)
			}
		}
	}
	b.until(t, `document.querySelector("#said .act") !== null`)
	check("/live", `document.body.dataset.phase === "idle"`)
	check("/", `document.querySelector("#several") !== null`)

	begin(t, s, site, url.Values{"rounds": {"1000"}})
	check("/live", `document.querySelector("#cover:not([hidden])") !== null`)
	s.feed.show()
	check("/live", `document.querySelectorAll(".dot").length > 3 && document.querySelector("#running").className !== ""`)
	check("/", `document.querySelector("header .act") !== null`)
	require.NoError(t, s.feed.stop())
	check("/live", `document.body.dataset.phase === "ended"`)

	begin(t, s, site, url.Values{"rounds": {"6"}, "hands": {"1", "2", "3"}})
	check("/live", `document.querySelector("[data-phase=ended] .votes") !== null`)
	check("/", `document.querySelectorAll(".runs li").length === 2`)
}
