package report

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tandem/runner/browser"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/require"
)

// A tab is a report that is read.
type tab struct{ *browser.Tab }

// open opens a page as a reader would, from a file.
func open(t *testing.T, page string, width int64, dark, scripts bool) tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
	return tab{browser.Open(t, "file://"+file, browser.View{Width: width, Dark: dark, NoScripts: !scripts})}
}

func ask[T any](t *testing.T, b tab, js string) T {
	t.Helper()
	return browser.Eval[T](t, b.Tab, js)
}

// quiet checks that the browser had nothing to complain of and that it asked
// for the page alone.
func (b tab) quiet(t *testing.T) {
	t.Helper()
	errors, requests := b.Heard()
	require.Empty(t, errors)
	for _, url := range requests {
		require.True(t, strings.HasPrefix(url, "file:///") && strings.HasSuffix(url, "report.html"), "asked for %q", url)
	}
}

// visible counts the elements that take up room.
func visible(selector string) string {
	return `[...document.querySelectorAll('` + selector + `')].filter(e => e.getBoundingClientRect().width > 0).length`
}

const figures = `.pieces>svg, .plot>svg`

func TestWithoutScriptsAllStands(t *testing.T) {
	t.Parallel()
	page := write(t, cases["plain"](t))
	b := open(t, page, 1280, false, false)
	all := strings.Count(page, `class="view`)
	require.Equal(t, all, ask[int](t, b, visible(".view")), "one after the other")
	require.Equal(t, 0, ask[int](t, b, visible(".chart")))
	require.Equal(t, 0, ask[int](t, b, visible("button")), "nothing that does nothing")
	require.NotZero(t, ask[int](t, b, visible(figures)))
	for _, width := range []int64{320, 360, 400, 768, 1024, 1920} {
		b.Look(t, browser.View{Width: width})
		require.LessOrEqual(t, ask[int](t, b, browser.Overflow), 0, "the page must not scroll sideways at %d pixels", width)
		require.Equal(t, all, ask[int](t, b, visible(".view")), "at %d pixels", width)
	}
	b.quiet(t)
}

const (
	shown = `[...document.querySelectorAll('.view')].filter(e => e.getBoundingClientRect().height > 0).map(e => e.id || e.className).join(' ')`
	press = `(key, from) => (from || document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))`
)

func TestOnePairAtATime(t *testing.T) {
	t.Parallel()
	b := open(t, write(t, cases["plain"](t)), 1280, false, true)
	require.Equal(t, "answer", ask[string](t, b, shown))
	require.Equal(t, "The answer", ask[string](t, b, `document.querySelector('[aria-current]').textContent`))

	ask[any](t, b, `(`+press+`)('ArrowRight')`)
	b.Until(t, shown+` === 'counting'`)
	require.Contains(t, ask[string](t, b, `document.querySelector('[aria-current]').textContent`), "Counting to n")
	require.Equal(t, "Counting to n", ask[string](t, b, `document.activeElement.textContent`), "where a screen reader goes on")
	ask[any](t, b, `(`+press+`)('ArrowRight')`)
	b.Until(t, shown+` === 'urlcheck'`)
	ask[any](t, b, `history.back()`)
	b.Until(t, shown+` === 'counting'`)

	// The rest opens with the prediction.
	const rest = `document.querySelector('.rest').getBoundingClientRect().height > 0`
	require.False(t, ask[bool](t, b, rest))
	ask[any](t, b, `document.querySelectorAll('.predict input')[1].click()`)
	require.True(t, ask[bool](t, b, rest))
	require.Contains(t, ask[string](t, b, `document.querySelector('.reply').innerText`), "You said: about as long.")
	ask[any](t, b, `(`+press+`)('ArrowRight')`)
	b.Until(t, shown+` === 'urlcheck'`)
	ask[any](t, b, `document.querySelector('.show').click()`)
	require.True(t, ask[bool](t, b, rest))
	ask[any](t, b, `history.back()`)
	b.Until(t, shown+` === 'counting'`)
	require.True(t, ask[bool](t, b, `document.querySelectorAll('.predict input')[1].checked && `+rest), "what was predicted is kept")

	// A figure's address opens what it is folded in.
	ask[any](t, b, `location.hash = 'urlcheck/memory'`)
	b.Until(t, `document.getElementById('urlcheck/memory')?.getBoundingClientRect().height > 0`)
	require.Less(t, ask[float64](t, b, `Math.abs(document.getElementById('urlcheck/memory').getBoundingClientRect().top)`), 900.0)

	// A row tells itself, by pointer and by keys.
	ask[any](t, b, `document.getElementById('urlcheck/memory').querySelectorAll('[data-tip]')[1].dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))`)
	tip := ask[string](t, b, `document.getElementById('tip').innerText`)
	require.Contains(t, tip, " MB")
	ask[any](t, b, `{ const rows = document.getElementById('urlcheck/memory').querySelector('.rows'); rows.focus(); for (const k of ['ArrowDown', 'ArrowDown']) (`+press+`)(k, rows); }`)
	require.Equal(t, tip, ask[string](t, b, `document.getElementById('tip').innerText`))

	// Two beside each other, on one axis.
	ask[any](t, b, `location.hash = 'compare=counting,urlcheck'`)
	b.Until(t, `document.querySelectorAll('.compare .rows').length === 2`)
	ones := ask[[]float64](t, b, `[...document.querySelectorAll('.compare .axis span')].filter(e => e.textContent === '1×').map(e => parseFloat(e.style.left))`)
	require.Len(t, ones, 2)
	require.InDelta(t, ones[0], ones[1], 0.3, "one is at one place")

	// Search.
	ask[any](t, b, `(`+press+`)('/')`)
	require.True(t, ask[bool](t, b, `document.activeElement.type === 'search'`))
	ask[any](t, b, `{ const s = document.activeElement; s.value = 'urls'; s.dispatchEvent(new Event('input')); (`+press+`)('Enter', s); }`)
	b.Until(t, shown+` === 'urlcheck'`)

	ask[any](t, b, `location.hash = 'method'`)
	b.Until(t, shown+` === 'method'`)
	ask[any](t, b, `location.hash = '%'`) // no address
	b.Until(t, shown+` === 'answer'`)
	b.quiet(t)
}

func TestCardsAreFiltered(t *testing.T) {
	t.Parallel()
	b := open(t, write(t, cases["plain"](t)), 1280, false, true)
	all := ask[int](t, b, visible(".cards li"))
	require.Equal(t, 2, all)
	ask[any](t, b, `document.querySelector('[data-tag=waiting]').click()`)
	require.Equal(t, "Checking URLs", ask[string](t, b, `[...document.querySelectorAll('.cards li')].filter(e => !e.hidden).map(e => e.querySelector('h3').textContent).join()`))
	ask[any](t, b, `document.querySelector('[data-tag=waiting]').click()`)
	require.Equal(t, all, ask[int](t, b, visible(".cards li")))
}

// A chart is there as long as its figure is in view, and no longer.
func TestChartsComeAndGo(t *testing.T) {
	t.Parallel()
	in := cases["sweep"](t)
	if in.ECharts == nil {
		t.Skip("no ECharts: run make echarts, or name the file in TANDEM_ECHARTS")
	}
	for _, width := range []int64{1280, 360} {
		b := open(t, write(t, in), width, true, true)
		require.Equal(t, "rgb(20, 23, 28)", ask[string](t, b, `getComputedStyle(document.body).backgroundColor`), "dark")
		require.True(t, ask[bool](t, b, `!window.echarts`), "not before there is a chart")
		ask[any](t, b, `location.hash = 'counting/scaling'`)
		const chart = `document.getElementById('counting/scaling').querySelector('.chart svg')`
		b.Until(t, chart+`?.querySelectorAll('path').length > 20`)
		require.Equal(t, 0, ask[int](t, b, visible(`[id="counting/scaling"] .pieces svg`)), "a chart stands in place of its drawing")
		require.True(t, ask[bool](t, b, chart+`.outerHTML.match(/#[0-9a-f]{6}/) !== null`))
		lacks(t, ask[string](t, b, chart+`.outerHTML`), "NaN")
		require.LessOrEqual(t, ask[int](t, b, browser.Overflow), 0)
		ask[any](t, b, `scrollTo(0, 1e6)`)
		b.Until(t, `!document.getElementById('counting/scaling').classList.contains('live')`)
		require.Zero(t, ask[int](t, b, `document.querySelectorAll('[id="counting/scaling"] .chart svg').length`))
		b.quiet(t)
	}
}

// A variant's cores and timeline are drawn large together, and zoom together.
func TestAPanelIsDrawnLargeToBeZoomed(t *testing.T) {
	t.Parallel()
	in := cases["traced"](t)
	if in.ECharts == nil {
		t.Skip("no ECharts: run make echarts, or name the file in TANDEM_ECHARTS")
	}
	b := open(t, write(t, in), 1280, false, true)
	ask[any](t, b, `location.hash = 'counting/cores'`)
	const choose = `document.getElementById('counting/cores').querySelector('select')`
	b.Until(t, choose+` !== null`)
	ask[any](t, b, choose+`.selectedIndex = 1; `+choose+`.dispatchEvent(new Event('change'))`)
	const large = `document.getElementById('counting/cores').querySelector('.lens')`
	b.Until(t, large+`.querySelectorAll('svg path').length > 20`)
	ask[any](t, b, `window.one = echarts.getInstanceByDom(`+large+`); one.dispatchAction({type: 'dataZoom', start: 25, end: 50}); 0`)
	const extents = `[0, 1].map((i) => one.getModel().getComponent('xAxis', i).axis.scale.getExtent().join(' to '))`
	zoomed := ask[[]string](t, b, extents)
	require.Equal(t, zoomed[0], zoomed[1], "the timeline and the cores are one trial's, on one axis")
	require.False(t, strings.HasPrefix(zoomed[0], "0 "), zoomed[0])
	ask[any](t, b, choose+`.selectedIndex = 0; `+choose+`.dispatchEvent(new Event('change'))`)
	b.Until(t, large+`.hidden && !`+large+`.querySelector('svg')`)
	b.quiet(t)
}

// axe finds nothing, in light, in dark and on a phone.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		page string
		dark bool
		wide int64
	}{{"plain", "answer counting counting/memory verdicts method compare=counting,urlcheck", false, 1280}, {"many-pairs", "answer four verdicts", true, 1280}, {"traced", "answer counting counting/cores", false, 390}, {"sweep", "counting/scaling", true, 390}} {
		b := open(t, write(t, cases[c.name](t)), c.wide, c.dark, true)
		for _, hash := range strings.Fields(c.page) {
			ask[any](t, b, `location.hash = `+quoted(hash))
			b.Until(t, `document.querySelector('.view:not([hidden])') !== null`)
			ask[any](t, b, `document.querySelector('.show')?.click()`)
			b.Accessible(t, fmt.Sprintf("%s at %d pixels: %s", c.name, c.wide, hash))
		}
	}
}

// On paper are the opening, a page a pair, verdicts and method, with scripts or
// without.
func TestPrintIsShort(t *testing.T) {
	t.Parallel()
	page := write(t, cases["many-pairs"](t))
	pairs := strings.Count(page, `class="view pair"`)
	for _, scripts := range []bool{false, true} {
		b := open(t, page, 1280, false, scripts)
		pdf := browser.Call(t, b.Tab, cdppage.PrintToPDF, cdppage.PrintToPDFParams{})
		data, err := base64.StdEncoding.DecodeString(string(pdf.Data))
		if err != nil {
			data = []byte(pdf.Data)
		}
		pages := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(data, -1))
		require.GreaterOrEqual(t, pages, pairs+2, "scripts: %v", scripts)
		require.LessOrEqual(t, pages, pairs+6, "scripts: %v", scripts)
	}
}

// Only the view that is shown costs the browser anything.
func TestAPageOfAllPairsIsLight(t *testing.T) {
	t.Parallel()
	page := write(t, cases["many-pairs"](t))
	b := open(t, page, 1280, false, true)
	const elements = `document.querySelectorAll('*').length`
	require.Less(t, ask[int](t, b, elements), 1500)
	for _, hash := range ask[[]string](t, b, `[...document.querySelectorAll('#rail a')].map(a => a.hash)`) {
		ask[any](t, b, `location.hash = `+quoted(hash))
		b.Until(t, `document.querySelector('[aria-current]')?.hash === `+quoted(hash))
		ask[any](t, b, `document.querySelector('.show')?.click(); for (const d of document.querySelectorAll('details')) d.open = true`)
		require.Less(t, ask[int](t, b, elements), 8000, hash)
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
