package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tandem/runner/model"
	"tandem/runner/summary"
)

// A haul is one trial in which gophers carried loads: what is drawn of it is
// read off its events alone. Times are ticks of its block's clock.
type haul struct {
	design string // the variant, without how its steps are done
	where  string // how it ran, such as "1 core"; empty where there is one way
	look   look
	row    *summary.Row

	lanes   int // piles side by side
	halves  int // 2: with a staging pile in the middle
	loads   int
	ways    []way // lane by lane, from its pile to its incinerator
	gophers []gopher

	seconds float64 // until the last gopher was done
	atWork  float64 // gophers, on average
	most    int     // gophers, at once
}

// A way leads from one pile to the next, or to an incinerator.
type way struct {
	name        string
	books       int // loads that lie there when the work begins
	empty, back int // carts that stand empty at its beginning and at its end
}

// A gopher does one step after another.
type gopher struct {
	way   int
	among int // how many before it do the same on the same way
	steps []toil
}

// A toil is one step.
type toil struct {
	what     byte    // 'l'oad, 'm'ove, 'u'nload or 'r'eturn
	from, to float64 // ticks; seconds until the block has a clock
}

// The kinds of events that are steps of a haul, by their first letters.
var toils = []string{"load", "move", "unload", "return"}

// hauled says whether events are of gophers who carry loads.
func hauled(events []model.Event) bool {
	has := func(kind string) bool {
		return slices.ContainsFunc(events, func(e model.Event) bool { return e.Kind == kind && e.Label != "" })
	}
	return !slices.ContainsFunc(toils, func(kind string) bool { return !has(kind) })
}

// newHaul reads a trial's events. A step that never ended is left out.
func newHaul(events []model.Event) haul {
	h := haul{lanes: 1, halves: 1}
	var names []string
	for _, e := range events {
		if slices.Contains(toils, e.Kind) && !slices.Contains(names, e.Label) {
			names = append(names, e.Label)
		}
	}
	slices.Sort(names) // A1, A2, B1, B2
	for _, name := range names {
		h.ways = append(h.ways, way{name: name})
		if strings.HasSuffix(name, "2") {
			h.halves = 2
		}
	}
	h.lanes = max(1, len(names)/h.halves)
	byWorker, began := map[int]int{}, map[int]model.Event{}
	total := 0.0
	for _, e := range events {
		switch {
		case slices.Contains(toils, e.Kind):
			began[e.Worker] = e
			if _, known := byWorker[e.Worker]; !known {
				byWorker[e.Worker] = len(h.gophers)
				h.gophers = append(h.gophers, gopher{way: slices.Index(names, e.Label)})
			}
		case e.Kind == "finish" && began[e.Worker].Kind != "":
			b := began[e.Worker]
			delete(began, e.Worker)
			t := toil{b.Kind[0], float64(b.AtNS) / 1e9, float64(e.AtNS) / 1e9}
			g := &h.gophers[byWorker[e.Worker]]
			g.steps = append(g.steps, t)
			h.seconds = max(h.seconds, t.to)
			total += t.to - t.from
		}
	}
	h.gophers = slices.DeleteFunc(h.gophers, func(g gopher) bool { return len(g.steps) == 0 })
	slices.SortStableFunc(h.gophers, func(a, b gopher) int { return a.way - b.way })
	for i := range h.gophers {
		for _, before := range h.gophers[:i] {
			if before.way == h.gophers[i].way && before.does() == h.gophers[i].does() {
				h.gophers[i].among++
			}
		}
	}
	if h.seconds > 0 {
		h.atWork = total / h.seconds
	}
	h.count()
	return h
}

// does names the steps that a gopher has, each once.
func (g *gopher) does() string {
	var all []byte
	for _, s := range g.steps {
		if !slices.Contains(all, s.what) {
			all = append(all, s.what)
		}
	}
	slices.Sort(all)
	return string(all)
}

// count finds what stood where before the first step: as few loads and carts
// as explain that none was ever taken that was not there.
func (h *haul) count() {
	type moment struct {
		at    float64
		way   int
		what  byte
		begin bool
	}
	var all []moment
	for _, g := range h.gophers {
		for _, s := range g.steps {
			all = append(all, moment{s.from, g.way, s.what, true}, moment{s.to, g.way, s.what, false})
		}
	}
	// What is put down at the same moment may be taken.
	slices.SortStableFunc(all, func(a, b moment) int {
		return cmp.Or(cmp.Compare(a.at, b.at), btoi(a.begin)-btoi(b.begin))
	})
	working := 0
	empty, back := make([]int, len(h.ways)), make([]int, len(h.ways))
	for _, m := range all {
		w := &h.ways[m.way]
		if !m.begin {
			working--
		} else {
			working++
			h.most = max(h.most, working)
		}
		switch {
		case m.what == 'l' && m.begin:
			empty[m.way]--
			if h.first(m.way) {
				w.books++
				h.loads++
			}
		case m.what == 'r' && !m.begin:
			empty[m.way]++
		case m.what == 'u' && !m.begin:
			back[m.way]++
		case m.what == 'r' && m.begin:
			back[m.way]--
		}
		w.empty, w.back = max(w.empty, -empty[m.way]), max(w.back, -back[m.way])
	}
}

// first says whether a way begins at a pile that was there from the start.
func (h *haul) first(w int) bool { return w%h.halves == 0 }

// last says whether it ends at an incinerator.
func (h *haul) last(w int) bool { return w%h.halves == h.halves-1 }

// An instant is how a haul looks at one time. haul.js has the same rules.
type instant struct {
	piles   []int // by way, at its beginning
	burnt   []int // by lane
	busy    []bool
	working int
	sprites []sprite
	fires   []bool // by lane: something is being burnt
}

// A sprite is a thing at a place.
type sprite struct {
	kind string // "g"opher, "i"dle gopher, "f"ull or "e"mpty cart
	x, y float64
	left bool // looks to the left
}

// The scene's sizes, in units of its picture.
const (
	sceneWidth = 220.0
	laneTall   = 72.0
	pileTall   = 46.0 // of all loads
	high       = 25.0 // where empty carts go back
	middle     = 46.0 // where loads are loaded and unloaded
	low        = 67.0 // where full carts go
	settle     = 0.14 // of a step: the way to where it begins
)

// ends gives where a way begins and ends.
func (h *haul) ends(w int) (x0, x1, top float64) {
	const pile, fire, half = 24.0, 174.0, 99.0
	top = float64(w/h.halves) * laneTall
	switch {
	case h.halves == 1:
		return pile, fire, top
	case h.first(w):
		return pile, half - 9, top
	}
	return half + 9, fire, top
}

// A spot is where a gopher stands.
type spot struct{ x, y float64 }

func between(a, b spot, p float64) spot {
	return spot{a.x + (b.x-a.x)*p, a.y + (b.y-a.y)*p}
}

// span gives where a step's gopher begins and ends to be.
func (h *haul) span(g *gopher, what byte) (from, to spot) {
	x0, x1, top := h.ends(g.way)
	dx, dy := 7*float64(g.among), -5*float64(g.among)
	put := func(x, y float64) spot { return spot{x + dx, top + y + dy} }
	switch what {
	case 'l':
		return put(x0+9, middle), put(x0+9, middle)
	case 'm':
		return put(x0+16, low), put(x1-28, low)
	case 'u':
		return put(x1-9, middle), put(x1-9, middle)
	}
	return put(x1-16, high), put(x0+28, high)
}

const cartGap = 15.0 // between the middles of a gopher and its cart

// at draws the moment t, in ticks.
func (h *haul) at(t float64) instant {
	in := instant{piles: make([]int, len(h.ways)), burnt: make([]int, h.lanes), fires: make([]bool, h.lanes)}
	n := make([]map[byte][2]int, len(h.ways)) // steps begun and ended
	for w := range n {
		n[w] = map[byte][2]int{}
	}
	var front []sprite
	for i := range h.gophers {
		g := &h.gophers[i]
		done, now := -1, -1
		for k, s := range g.steps {
			c := n[g.way][s.what]
			if s.from <= t {
				c[0]++
				now = k
			}
			if s.to <= t {
				c[1]++
				done, now = k, -1
			}
			n[g.way][s.what] = c
		}
		was, _ := h.span(g, g.steps[0].what)
		if done >= 0 {
			_, was = h.span(g, g.steps[done].what)
		}
		if now < 0 {
			front = append(front, sprite{kind: "i", x: was.x, y: was.y})
			in.busy = append(in.busy, false)
			continue
		}
		s := g.steps[now]
		p := (t - s.from) / (s.to - s.from)
		from, to := h.span(g, s.what)
		at, cart := between(from, to, (p-settle)/(1-settle)), from
		if p < settle {
			at = between(was, from, p/settle)
		} else {
			cart = at
		}
		left := s.what == 'r'
		kind, gap := "f", cartGap
		if s.what == 'u' || s.what == 'r' {
			gap = -cartGap
		}
		if s.what == 'r' || s.what == 'l' && p < 0.5 || s.what == 'u' && p >= 0.5 {
			kind = "e"
		}
		if s.what == 'u' && h.last(g.way) {
			in.fires[g.way/h.halves] = true
		}
		in.sprites = append(in.sprites, sprite{kind, cart.x + gap, cart.y, false})
		front = append(front, sprite{"g", at.x, at.y, left})
		in.busy = append(in.busy, true)
		in.working++
	}
	var waiting []sprite
	for w := range h.ways {
		c := n[w]
		x0, x1, top := h.ends(w)
		in.piles[w] = h.ways[w].books - c['l'][0]
		if !h.first(w) {
			in.piles[w] += n[w-1]['u'][1]
		}
		if h.last(w) {
			in.burnt[w/h.halves] = c['u'][1]
		}
		queue := func(kind string, many int, x, y, step float64) {
			for k := range min(many, mostWaiting) {
				waiting = append(waiting, sprite{kind, x + step*float64(k), top + y, false})
			}
		}
		queue("f", c['l'][1]-c['m'][0], x0+24, low, 4)
		queue("f", c['m'][1]-c['u'][0], x1-11, low, -4)
		queue("e", h.ways[w].back+c['u'][1]-c['r'][0], x1-11, high, -4)
		queue("e", h.ways[w].empty+c['r'][1]-c['l'][0], x0+11, high, 4)
	}
	in.sprites = append(append(waiting, in.sprites...), front...)
	return in
}

// mostWaiting is how many carts are drawn in one place.
const mostWaiting = 5

// A block is some hauls on one clock.
type block struct {
	runtime, steps string // "Go 1.26.8", "steps wait"
	seconds        float64
	hauls          []*haul
	whole          bool // all trials ended within
}

// Bounds of the animation. Both keep it small; the second also keeps it slow
// enough to follow.
const (
	ticks      = 4096 // of a block's clock
	mostToils  = 56   // of the slowest haul on the clock
	mostHauls  = 49
	mostStills = 16 // scenes drawn still
)

// clock gives a block its time: until the slowest is done, or has done as many
// steps as can be followed.
func (b *block) clock() {
	var slowest *haul
	for _, h := range b.hauls {
		if slowest == nil || h.seconds > slowest.seconds {
			slowest = h
		}
	}
	var ends []float64
	for _, g := range slowest.gophers {
		for _, s := range g.steps {
			ends = append(ends, s.to)
		}
	}
	slices.Sort(ends)
	b.whole = len(ends) <= mostToils
	b.seconds = ends[min(len(ends), mostToils)-1]
	for _, h := range b.hauls {
		for i := range h.gophers {
			g := &h.gophers[i]
			for k := range g.steps {
				s := &g.steps[k]
				s.from, s.to = math.Round(s.from/b.seconds*ticks), math.Round(s.to/b.seconds*ticks)
				s.to = max(s.to, s.from+1)
				if k > 0 && s.from < g.steps[k-1].to { // rounding
					s.from = g.steps[k-1].to
					s.to = max(s.to, s.from+1)
				}
			}
			// What is after the end is not shown. A first step stays: it says where
			// its gopher stands.
			if cut := slices.IndexFunc(g.steps, func(s toil) bool { return s.from > ticks }); cut >= 0 {
				g.steps = g.steps[:max(1, cut)]
			}
		}
	}
}

// hauls finds the trials of a pair in which gophers carried loads, a block for
// each runtime and each way in which steps are done.
func (d *desk) hauls(p *summary.Pair) (blocks []*block, left int) {
	pair := d.pair(p.ID)
	n := 0
	for _, t := range tracks(p) {
		for gi, r := range t.rows {
			if r == nil {
				continue
			}
			events := d.events(r)
			if !hauled(events) {
				continue
			}
			if n++; n > mostHauls {
				left++
				continue
			}
			h := newHaul(events)
			h.row, h.look = r, d.look(r)
			steps := ""
			h.design = r.Variant
			if v := pair.Variant(r.Side, r.Variant); v != nil {
				_, steps, _ = strings.Cut(v.Doc, "; ")
			}
			// A design goes by one name, whatever its steps do.
			h.design = strings.TrimSuffix(h.design, "-computing")
			h.where = d.whereRan(p, &p.Groups[gi], r)
			head := d.runtime(r)
			i := slices.IndexFunc(blocks, func(b *block) bool { return b.runtime == head && b.steps == steps })
			if i < 0 {
				i = len(blocks)
				blocks = append(blocks, &block{runtime: head, steps: steps})
			}
			blocks[i].hauls = append(blocks[i].hauls, &h)
		}
	}
	for _, b := range blocks {
		b.clock()
	}
	return blocks, left
}

// whereRan says under which swept parameters a row ran, in words.
func (d *desk) whereRan(p *summary.Pair, g *summary.Group, r *summary.Row) string {
	var out []string
	for _, piece := range strings.Split(d.params(p, g, r), ", ") {
		name, value, _ := strings.Cut(piece, "=")
		if !slices.Contains(p.Swept, name) {
			continue
		}
		varies := slices.ContainsFunc(tracks(p), func(t *track) bool {
			return t.Side == r.Side && t.Variant == r.Variant && t.Runtime == r.Runtime && d.varies(p, t, name) > 1
		})
		switch {
		case !varies:
		case name == "procs" && value == "0":
			out = append(out, "all cores")
		case name == "procs":
			n, _ := strconv.Atoi(value)
			out = append(out, plural(n, "core"))
		default:
			out = append(out, piece)
		}
	}
	return strings.Join(out, ", ")
}

// haulFigure shows gophers at work, nil where none were seen.
func (d *desk) haulFigure(p *summary.Pair) *figure {
	blocks, left := d.hauls(p)
	if len(blocks) == 0 {
		return nil
	}
	f := &figure{ID: p.ID + "-animation", Title: "The gophers at work", Wide: true}
	f.art = &stills{blocks}
	f.table = table{Caption: f.Title, Head: []string{"design", "gophers", "loads", "time", "at work, on average", "at work at once", "cores busy"}}
	for _, b := range blocks {
		head := b.name()
		for _, h := range b.hauls {
			name := h.name()
			busy := cell{Text: "–", Note: true}
			if cpu := h.row.Traced.Parallelism; cpu > 0 {
				busy = cell{Text: fixed(cpu, 0.01)}
			}
			f.table.add(head, name, cell{Text: whole(float64(len(h.gophers)))}, cell{Text: whole(float64(h.loads))}, cell{Text: seconds.exact(h.seconds)},
				cell{Text: fixed(h.atWork, 0.1)}, cell{Text: whole(float64(h.most))}, busy)
			for _, e := range d.events(h.row) {
				note := fmt.Sprintf("worker %d: %s", e.Worker, e.Label)
				f.table.record(p.ID, h.where, h.row, "event-"+e.Kind, seconds, model.Estimate{Value: float64(e.AtNS) / 1e9, N: 1}, note)
			}
		}
		f.Points = append(f.Points, b.finding())
	}
	f.Finding = strings.Join(f.Points, " ")
	f.Note = "Coloured gophers work, grey ones wait. Left: the books still to carry; right: the incinerator, and what it has burnt. All scenes of a block share one clock. Drawn from what was recorded in the warm-up round, which is traced and whose time is in no other figure."
	if slices.ContainsFunc(blocks, func(b *block) bool { return !b.whole }) {
		f.Note += fmt.Sprintf(" Shown until the slowest of a block has done %d steps.", mostToils)
	}
	if left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", plural(left, "trial"))
	}
	return f
}

func (b *block) name() string {
	if b.steps == "" {
		return b.runtime
	}
	return b.runtime + ": " + b.steps
}

func (h *haul) name() string {
	if h.where == "" {
		return h.design
	}
	return h.design + ", " + h.where
}

// conditions lists how the block's hauls ran, in their order.
func (b *block) conditions() (all []string) {
	for _, h := range b.hauls {
		if !slices.Contains(all, h.where) {
			all = append(all, h.where)
		}
	}
	return all
}

func (h *haul) took() string { return h.design + " " + seconds.exact(h.seconds) }

// finding says how long each design took, and on how many cores.
func (b *block) finding() string {
	var all []string
	for _, where := range b.conditions() {
		var parts []string
		work := []float64{}
		var fastest *haul
		for _, h := range b.hauls {
			if h.where != where {
				continue
			}
			parts = append(parts, h.took())
			work = append(work, h.row.Traced.Parallelism)
			if fastest == nil || h.seconds < fastest.seconds {
				fastest = h
			}
		}
		if len(parts) > 5 { // the table has all
			parts = []string{parts[0], "fastest of " + plural(len(parts), "design") + ": " + fastest.took()}
		}
		text := strings.Join(parts, ", ")
		if where != "" {
			text = "on " + where + " " + text
		}
		if most := slices.Max(work); most > 0 {
			text += " (at most " + busyCores(most) + ")"
		}
		all = append(all, text)
	}
	return b.name() + ": " + strings.Join(all, "; ") + "."
}
