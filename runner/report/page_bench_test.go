package report

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/require"

	"tandem/runner/browser"
)

// BenchmarkPage reads a run's report as a person does: the opening, then each
// pair, opened and scrolled through, then a window that changes its size. The
// run is TANDEM_RUN, or the latest.
func BenchmarkPage(b *testing.B) {
	run := os.Getenv("TANDEM_RUN")
	if run == "" {
		run = "../../results/latest"
	}
	path, err := filepath.Abs(filepath.Join(run, "report.html"))
	require.NoError(b, err)
	file, err := os.Stat(path)
	if err != nil {
		b.Skip("no report: make a run of all pairs first")
	}
	for b.Loop() {
		most := map[string]float64{"page_MB": float64(file.Size()) / 1e6}
		see := func(name string, v float64) { most[name] = max(most[name], v) }
		t := browser.Open(b, "file://"+path, browser.View{Width: 1280})
		const screens = `document.scrollingElement.scrollHeight / 900`
		see("interactive_ms", browser.Eval[float64](b, t, `performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd`))
		see("opening_screens", browser.Eval[float64](b, t, screens))
		for _, hash := range browser.Eval[[]string](b, t, `[...document.querySelectorAll('#rail li a')].map(a => a.hash)`) {
			browser.Eval[any](b, t, `location.hash = `+strconv.Quote(hash))
			t.Until(b, `document.querySelector('[aria-current]')?.hash === `+strconv.Quote(hash))
			browser.Eval[any](b, t, `document.querySelector('.show')?.click()`)
			if browser.Eval[bool](b, t, `document.querySelector('.pair') !== null`) {
				see("pair_screens", browser.Eval[float64](b, t, screens))
			}
			browser.Eval[any](b, t, `window.through = false; (async () => {
				for (const d of document.querySelectorAll('details')) d.open = true;
				for (const s of document.querySelectorAll('.art select')) { s.selectedIndex = 1; s.dispatchEvent(new Event('change')); }
				for (let y = 0; y < document.scrollingElement.scrollHeight; y += 700) { scrollTo(0, y); await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame); }
				window.through = true; })(); 0`)
			t.Until(b, `through`)
			see("elements", browser.Eval[float64](b, t, `document.querySelectorAll('*').length`))
		}
		browser.Call(b, t, heapprofiler.CollectGarbage, cdp.Empty{})
		see("renderer_MB", renderer(t))
		browser.Eval[any](b, t, `location.hash = document.querySelectorAll('#rail li a')[1].hash; window.frame = 0; (() => {
			let last = performance.now();
			const next = (now) => { window.frame = Math.max(frame, now - last); last = now; requestAnimationFrame(next); };
			requestAnimationFrame(next); })(); 0`)
		for _, width := range []int64{1100, 700, 390, 800, 1280} {
			t.Look(b, browser.View{Width: width})
			time.Sleep(300 * time.Millisecond) // the page waits 120 ms before it draws anew
		}
		see("resize_frame_ms", browser.Eval[float64](b, t, `frame`))
		pdf := browser.Call(b, t, cdppage.PrintToPDF, cdppage.PrintToPDFParams{})
		data, err := base64.StdEncoding.DecodeString(string(pdf.Data))
		if err != nil {
			data = []byte(pdf.Data)
		}
		see("printed_pages", float64(len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(data, -1))))
		for name, v := range most {
			b.ReportMetric(v, name)
		}
	}
}

// renderer is the memory of the process that draws the page, shared pages
// counted once and garbage collected, in MB; 0 where the system does not say.
func renderer(t *browser.Tab) (most float64) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		line, _ := os.ReadFile(path)
		if !strings.Contains(string(line), "--type=renderer") || !strings.Contains(string(line), t.Profile) {
			continue
		}
		rollup, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "smaps_rollup"))
		for _, line := range strings.Split(string(rollup), "\n") {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
				kB, _ := strconv.ParseFloat(f[1], 64)
				most = max(most, kB*1024/1e6)
			}
		}
	}
	return most
}
