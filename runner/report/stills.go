package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

// stills draws hauls at five moments of their clock: for print, for phones that
// run no scripts, and as a file.
type stills struct{ blocks []*block }

// chart is nil: what moves is no chart.
func (f *stills) chart() map[string]any { return nil }

var moments = []struct {
	share float64
	name  string
}{{0, "start"}, {0.25, "¼"}, {0.5, "½"}, {0.75, "¾"}, {1, "end"}}

// haulShapes are the things in a scene, drawn once a page and used by name.
// They stand on 0 0 and look to the right. A gopher at work has the colour of
// whatever uses it; eyes and fire look the same by day and by night.
const haulShapes = `<defs>
<path id="h-w" class="s-rule" stroke-width="1" stroke-dasharray="none" d="M2 69H218M30 26H160"/>
<g id="h-g"><circle cx="-4.6" cy="-16" r="2.2"/><circle cx="4.6" cy="-16" r="2.2"/><path d="M-7 0c-1.2-6-1.6-18 7-18s8.2 12 7 18z"/><g fill="#fff"><circle cx="-.6" cy="-12.4" r="2.8"/><circle cx="4.8" cy="-12.4" r="2.5"/><path d="M1.4-8h2.6v2.4h-2.6z"/></g><g fill="#16181c"><circle cx=".5" cy="-12.4" r="1.3"/><circle cx="5.7" cy="-12.4" r="1.2"/></g></g>
<g id="h-l"><use href="#h-g" transform="scale(-1 1)"/></g>
<g id="h-i" class="f-other"><use href="#h-g"/></g>
<g id="h-e" class="f-muted"><path d="M-7-9.5h14l-1.6 6.5h-10.8z"/><circle cx="-3.8" cy="-1.7" r="1.7"/><circle cx="3.8" cy="-1.7" r="1.7"/></g>
<g id="h-f"><path class="f-w-3" d="M-6-13.7h12v1.9h-12zm1 2.2h11v2.4h-11zm0-4.4h9v1.9h-9z"/><use href="#h-e"/></g>
<g id="h-o"><path class="f-strong" d="M-10 0v-26l4-3v-9h8v9l8 3v26z"/><path fill="#23262b" d="M-7-2v-9q7-9 14 0v9z"/><path fill="#e2701a" d="M-3-2c-2-4 2-4 2-7 4 3 5 5 3 7z"/></g>
<g id="h-b"><use href="#h-o"/><path fill="#ff9d2e" d="M-6-2c-3-7 4-7 3-13 5 2 4 5 5 6q1-1 1-3c4 4 5 7 2 10z"/><path fill="#ffd34d" d="M-3-2c-1-3 3-4 3-6 3 3 3 4 2 6z"/></g>
</defs>
`

// scenery draws what stays: the ground, and an incinerator at the end of it.
func (h *haul) scenery(in instant) string {
	var b strings.Builder
	for lane := range h.lanes {
		top := float64(lane) * laneTall
		kind := "o"
		if in.fires[lane] {
			kind = "b"
		}
		fmt.Fprintf(&b, `<use href="#h-w" y="%s"/><use href="#h-%s" x="187" y="%s"/>`, num(top), kind, num(top+low+1))
	}
	return b.String()
}

// heap draws so many loads on top of each other, with its picture's pen.
func (h *haul) heap(class string, many int, x, top float64) string {
	if many <= 0 {
		return ""
	}
	return fmt.Sprintf(`<path class="s-%s" d="M%s %sv-%s"/>`, class, num(x), num(top+low+1), num(float64(many)*h.thick()))
}

// thick is how tall a load lies.
func (h *haul) thick() float64 { return min(7, pileTall/float64(max(1, h.loads))) }

func (h *haul) dashes() string {
	if t := h.thick(); t >= 2 {
		return fmt.Sprintf("%.2f .8", t-0.8)
	}
	return "2.2 .8"
}

// picture is the inside of a scene at one moment, its colour apart.
func (h *haul) picture(in instant) string {
	var b strings.Builder
	b.WriteString(h.scenery(in))
	for w := range h.ways {
		x0, _, top := h.ends(w)
		b.WriteString(h.heap("w-3", in.piles[w], x0-10, top))
		if h.last(w) {
			b.WriteString(h.heap("source", in.burnt[w/h.halves], 208, top))
		}
	}
	for _, s := range in.sprites {
		kind := s.kind
		if s.left && kind == "g" {
			kind = "l"
		}
		fmt.Fprintf(&b, `<use href="#h-%s" x="%s" y="%s"/>`, kind, whole(math.Round(s.x)), whole(math.Round(s.y)))
	}
	return b.String()
}

func (h *haul) height() float64 { return float64(h.lanes) * laneTall }

// told is what there is to say of a moment.
func (h *haul) told(in instant) string {
	burnt := 0
	for _, n := range in.burnt {
		burnt += n
	}
	return fmt.Sprintf("%d of %d burnt", burnt, h.loads)
}

// shown is what is drawn of each block. Where there is too much, designs are
// taken evenly; the first and the last are always there.
func (f *stills) shown() [][]*haul {
	all := 0
	for _, b := range f.blocks {
		all += len(b.hauls)
	}
	var out [][]*haul
	for _, b := range f.blocks {
		var designs, keep []string
		for _, h := range b.hauls {
			if !slices.Contains(designs, h.design) {
				designs = append(designs, h.design)
			}
		}
		share := len(designs)
		if all > mostStills {
			share = min(share, max(2, mostStills/len(f.blocks)/len(b.conditions())))
		}
		for i := range share {
			keep = append(keep, designs[i*(len(designs)-1)/max(1, share-1)])
		}
		var kept []*haul
		for _, h := range b.hauls {
			if slices.Contains(keep, h.design) {
				kept = append(kept, h)
			}
		}
		out = append(out, kept)
	}
	return out
}

// left is how many hauls are not drawn still.
func (f *stills) left() int {
	n := 0
	for i, kept := range f.shown() {
		n += len(f.blocks[i].hauls) - len(kept)
	}
	return n
}

func (f *stills) draw(width float64) *canvas {
	columns, left, gap := len(moments), 136.0, 14.0
	narrow := width < 500
	if narrow { // five moments and their title make two rows of three
		columns, left = 3, 0
	}
	cell := (width - left - gap*float64(columns-1)) / float64(columns)
	scale := cell / sceneWidth
	const head, foot = 42.0, 19.0
	shown := f.shown()
	height := 0.0
	rows := func(h *haul) float64 {
		tall := h.height()*scale + foot
		if narrow {
			tall = 2*tall + 4
		}
		return tall
	}
	for i := range f.blocks {
		height += head
		for _, h := range shown[i] {
			height += rows(h) + 8
		}
	}
	c := newCanvas(width, max(height, 20))
	at := func(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(c.h - y)} }
	y := 0.0
	for i, b := range f.blocks {
		c.text(at(0, y+16), "start", text{size: textSize, bold: true}, b.name())
		if !narrow {
			for k, m := range moments {
				c.text(at(left+(cell+gap)*float64(k), y+34), "start", text{size: smallSize, tone: muted}, b.moment(m.share, m.name))
			}
		}
		y += head
		for _, h := range shown[i] {
			tall := h.height()*scale + foot
			if narrow {
				c.text(at(0, y+16), "start", text{size: textSize, bold: true}, clip(h.design, 16))
				c.text(at(0, y+32), "start", text{size: smallSize, tone: muted}, h.where)
				c.text(at(0, y+47), "start", text{size: smallSize, tone: muted}, seconds.exact(h.seconds))
			} else {
				c.text(at(0, y+14), "start", text{size: textSize, bold: true}, h.design)
				c.text(at(0, y+29), "start", text{size: smallSize, tone: muted}, strings.TrimPrefix(h.where+", "+seconds.exact(h.seconds), ", "))
			}
			fmt.Fprintf(&c.b, `<g class="f-%s" stroke-width="17" stroke-dasharray="%s">`+"\n", h.look.tone.name, h.dashes())
			for k, m := range moments {
				slot, down := k, 0.0
				if narrow {
					slot = k + 1
					down = float64(slot/columns) * (tall + 4)
					slot %= columns
				}
				in := h.at(m.share * ticks)
				x := left + (cell+gap)*float64(slot)
				fmt.Fprintf(&c.b, `<g transform="translate(%s %s) scale(%.3f)">%s</g>`+"\n", num(x), num(y+down), scale, h.picture(in))
				words := h.told(in)
				if narrow {
					words = m.name + ": " + strings.TrimSuffix(words, " burnt")
				}
				c.text(at(x, y+down+tall-5), "start", text{size: smallSize, tone: muted}, words)
			}
			c.b.WriteString("</g>\n")
			y += rows(h) + 8
		}
	}
	return c
}

// moment names a share of the block's clock.
func (b *block) moment(share float64, name string) string {
	if share == 0 {
		return name
	}
	return name + ": " + seconds.exact(share*b.seconds)
}

// A reel is the animation of a figure's hauls, ready for the page. All that
// moves is written as attributes, which haul.js reads.
type reel struct {
	Seconds string // how long it plays
	Blocks  []reelBlock
}

// A reelBlock is some scenes on one clock.
type reelBlock struct {
	Runtime, Steps string
	Clock          string // seconds of the trial
	Columns        int    // scenes in a row
	Scenes         []reelScene
}

// A reelScene is one haul.
type reelScene struct {
	Design, Where, Result, Label string
	Wide, Tall                   string
	Tone                         string
	Lanes, Halves, Loads         int
	Thick, Dashes                string
	Ways                         string // books, empty carts, carts at the end; one a way
	Gophers                      string // way, how many like it, steps: what, pause, length
}

// reel is the animation of the figure, nil where it has none.
func (f *figure) reel() *reel {
	art, ok := f.art.(*stills)
	if !ok {
		return nil
	}
	r := &reel{}
	most := 0
	for _, b := range art.blocks {
		out := reelBlock{Runtime: b.runtime, Steps: b.steps, Clock: fmt.Sprintf("%.6g", b.seconds), Columns: len(b.conditions())}
		for _, h := range b.hauls {
			s := reelScene{Design: h.design, Where: h.where, Result: seconds.exact(h.seconds),
				Wide: num(sceneWidth), Tall: num(h.height()), Tone: h.look.tone.name, Lanes: h.lanes, Halves: h.halves, Loads: h.loads,
				Thick: fmt.Sprintf("%.3g", h.thick()), Dashes: h.dashes()}
			if cpu := h.row.Traced.Parallelism; cpu > 0 {
				s.Result += ", " + busyCores(cpu)
			}
			s.Label = fmt.Sprintf("%s, %s: %s burn %s in %s, %s at work at once", b.name(), h.name(), plural(len(h.gophers), "gopher"), plural(h.loads, "load"), seconds.exact(h.seconds), whole(float64(h.most)))
			var ways, gophers []string
			for _, w := range h.ways {
				ways = append(ways, fmt.Sprintf("%d %d %d", w.books, w.empty, w.back))
			}
			steps := 0
			for _, g := range h.gophers {
				gophers = append(gophers, g.code())
				steps += len(g.steps)
			}
			if h.seconds >= b.longest() {
				most = max(most, steps)
			}
			s.Ways, s.Gophers = strings.Join(ways, ";"), strings.Join(gophers, ";")
			out.Scenes = append(out.Scenes, s)
		}
		r.Blocks = append(r.Blocks, out)
	}
	// A third of a second for each step of the slowest.
	r.Seconds = num(min(24, max(6, float64(most)*0.36)))
	return r
}

func (b *block) longest() float64 {
	longest := 0.0
	for _, h := range b.hauls {
		longest = max(longest, h.seconds)
	}
	return longest
}

func busyCores(cpu float64) string {
	return fixed(cpu, 0.01) + " cores busy"
}

// code writes a gopher's steps: its way, how many before it are like it, the
// letters of its steps until they repeat, and for each step how long it waited
// before, where it did, and how long it took.
func (g *gopher) code() string {
	letters := make([]byte, len(g.steps))
	for i, s := range g.steps {
		letters[i] = s.what
	}
	period := 1
	for ; period < len(letters); period++ {
		same := true
		for i := period; i < len(letters) && same; i++ {
			same = letters[i] == letters[i-period]
		}
		if same {
			break
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %s", g.way, g.among, letters[:period])
	last := 0.0
	for _, s := range g.steps {
		b.WriteByte(' ')
		if pause := int(s.from - last); pause != 0 {
			fmt.Fprintf(&b, "%d,", pause)
		}
		fmt.Fprintf(&b, "%d", int(s.to-s.from))
		last = s.to
	}
	return b.String()
}
