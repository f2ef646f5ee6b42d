package report

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// The charts say the same as the drawings, for readers whose browser runs
// scripts. Two things cannot be written as data and are left to report.js by
// name: a colour is the name of a variable of the style sheet ("var(--go-1)"),
// and a number's format is the name of a function ("@seconds").

func colour(t tone) string { return "var(--" + t.name + ")" }

func formatter(u unit) types.FuncStr {
	return types.FuncStr("@" + [...]string{"plain", "seconds", "bytes", "times", "plain", "percent", "plain"}[u])
}

func alpha(v float64) types.Float { return opts.Float(float32(v)) }

func px(v int) string { return fmt.Sprintf("%dpx", v) }

// blank is a chart with nothing in it but our settings.
func blank() *charts.Line {
	c := charts.NewLine()
	c.Animation = opts.Bool(false)
	c.Legend.Show = opts.Bool(false)
	c.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}", BackgroundColor: colour(paper), BorderColor: colour(rule)}
	return c
}

func label(t tone) *opts.AxisLabel {
	return &opts.AxisLabel{Show: opts.Bool(true), Color: colour(t), FontSize: 12}
}

func valueLabel(u unit) *opts.AxisLabel {
	l := label(muted)
	l.FontSize = 11
	l.HideOverlap = opts.Bool(true)
	l.Formatter = formatter(u)
	return l
}

func splitLine(show bool) *opts.SplitLine {
	return &opts.SplitLine{Show: opts.Bool(show), LineStyle: &opts.LineStyle{Color: colour(rule)}}
}

func axisLine(show bool) *opts.AxisLine {
	return &opts.AxisLine{Show: opts.Bool(show), LineStyle: &opts.LineStyle{Color: colour(strong)}}
}

func noTicks() *opts.AxisTick { return &opts.AxisTick{Show: opts.Bool(false)} }

func kind(log bool) string {
	if log {
		return "log"
	}
	return "value"
}

const gone = "-" // what ECharts takes for "no number here"

// chart implements artist.
func (f *rows) chart() map[string]any {
	// Lines of the chart, from the top: headings and rows alike.
	var names []string
	var values [][3]string // value, interval, or a note instead
	var places []int
	var heads []int
	for i, r := range f.rows {
		if f.headed(i) {
			heads = append(heads, len(names))
			names, values = append(names, r.heading), append(values, [3]string{})
		}
		places = append(places, len(names))
		names = append(names, r.label)
		values = append(values, [3]string{r.value, r.extra, r.note})
	}
	s := f.span(5)
	c := blank()
	c.XAxisList = []opts.XAxis{{
		Type: kind(f.axis.log), Min: s.lo, Max: s.hi, Name: f.axis.title, NameLocation: "middle", NameGap: 28,
		AxisLabel: valueLabel(f.axis.unit), SplitLine: splitLine(true), AxisLine: axisLine(false), AxisTick: noTicks(),
	}}
	// Categories are numbered, for two variants may have one name.
	index := make([]string, len(names))
	for i := range index {
		index[i] = fmt.Sprint(i)
	}
	left, right := label(ink), label(ink)
	left.Formatter, right.Formatter = "@name", "@value"
	left.Interval, right.Interval = "0", "0"
	axis := opts.YAxis{Type: "category", Data: index, Inverse: opts.Bool(true), AxisLine: axisLine(false), SplitLine: splitLine(false)}
	axis.AxisLabel = left
	c.YAxisList = []opts.YAxis{axis}
	axis.AxisLabel, axis.Position = right, "right"
	c.YAxisList = append(c.YAxisList, axis)
	c.GridList = []opts.Grid{{Left: px(4), Right: px(4), Top: px(14), Bottom: px(6), ContainLabel: opts.Bool(true)}}

	add := func(series charts.SingleSeries) { c.MultiSeries = append(c.MultiSeries, series) }
	line := func(id string, data []opts.LineData, t tone, width float32, dash string) {
		if len(data) > 0 {
			add(charts.SingleSeries{Type: types.ChartLine, Id: id, Data: data, Symbol: "none", ColorBy: "series",
				LineStyle: &opts.LineStyle{Color: colour(t), Width: width, Type: dash}})
		}
	}
	for i, r := range f.axis.refs {
		line(fmt.Sprintf("ref%d", i), []opts.LineData{{Value: []any{r.at, 0}}, {Value: []any{r.at, len(names) - 1}}}, strong, 1.5, "solid")
	}
	var bars []opts.BarData
	whiskers := map[string][]opts.LineData{}
	var dots, marks scatters
	var order []string
	for i, r := range f.rows {
		y := places[i]
		for _, d := range thin(r.dots, mostDots) {
			t := ink
			if len(r.marks) > 0 {
				t = r.marks[0].look.tone
			}
			word := "one round: "
			style := &opts.ItemStyle{Color: colour(t), Opacity: alpha(0.3)}
			if d.spoiled {
				word = "one round, disturbed: "
				style = &opts.ItemStyle{Color: "transparent", BorderColor: colour(muted), BorderWidth: 1}
			}
			dots.add(style, "circle", 5, r.label+", "+word+f.axis.unit.exact(d.value), sig(d.value), y)
		}
		for _, m := range r.marks {
			if m.est.N == 0 {
				continue
			}
			t := m.look.tone
			if m.bar {
				style := &opts.ItemStyle{Color: colour(t), Opacity: alpha(0.85)}
				if m.hatch {
					style = &opts.ItemStyle{Color: "transparent", BorderColor: colour(t), BorderWidth: 1.5}
				}
				bars = append(bars, opts.BarData{Name: r.tip, Value: []any{sig(m.est.Value), y}, ItemStyle: style})
				t = ink
			} else {
				style := &opts.ItemStyle{Color: colour(t), BorderColor: colour(paper), BorderWidth: 1, Opacity: alpha(1)}
				if m.hollow {
					style = &opts.ItemStyle{Color: colour(paper), BorderColor: colour(t), BorderWidth: 2, Opacity: alpha(1)}
				}
				marks.add(style, m.look.shape.symbol(), 11, r.tip, sig(m.est.Value), y)
			}
			if m.est.Interval {
				if !slices.Contains(order, t.name) {
					order = append(order, t.name)
				}
				whiskers[t.name] = append(whiskers[t.name],
					opts.LineData{Value: []any{sig(m.est.Lo), y}}, opts.LineData{Value: []any{sig(m.est.Hi), y}}, opts.LineData{Value: []any{gone, gone}})
			}
		}
	}
	if len(bars) > 0 {
		add(charts.SingleSeries{Type: types.ChartBar, Data: bars, BarMaxWidth: "16"})
	}
	for _, name := range order {
		line("interval-"+name, whiskers[name], tone{name: name}, 2, "solid")
	}
	c.MultiSeries = append(append(c.MultiSeries, dots...), marks...)
	if len(c.MultiSeries) == 0 {
		return nil
	}
	option := c.JSON()
	option["tandem"] = map[string]any{"kind": "rows", "names": names, "values": values, "heads": heads, "ticks": s.ticks}
	return option
}

// scatters are points gathered into one series for each way to draw them.
type scatters []charts.SingleSeries

func (s *scatters) add(style *opts.ItemStyle, symbol string, size int, tip string, x float64, y int) {
	point := opts.ScatterData{Name: tip, Value: []any{x, y}}
	for i := range *s {
		if one := &(*s)[i]; one.Symbol == symbol && reflect.DeepEqual(one.ItemStyle, style) {
			one.Data = append(one.Data.([]opts.ScatterData), point)
			return
		}
	}
	*s = append(*s, charts.SingleSeries{Type: types.ChartScatter, Symbol: symbol, SymbolSize: size, ItemStyle: style, Data: []opts.ScatterData{point}})
}

// sig cuts a number to what a screen can show.
func sig(v float64) float64 { return round(v, 5) }

// chart implements artist.
func (f *curves) chart() map[string]any {
	panels := f.panels()
	if len(panels) == 0 {
		return nil
	}
	y, span := f.ySpan(7), f.xSpan()
	c := blank()
	c.Legend = opts.Legend{Show: opts.Bool(true), Bottom: "0", Left: "0", TextStyle: &opts.TextStyle{Color: colour(ink)}}
	c.XAxisList, c.YAxisList = nil, nil
	var titles []string
	longest := 0
	for i, panel := range panels {
		titles = append(titles, panel.series[0].panel)
		c.GridList = append(c.GridList, opts.Grid{}) // the browser places it
		x := opts.XAxis{Type: kind(f.logX()), GridIndex: i, Min: span.lo, Max: span.hi, Name: f.xName, NameLocation: "middle", NameGap: 26,
			AxisLabel: valueLabel(plain), SplitLine: splitLine(false), AxisLine: axisLine(true), AxisTick: noTicks()}
		x.AxisLabel.Formatter = "@x"
		c.XAxisList = append(c.XAxisList, x)
		c.YAxisList = append(c.YAxisList, opts.YAxis{Type: kind(f.axis.log), GridIndex: i, Min: y.lo, Max: y.hi,
			AxisLabel: valueLabel(f.axis.unit), SplitLine: splitLine(true), AxisLine: axisLine(false)})
		add := func(s charts.SingleSeries) {
			s.Type, s.XAxisIndex, s.YAxisIndex = types.ChartLine, i, i
			c.MultiSeries = append(c.MultiSeries, s)
		}
		for n, ref := range f.axis.refs {
			add(charts.SingleSeries{Id: fmt.Sprintf("ref%d/%d", n, i), Symbol: "none",
				Data:      []opts.LineData{{Value: []any{span.lo, ref.at}}, {Value: []any{span.hi, ref.at}}},
				LineStyle: &opts.LineStyle{Color: colour(strong), Width: 1.5, Type: "dashed"}})
		}
		for _, s := range panel.series {
			longest = max(longest, len([]rune(s.label)))
			tip := func(p point) string {
				return fmt.Sprintf("%s, %s %s: %s", s.full(), f.xName, f.labels[p.at], f.axis.unit.full(p.est))
			}
			var data, whiskers []opts.LineData
			style := "solid"
			for _, p := range s.points {
				x := f.xs[p.at]
				data = append(data, opts.LineData{Name: tip(p), Value: []any{x, sig(p.est.Value)}})
				if p.est.Interval {
					whiskers = append(whiskers, opts.LineData{Value: []any{x, sig(p.est.Lo)}}, opts.LineData{Value: []any{x, sig(p.est.Hi)}}, opts.LineData{Value: []any{gone, gone}})
				}
			}
			if s.flat(f) {
				style, whiskers = "dashed", nil
				text := fmt.Sprintf("%s: %s, whatever %s is", s.full(), f.axis.unit.full(s.points[0].est), f.xName)
				at := sig(s.points[0].est.Value)
				data = []opts.LineData{{Name: text, Value: []any{span.lo, at}}, {Name: text, Value: []any{span.hi, at}}}
			}
			add(charts.SingleSeries{Name: s.full(), Data: data, Symbol: s.look.shape.symbol(), SymbolSize: 9,
				LineStyle: &opts.LineStyle{Color: colour(s.look.tone), Width: 2, Type: style}, ItemStyle: &opts.ItemStyle{Color: colour(s.look.tone)}})
			if len(whiskers) > 0 {
				add(charts.SingleSeries{Id: "interval/" + s.full(), Data: whiskers, Symbol: "none",
					LineStyle: &opts.LineStyle{Color: colour(s.look.tone), Width: 1.5}})
			}
		}
	}
	option := c.JSON()
	labels := map[string]string{}
	for i, v := range f.xs {
		labels[fmt.Sprint(v)] = f.labels[i]
	}
	option["tandem"] = map[string]any{"kind": "curves", "labels": labels, "xs": f.xs, "ticks": y.ticks, "panels": titles, "longest": longest}
	return option
}

// mostLaneNumbers bounds the numbers in one chart of the cores.
const mostLaneNumbers = 12000

// chart implements artist. A lane is painted from the back: the whole core,
// then everything else above this trial, then this trial, then the page up to
// where the lane stands, which hides what reaches below it.
func (f *lanes) chart() map[string]any {
	numbers := 0
	for _, p := range f.panels {
		numbers += 3 * len(p.core) * (len(p.edges) + 1)
	}
	if numbers == 0 || numbers > mostLaneNumbers {
		return nil // the drawing says it all, and costs less
	}
	c := blank()
	c.Tooltip.Trigger = "axis"
	c.Tooltip.Formatter = "@lanes"
	c.XAxisList, c.YAxisList = nil, nil
	var panels []map[string]any
	for i, p := range f.panels {
		end := sig(max(p.seconds, 1e-9))
		// The browser places the panels, for it knows the width.
		panels = append(panels, map[string]any{"heading": p.heading, "label": p.label, "empty": p.empty, "cores": p.core, "end": end})
		grid := len(c.GridList)
		c.GridList = append(c.GridList, opts.Grid{})
		c.XAxisList = append(c.XAxisList, opts.XAxis{Type: "value", GridIndex: grid, Min: 0, Max: end,
			AxisLabel: valueLabel(seconds), SplitLine: splitLine(false), AxisLine: axisLine(false), AxisTick: noTicks()})
		c.YAxisList = append(c.YAxisList, opts.YAxis{Type: "value", GridIndex: grid, Min: 0, Max: max(1, len(p.core)),
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)}, SplitLine: splitLine(false), AxisLine: axisLine(false)})
		for lane := range p.core {
			floor := float64(len(p.core) - 1 - lane)
			layer := func(id string, t tone, edges []float64, top func(k int) float64) {
				// Bare pairs: a page has tens of thousands.
				data := [][2]float64{{0, sig(floor + laneFill*top(0))}}
				for k := range len(edges) - 1 {
					data = append(data, [2]float64{sig(edges[k+1]), sig(floor + laneFill*top(k))})
				}
				c.MultiSeries = append(c.MultiSeries, charts.SingleSeries{
					Type: types.ChartLine, Id: fmt.Sprintf("%d/%d/%s/%v", i, p.core[lane], id, floor), XAxisIndex: grid, YAxisIndex: grid,
					Step: "start", Symbol: "none", Data: data,
					LineStyle: &opts.LineStyle{Width: 0, Opacity: alpha(0), Color: colour(t)},
					ItemStyle: &opts.ItemStyle{Color: colour(t)},
					AreaStyle: &opts.AreaStyle{Color: colour(t), Opacity: alpha(1)},
				})
			}
			own, others := p.own[lane], p.other[lane]
			whole := []float64{0, end}
			layer("core", tone{name: "lane"}, whole, func(int) float64 { return 1 })
			layer("all", other, p.edges, func(k int) float64 { return own[k] + others[k] })
			layer("own", p.look.tone, p.edges, func(k int) float64 { return own[k] })
			layer("floor", paper, whole, func(int) float64 { return 0 })
		}
	}
	option := c.JSON()
	option["tandem"] = map[string]any{"kind": "lanes", "panels": panels, "lane": f.laneHeight(), "fill": laneFill}
	return option
}

// chart implements artist.
func (f *timeline) chart() map[string]any {
	c := blank()
	c.XAxisList, c.YAxisList = nil, nil
	var panels []map[string]any
	texts := []string{}
	stages, _ := f.stages(1, 1, 0)
	for i := range f.panels {
		s, g := &f.panels[i], stages[i]
		names := []string{}
		var bits []opts.CustomData
		for n, l := range s.lanes {
			names = append(names, clip(l.name, 13))
			for _, b := range l.bits {
				bits = append(bits, opts.CustomData{Name: s.say(l, b), Value: []any{
					n, sig(s.scaled(b.from)), sig(s.scaled(b.to)), btoi(b.faint), colour(b.tone)}})
			}
			// Labels stand as in the drawing, whose panels are about as wide.
			const width = 215.0
			for _, w := range s.captions(l, func(v float64) float64 { return width * min(1, v/g.span.hi) }, width) {
				place, tone := 3, muted
				if w.left {
					place = 4
				}
				if w.inside {
					place, tone = 5, paper
				}
				at := sig(w.x / width * g.span.hi)
				bits = append(bits, opts.CustomData{Name: w.text, Value: []any{n, at, at, place, colour(tone), len(texts)}})
				texts = append(texts, w.text)
			}
		}
		last := sig(g.span.hi)
		var ticks []string
		for _, t := range g.span.ticks {
			ticks = append(ticks, s.tick(t))
		}
		panels = append(panels, map[string]any{"heading": s.heading, "label": s.label, "names": names, "empty": s.empty, "ticks": g.span.ticks, "words": ticks})
		c.GridList = append(c.GridList, opts.Grid{}) // the browser places it
		c.XAxisList = append(c.XAxisList, opts.XAxis{Type: "value", GridIndex: i, Min: 0, Max: last,
			AxisLabel: valueLabel(plain), SplitLine: splitLine(true), AxisLine: axisLine(false), AxisTick: noTicks()})
		c.YAxisList = append(c.YAxisList, opts.YAxis{Type: "value", GridIndex: i, Min: 0, Max: max(2, len(names)), Inverse: opts.Bool(true),
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)}, SplitLine: splitLine(false), AxisLine: axisLine(false)})
		if len(bits) > 0 {
			c.MultiSeries = append(c.MultiSeries, charts.SingleSeries{Type: types.ChartCustom, XAxisIndex: i, YAxisIndex: i,
				RenderItem: "@bit", Data: bits})
		}
	}
	if len(c.MultiSeries) == 0 {
		return nil
	}
	option := c.JSON()
	option["tandem"] = map[string]any{"kind": "timeline", "panels": panels, "texts": texts, "strip": stripHeight, "bar": stripBar, "gutter": f.gutter()}
	return option
}

// laneFill is the part of its lane that a fully busy core fills.
const laneFill = 0.88
