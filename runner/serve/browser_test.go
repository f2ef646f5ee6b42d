package serve

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tandem/runner/browser"
)

// A teacher opens the printed address, types in a show of hands, starts a pair
// and watches it to its end, though the connection breaks in the middle.
func TestABrowserWatchesARunToItsEnd(t *testing.T) {
	next := make(chan struct{})
	s, _, _ := serving(t, next)
	b := browser.Open(t, s.Address("/"), browser.View{Width: 1280})
	b.Do(t, chromedp.WaitVisible(`#several`),
		chromedp.Click(`details:has([value=buffering]) summary b`),
		chromedp.SendKeys(`details[open] input[name=hands]`, "7"),
		chromedp.SendKeys(`details[open] input[name="param.unit"]`, "1"),
		chromedp.SendKeys(`details[open] input[name=rounds]`, "12"),
		chromedp.Click(`details[open] button`))
	b.Until(t, `document.querySelector("details[open] [role=alert]")?.textContent.includes('"1"')`) // a mistake is said where it was made
	b.Do(t, chromedp.SendKeys(`details[open] input[name="param.unit"]`, "ms"),
		chromedp.Click(`details[open] button`), chromedp.WaitVisible(`#live`))
	b.Until(t, `document.body.dataset.phase === "running"`)
	next <- struct{}{}
	b.Until(t, `document.querySelector(".row .dot") !== null`)
	require.Regexp(t, "^quiet$|cores", browser.Eval[string](t, b, `document.querySelector("#chip").textContent`))
	require.Equal(t, "7", browser.Eval[string](t, b, `document.querySelector("#hands input").value`))

	browser.Eval[any](t, b, `source.addEventListener("open", () => window.again = true); 0`)
	s.feed.mu.Lock() // the connection breaks
	require.Equal(t, running, s.feed.state.Phase, "in the middle of the run")
	require.Len(t, s.feed.hub.viewers, 1)
	for v := range s.feed.hub.viewers {
		s.feed.hub.leave(v)
	}
	s.feed.mu.Unlock()

	b.Until(t, `window.again`)
	close(next)
	b.Until(t, `document.querySelector("[data-phase=ended] #answer h2") !== null`)
	var dots int
	for _, trial := range measured(t, s) {
		if trial.Round > 0 {
			dots++
		}
	}
	require.Equal(t, dots, browser.Eval[int](t, b, `document.querySelectorAll(".dot").length`), "none is lost, none twice")
	require.True(t, browser.Eval[bool](t, b, `[...document.querySelectorAll(".dot.hollow")].every(e => e.title.includes(": "))`), "each with its reason")
	require.Contains(t, browser.Eval[string](t, b, `document.querySelector("#answer").innerText`), "0 of 7 hands were right: one.")
	require.Equal(t, "one ✓ so it is here", browser.Eval[string](t, b, `document.querySelector(".right").innerText.replace(/\s+/g, " ")`))
	require.Contains(t, browser.Eval[string](t, b, `document.querySelector(".row:nth-child(2) .summary").innerText`), "(")
	require.True(t, browser.Eval[bool](t, b, `document.querySelector("#hands input").disabled`))
	require.True(t, strings.HasPrefix(browser.Eval[string](t, b, `document.querySelector("#message .act").getAttribute("href")`), "/runs/"))
	for _, width := range []int64{1280, 390} {
		b.Look(t, browser.View{Width: width})
		require.LessOrEqual(t, browser.Eval[int](t, b, browser.Overflow), 0, "at %d", width)
	}
	require.Contains(t, browser.Eval[string](t, b, `S.phase = "running"; S.pair.round = 0; drawNow(); $("round").textContent`), "tracing", "a round 0 after others")
	errors, _ := b.Heard()
	for _, e := range errors { // both are what we did
		require.Regexp(t, "ERR_INCOMPLETE_CHUNKED_ENCODING|400", e)
	}
}

// axe finds nothing on any page: before, while and after something runs, in
// light, in dark and on a phone.
func TestAccessibility(t *testing.T) {
	next := make(chan struct{})
	s, site, _ := serving(t, next)
	b := browser.Open(t, s.Address("/live"), browser.View{Width: 1280})
	check := func(page, ready string) {
		t.Helper()
		b.Do(t, chromedp.Navigate(site+page))
		b.Until(t, ready)
		for _, width := range []int64{1280, 390} {
			for _, dark := range []bool{false, true} {
				b.Look(t, browser.View{Width: width, Dark: dark})
				b.Accessible(t, fmt.Sprintf("%s at %d pixels, dark: %v", page, width, dark))
				require.LessOrEqual(t, browser.Eval[int](t, b, browser.Overflow), 0, "%s at %d pixels", page, width)
			}
		}
	}
	b.Until(t, `document.querySelector("#message .act") !== null`)
	check("/live", `document.body.dataset.phase === "idle"`)
	check("/", `document.querySelector("#several") !== null`)

	begin(t, s, site, url.Values{"rounds": {"3"}})
	check("/live", `document.querySelector(".cover:not([hidden])") !== null`)
	next <- struct{}{}
	require.NoError(t, s.feed.vote("counting", []int{0, 0, 0}, true))
	check("/live", `document.querySelector(".dot") !== null && document.querySelector("#running").className !== ""`)
	check("/", `document.querySelector("header .act") !== null`)
	require.NoError(t, s.feed.stop())
	close(next)
	s.runs.Wait()

	begin(t, s, site, url.Values{"pair": {"buffering", "counting"}, "param.unit": {"1ms"}, "rounds": {"1"}})
	s.runs.Wait()
	require.NoError(t, s.feed.vote("counting", []int{1, 2, 3}, true)) // the other one stays covered
	check("/live", `document.querySelector("[data-phase=ended] .votes") !== null && document.querySelector("#before .cover:not([hidden])") !== null`)
	check("/", `document.querySelectorAll(".runs li").length === 2`)
}
