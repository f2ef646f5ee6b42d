// Package browser opens pages in a real Chromium for the tests of the packages
// that make them.
//
// Its one decision: what the browser itself complains of is kept and held
// against the page; nothing is taken for well that nobody looked at.
package browser

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	browserlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A Tab is an open page.
type Tab struct {
	Profile string // the folder that the browser's processes name

	ctx      context.Context
	mu       sync.Mutex
	errors   []string
	requests []string
}

// A View is how a page is looked at.
type View struct {
	Width     int64
	Dark      bool
	NoScripts bool
}

// patience is how long a busy machine may take.
const patience = 2 * time.Minute

// Overflow is by how much a page scrolls sideways.
const Overflow = `document.scrollingElement.scrollWidth - innerWidth`

// Open opens an address. Without Chromium the test is skipped.
func Open(t testing.TB, address string, v View) *Tab {
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
	profile, err := os.MkdirTemp("", "tandem-browser-")
	require.NoError(t, err)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile),
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
		_ = os.RemoveAll(profile)
	})
	b := &Tab{Profile: profile, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.heard))
	Call(t, b, browserlog.Enable, cdp.Empty{})
	Call(t, b, network.Enable, network.EnableParams{})
	Call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScripts})
	b.Look(t, v)
	b.Do(t, chromedp.Navigate(address))
	return b
}

func (b *Tab) heard(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.errors = append(b.errors, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.errors = append(b.errors, "console."+string(e.Type))
	case *browserlog.EventEntryAdded:
		b.errors = append(b.errors, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// Heard is what the browser complained of, and the addresses that it asked for.
func (b *Tab) Heard() (errors, requests []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.errors, b.requests
}

// Look changes the window's width and the colours.
func (b *Tab) Look(t testing.TB, v View) {
	t.Helper()
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	Call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	b.Do(t, chromedp.EmulateViewport(v.Width, 900))
}

// Do does what a reader does.
func (b *Tab) Do(t testing.TB, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	require.NoError(t, chromedp.Do(ctx, actions...))
}

// Call calls the browser itself.
func Call[P, R any](t testing.TB, b *Tab, c cdp.Command[P, R], params P) R {
	t.Helper()
	r, err := chromedp.Call(b.ctx, c, params)
	require.NoError(t, err)
	return r
}

// Eval evaluates an expression, which works where the page's scripts are off.
func Eval[T any](t testing.TB, b *Tab, js string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	require.NoError(t, err, js)
	return v
}

// Until waits for an expression to be true, on whatever page comes.
func (b *Tab) Until(t testing.TB, js string) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	poll := chromedp.Poll[bool](js, chromedp.WithPollingTimeout(0)) // patience alone ends it
	_, err := chromedp.Run(ctx, poll)
	for err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "-32000") { // the page was left meanwhile
		_, err = chromedp.Run(ctx, poll)
	}
	require.NoError(t, err, js)
}

// Accessible checks that axe finds nothing, with all open that can be folded.
func (b *Tab) Accessible(t testing.TB, where string) {
	t.Helper()
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js") // of packages two folders down
	if err != nil {
		t.Skip("no axe-core: run make echarts")
	}
	Eval[any](t, b, `for (const d of document.querySelectorAll("details")) d.open = true; 0`)
	Eval[any](t, b, string(axe)+`;window.found = null; axe.run().then(r => { window.found = r.violations.map(v =>
		v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.failureSummary).join(" | ")); }); 0`)
	b.Until(t, `window.found !== null`)
	require.Empty(t, Eval[[]string](t, b, `window.found`), where)
}
