package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tandem/go/gophers"
	"tandem/runner/catalog"
	"tandem/runner/model"
)

// carried is what a design's gophers do when each step takes as long as it
// should: the real program, on a clock of its own that only steps move.
func carried(t testing.TB, design gophers.Design, loads int) []model.Event {
	t.Helper()
	var all []model.Event
	// One step after the other: as on one core.
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	now := int64(0)
	note := func(worker int, kind, label string) {
		if kind == "mark" {
			return
		}
		if kind != "finish" {
			<-turn
		} else {
			now += 1e6
		}
		all = append(all, model.Event{AtNS: now, Worker: worker, Kind: kind, Label: label})
		if kind == "finish" {
			turn <- struct{}{}
		}
	}
	_, err := design(loads, 1, func(float64) {}, note)
	require.NoError(t, err)
	return all
}

// fourAtOnce is what four gophers do who work at the same time: load k begins at k.
func fourAtOnce(loads int) []model.Event {
	var all []model.Event
	for k := range loads {
		for i, kind := range toils {
			at := int64(k+i) * 1e6
			all = append(all, model.Event{AtNS: at, Worker: i, Kind: kind, Label: "A"}, model.Event{AtNS: at + 1e6, Worker: i, Kind: "finish", Label: "A"})
		}
	}
	slices.SortStableFunc(all, func(a, b model.Event) int { return int(a.AtNS - b.AtNS) })
	return all
}

// hauling is a run whose warm-up saw gophers.
func hauling(t testing.TB) Input {
	w := newWorld(t)
	p := w.pairs[0]
	w.only = p.ID
	p.Params = append(p.Params, catalog.Param{Name: "procs", Type: "int", Quick: int64(0)})
	w.sweep = map[string][]any{"procs": {int64(1), int64(0)}}
	for i := range p.Variants {
		p.Variants[i].Doc = "a design; steps wait"
		if p.Variants[i].Side == catalog.Python {
			p.Variants[i].Only = []string{"n"}
		}
	}
	traces := [][]model.Event{carried(t, gophers.One, 6), carried(t, gophers.Sixteen, 6), fourAtOnce(6)}
	n := 0
	w.trace = func(model.Cell) []model.Event { n++; return traces[n%len(traces)] }
	return w.input()
}

// Whatever is taken has been put down before, in every design and at every
// moment, and in the end all is burnt.
func TestNothingIsLostOnTheWay(t *testing.T) {
	designs := map[string]struct {
		run    gophers.Design
		carts  int // that are ever used; 0: depends on the schedule
		lanes  int
		halves int
	}{
		"one": {gophers.One, 1, 1, 1}, "shared-cart": {gophers.SharedCart, 1, 1, 1}, "two-carts": {gophers.TwoCarts, 0, 1, 1},
		"two-piles": {gophers.TwoPiles, 2, 2, 1}, "three": {gophers.Three, 0, 1, 1}, "four": {gophers.Four, 0, 1, 1}, "eight": {gophers.Eight, 0, 2, 1},
		"staging": {gophers.Staging, 2, 1, 2}, "two-staging": {gophers.TwoStaging, 4, 2, 2}, "staging-eight": {gophers.StagingEight, 0, 1, 2}, "sixteen": {gophers.Sixteen, 0, 2, 2},
	}
	for name, d := range designs {
		const loads = 8
		h := newHaul(carried(t, d.run, loads))
		h.design = name
		(&block{hauls: []*haul{&h}}).clock()
		require.Equal(t, loads, h.loads, name)
		require.Equal(t, d.lanes, h.lanes, name)
		require.Equal(t, d.halves, h.halves, name)
		require.Equal(t, 1, h.most, "%s: one after the other", name)
		carts := 0
		for _, w := range h.ways {
			carts += w.empty + w.back
		}
		if d.carts > 0 {
			require.Equal(t, d.carts, carts, name)
		}
		require.Equal(t, 0, total(h.at(0).burnt), name)
		last := 0
		for tick := 0.0; tick <= ticks; tick += 7 {
			in := h.at(tick)
			require.LessOrEqual(t, in.working, 1, name)
			burnt := total(in.burnt)
			require.GreaterOrEqual(t, burnt, last, name)
			last = burnt
			books, drawn := burnt+total(in.piles), 0
			for _, s := range in.sprites {
				if s.kind == "f" || s.kind == "e" {
					drawn++
				}
				require.True(t, s.x > 0 && s.x < sceneWidth && s.y > 0 && s.y < h.height(), "%s: %v is outside", name, s)
			}
			require.LessOrEqual(t, books, loads, name)
			require.GreaterOrEqual(t, slices.Min(in.piles), 0, name)
			require.Equal(t, carts, drawn, "%s: no cart comes or goes", name)
		}
		if h.seconds < 0.057 { // all of it is shown
			require.Equal(t, loads, total(h.at(ticks).burnt), name)
		}
	}
}

func total(all []int) (sum int) {
	for _, n := range all {
		sum += n
	}
	return sum
}

func TestHowManyWorkAtOnce(t *testing.T) {
	h := newHaul(fourAtOnce(20))
	require.Equal(t, 4, h.most)
	require.InDelta(t, 80.0/23, h.atWork, 1e-9)
	b := &block{hauls: []*haul{&h}}
	b.clock()
	require.False(t, b.whole)
	require.InDelta(t, 0.017, b.seconds, 0.002, "until its 56th step ends")
	require.Equal(t, 4, h.at(ticks/2).working)
}

func TestOtherEventsAreNoHaul(t *testing.T) {
	require.False(t, hauled(printing()))
	require.False(t, hauled(reaching()))
	require.False(t, hauled(nil))
	require.True(t, hauled(fourAtOnce(1)))
	require.False(t, told(fourAtOnce(1)), "drawn once")
}

func TestAHaulIsSmall(t *testing.T) {
	in := hauling(t)
	in.ECharts = nil
	page := write(t, in)
	parse(t, page)
	from := strings.Index(page, `<figure id="counting-animation"`)
	require.Positive(t, from)
	size := strings.Index(page[from:], "</figure>")
	require.Less(t, size, 130_000)
	require.Equal(t, 1, strings.Count(page, `id="h-g"`), "the shapes are there once")
	has(t, page, "; script-src &#39;sha256-")
}

// play opens the animation's page.
func play(t *testing.T, in Input, width int64, scripts, calm bool) *tab {
	t.Helper()
	in.ECharts = nil // it plays without
	b := open(t, write(t, in), width, false, scripts)
	motion := "no-preference"
	if calm {
		motion = "reduce"
	}
	call(t, b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: motion}}})
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Reload()))
	return b
}

// await waits until an expression is true.
func await(t *testing.T, b *tab, js string) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](js))
	require.NoError(t, err, js)
}

const (
	toldOf  = `[...document.querySelectorAll('.reel .told')].map(e => e.textContent)`
	placeOf = `[...document.querySelectorAll('.reel .scene')].map(s => [...s.querySelectorAll('g use[href^="#h-"]')].map(u => [u.getAttribute('href').slice(3), +u.getAttribute('x'), +u.getAttribute('y')].join(' ')).join(';'))`
	slide   = `(() => { const s = document.querySelector('.reel input'); s.value = %d; s.dispatchEvent(new Event('input')); })()`
	button  = `document.querySelector('.reel button')`
)

func TestPlayMovesTheGophers(t *testing.T) {
	t.Parallel()
	b := play(t, hauling(t), 1280, true, true)
	require.Equal(t, 0, ask[int](t, b, visible("#counting-animation .art>svg")), "in place of the stills")
	require.Equal(t, "Play", ask[string](t, b, button+`.textContent`))
	before := ask[[]string](t, b, placeOf)
	ask[any](t, b, button+`.scrollIntoView()`)
	require.Equal(t, before, ask[[]string](t, b, placeOf), "who wants no motion gets none unasked")
	// As with the keyboard.
	ask[any](t, b, button+`.focus()`)
	require.NoError(t, chromedp.Do(b.ctx, chromedp.KeyEvent(" ")))
	await(t, b, `document.querySelector('.reel input').value > 0`)
	require.Equal(t, "Pause", ask[string](t, b, button+`.textContent`))
	require.NotEqual(t, before, ask[[]string](t, b, placeOf))
	ask[any](t, b, button+`.click()`)
	require.Equal(t, "Play", ask[string](t, b, button+`.textContent`))
	paused := ask[string](t, b, `document.querySelector('.reel input').value`)
	ask[any](t, b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
	require.Equal(t, paused, ask[string](t, b, `document.querySelector('.reel input').value`))
	b.quiet(t)
}

func TestItBeginsWhenItIsSeen(t *testing.T) {
	t.Parallel()
	b := play(t, hauling(t), 1280, true, false)
	require.Equal(t, "0", ask[string](t, b, `document.querySelector('.reel input').value`))
	ask[any](t, b, `document.querySelector('.reel').scrollIntoView()`)
	await(t, b, `document.querySelector('.reel input').value > 0`)
	ask[any](t, b, fmt.Sprintf(slide, 1000))
	require.Equal(t, "Play again", ask[string](t, b, button+`.textContent`))
	b.quiet(t)
}

// Both draw from the same steps, by rules that are written twice.
func TestTheSliderShowsWhatTheStillsShow(t *testing.T) {
	t.Parallel()
	in := hauling(t)
	b := play(t, in, 360, true, true)
	d := newDesk(in)
	blocks, _ := d.hauls(&in.Summary.Pairs[0])
	require.Len(t, blocks, 2)
	for _, moment := range []int{0, 137, 250, 501, 750, 883, 1000} {
		ask[any](t, b, fmt.Sprintf(slide, moment))
		var told, places []string
		for _, block := range blocks {
			for _, h := range block.hauls {
				now := h.at(float64(moment) / 1000 * ticks)
				told = append(told, fmt.Sprintf("%s, %d at work", h.told(now), now.working))
				var all []string
				for _, s := range now.sprites {
					kind := s.kind
					if s.left {
						kind = "l"
					}
					all = append(all, kind+" "+place(s.x)+" "+place(s.y))
				}
				places = append(places, strings.Join(all, ";"))
			}
		}
		require.Equal(t, told, ask[[]string](t, b, toldOf), "at %d", moment)
		require.Equal(t, places, ask[[]string](t, b, placeOf), "at %d", moment)
		require.LessOrEqual(t, ask[int](t, b, overflow), 0)
	}
	tree := call(t, b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	roles := map[string]string{}
	for _, node := range tree.Nodes {
		if !node.Ignored && node.Role != nil && node.Name != nil {
			roles[axText(t, node.Role.Value)] += axText(t, node.Name.Value) + ";"
		}
	}
	require.Contains(t, roles["slider"], "Moment")
	require.Contains(t, roles["button"], "Play again")
	require.Contains(t, roles["group"], "Animation")
	require.Contains(t, roles["image"], "1 gopher burn")
	b.quiet(t)
}

// place writes a coordinate as haul.js does, and reads it as the test does.
func place(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }

func TestWithoutScriptsThereAreStills(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{1280, 360} {
		b := play(t, hauling(t), width, false, false)
		require.Equal(t, 1, ask[int](t, b, visible("#counting-animation .art>svg")))
		require.Equal(t, 0, ask[int](t, b, visible(".reel")))
		require.GreaterOrEqual(t, ask[int](t, b, visible("#counting-animation .art>svg use[href$=h-g]")), 5)
		require.LessOrEqual(t, ask[int](t, b, overflow), 0)
		call(t, b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		require.Equal(t, 1, ask[int](t, b, visible("#counting-animation .art>svg")), "in print")
		b.quiet(t)
	}
}

func TestPrintShowsStills(t *testing.T) {
	t.Parallel()
	b := play(t, hauling(t), 800, true, true)
	call(t, b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.Equal(t, 1, ask[int](t, b, visible("#counting-animation .art>svg")))
	require.Equal(t, 0, ask[int](t, b, visible(".reel")))
}
