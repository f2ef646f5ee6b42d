package report

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	browserlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A tab is a page in a real browser, and all that it complained about.
type tab struct {
	ctx      context.Context
	mu       sync.Mutex
	errors   []string
	requests []string
}

// open opens a page as a reader would, from a file.
func open(t *testing.T, page string, width int64, dark, scripts bool) *tab {
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
	file := filepath.Join(dir, "report.html")
	require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(dir, "profile")),
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
		case *runtime.EventConsoleAPICalled:
			b.errors = append(b.errors, "console."+string(e.Type))
		case *browserlog.EventEntryAdded:
			b.errors = append(b.errors, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			b.requests = append(b.requests, e.Request.URL)
		}
	}))
	call(t, ctx, browserlog.Enable, cdp.Empty{})
	call(t, ctx, network.Enable, network.EnableParams{})
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	call(t, ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+file)))
	return b
}

func call[P, R any](t *testing.T, ctx context.Context, c cdp.Command[P, R], params P) R {
	t.Helper()
	r, err := chromedp.Call(ctx, c, params)
	require.NoError(t, err)
	return r
}

// ask evaluates an expression, which works where the page's scripts are off.
func ask[T any](t *testing.T, b *tab, js string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	require.NoError(t, err, js)
	return v
}

// quiet checks that the browser had nothing to complain of and that it asked
// for the page alone.
func (b *tab) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(t, b.errors)
	for _, url := range b.requests {
		require.True(t, strings.HasPrefix(url, "file:///") && strings.HasSuffix(url, "report.html"), "asked for %q", url)
	}
}

// visible counts the elements that take up room.
func visible(selector string) string {
	return `[...document.querySelectorAll('` + selector + `')].filter(e => e.getBoundingClientRect().width > 0).length`
}

const overflow = `document.scrollingElement.scrollWidth - innerWidth`

func TestWithoutScriptsEveryFigureIsDrawn(t *testing.T) {
	t.Parallel()
	in := cases["plain"](t)
	if in.ECharts == nil {
		in.ECharts = []byte("window.echarts = null;")
	}
	page := write(t, in)
	figures := strings.Count(page, "<figure")
	b := open(t, page, 1280, false, false)
	require.Equal(t, figures, ask[int](t, b, visible(".art>svg")))
	require.Equal(t, 0, ask[int](t, b, visible(".chart")))
	for _, width := range []int64{320, 360, 400, 768, 1024, 1920} {
		require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 800)))
		require.LessOrEqual(t, ask[int](t, b, overflow), 0, "the page must not scroll sideways at %d pixels", width)
		require.Equal(t, figures, ask[int](t, b, visible(".art>svg")), "at %d pixels", width)
	}
	call(t, b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.Equal(t, figures, ask[int](t, b, visible(".art>svg")), "in print")
	b.quiet(t)
}

func TestWithScriptsEveryFigureIsAChart(t *testing.T) {
	t.Parallel()
	in := cases["plain"](t)
	if in.ECharts == nil {
		t.Skip("no ECharts: run make echarts, or name the file in TANDEM_ECHARTS")
	}
	page := write(t, in)
	options := strings.Count(page, `<script type="application/json">`)
	require.Equal(t, strings.Count(page, "<figure"), options)
	b := open(t, page, 1280, true, true)
	require.Equal(t, "rgb(20, 23, 28)", ask[string](t, b, `getComputedStyle(document.body).backgroundColor`), "dark")
	// Charts are made as they come near: bring all of them near.
	height := ask[int64](t, b, `document.documentElement.scrollHeight`)
	require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(1280, height)))
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelectorAll('figure.live .chart svg path').length > 500 && document.querySelectorAll('figure.live').length === `+jsNumber(options)))
	require.NoError(t, err)
	require.Equal(t, options, ask[int](t, b, visible(".chart svg")))
	require.Equal(t, 0, ask[int](t, b, visible(".art>svg")), "a chart stands in place of its drawing")
	require.True(t, ask[bool](t, b, `[...document.querySelectorAll('.chart svg')].some(e => e.outerHTML.includes('#49d7fe') || e.outerHTML.includes('rgb(73,215,254)'))`), "in the colours of the night")

	// What a screen reader is told.
	tree := call(t, b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	names, roles := map[string]bool{}, map[string]int{}
	for _, node := range tree.Nodes {
		if node.Ignored || node.Role == nil {
			continue
		}
		role := axText(t, node.Role.Value)
		roles[role]++
		if role == "image" || role == "img" {
			require.NotNil(t, node.Name)
			names[axText(t, node.Name.Value)] = true
		}
	}
	require.Equal(t, 1, roles["main"])
	require.Equal(t, 1, roles["navigation"])
	require.GreaterOrEqual(t, roles["figure"], options)
	for name := range names {
		require.Greater(t, len(name), 15, "a figure is told by what it shows")
	}
	require.GreaterOrEqual(t, len(names), options-2, "two figures may find the same")

	call(t, b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.Equal(t, options, ask[int](t, b, visible(".art>svg")), "print shows the drawings")
	require.Equal(t, 0, ask[int](t, b, visible(".chart")))
	b.quiet(t)
}

func TestChartsFitAPhone(t *testing.T) {
	t.Parallel()
	in := cases["sweep"](t)
	if in.ECharts == nil {
		t.Skip("no ECharts: run make echarts, or name the file in TANDEM_ECHARTS")
	}
	b := open(t, write(t, in), 360, false, true)
	height := ask[int64](t, b, `document.documentElement.scrollHeight`)
	require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(360, height)))
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelectorAll('figure:not(.live) script[type="application/json"]').length === 0`))
	require.NoError(t, err)
	require.LessOrEqual(t, ask[int](t, b, overflow), 0)
	b.quiet(t)
}

func TestATimelineIsDrawnAtEachWidth(t *testing.T) {
	t.Parallel()
	in := cases["told"](t)
	if in.ECharts == nil {
		t.Skip("no ECharts: run make echarts, or name the file in TANDEM_ECHARTS")
	}
	b := open(t, write(t, in), 1280, true, true)
	const chart = `document.querySelector('#counting-timeline .chart svg')`
	for _, width := range []int64{1280, 360} {
		require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900)))
		ask[any](t, b, `document.querySelector('#counting-timeline').scrollIntoView()`)
		ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
		// Built again for the width: as wide as the drawing was.
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](chart+` && Math.abs(`+chart+`.getBoundingClientRect().width - document.querySelector('#counting-timeline .art').clientWidth) < 2`))
		stop()
		require.NoError(t, err)
		words := ask[string](t, b, chart+`.textContent`)
		for _, word := range []string{"goroutines", "task 3", "caller", "5 3"} {
			require.Contains(t, words, word, "at %d pixels", width)
		}
		lacks(t, ask[string](t, b, chart+`.outerHTML`), "NaN")
		require.LessOrEqual(t, ask[int](t, b, overflow), 0, "at %d pixels", width)
	}
	b.quiet(t)
}

func jsNumber(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func axText(t *testing.T, v []byte) string {
	t.Helper()
	var s string
	require.NoError(t, json.Unmarshal(v, &s))
	return s
}
