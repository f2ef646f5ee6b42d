package figure

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"

	"tandem/runner/format"
)

// The charts say the same as the drawings, for readers whose browser runs
// scripts. Two things cannot be written as data and are left to report.js by
// name: a colour is the name of a variable of the style sheet ("var(--go-1)"),
// and a number's format is the name of a function ("@seconds").

func cssColour(t Colour) string { return "var(--" + t.Name + ")" }

func formatter(u format.Unit) types.FuncStr {
	return types.FuncStr("@" + [...]string{"plain", "seconds", "bytes", "times", "plain", "percent", "plain"}[u])
}

// blank is a chart with nothing in it but our settings.
func blank() *charts.Line {
	c := charts.NewLine()
	c.Animation = opts.Bool(false)
	c.Legend.Show = opts.Bool(false)
	c.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}", BackgroundColor: cssColour(paper), BorderColor: cssColour(rule)}
	return c
}

func label(t Colour) *opts.AxisLabel {
	return &opts.AxisLabel{Show: opts.Bool(true), Color: cssColour(t), FontSize: 12}
}

func valueLabel(u format.Unit) *opts.AxisLabel {
	l := label(muted)
	l.FontSize = 11
	l.HideOverlap = opts.Bool(true)
	l.Formatter = formatter(u)
	return l
}

func splitLine(show bool) *opts.SplitLine {
	return &opts.SplitLine{Show: opts.Bool(show), LineStyle: &opts.LineStyle{Color: cssColour(rule)}}
}

func axisLine(show bool) *opts.AxisLine {
	return &opts.AxisLine{Show: opts.Bool(show), LineStyle: &opts.LineStyle{Color: cssColour(strong)}}
}

func noTicks() *opts.AxisTick { return &opts.AxisTick{Show: opts.Bool(false)} }

func kind(log bool) string {
	if log {
		return "log"
	}
	return "value"
}

const gone = "-" // what ECharts takes for "no number here"

// sig cuts a number to what a screen can show.
func sig(v float64) float64 { return round(v, 5) }

// Chart implements piecewise.
func (f *Curves) Chart() map[string]any {
	panels := f.panels()
	if len(panels) == 0 {
		return nil
	}
	y, extent := f.ySpan(7), f.xSpan()
	c := blank()
	c.Legend = opts.Legend{Show: opts.Bool(true), Bottom: "0", Left: "0", TextStyle: &opts.TextStyle{Color: cssColour(ink)}}
	c.XAxisList, c.YAxisList = nil, nil
	var titles []string
	longest := 0
	for i, panel := range panels {
		titles = append(titles, panel.Lines[0].Panel)
		c.GridList = append(c.GridList, opts.Grid{}) // the browser places it
		x := opts.XAxis{Type: kind(f.logX()), GridIndex: i, Min: extent.lo, Max: extent.hi, Name: f.Param, NameLocation: "middle", NameGap: 26,
			AxisLabel: valueLabel(format.Plain), SplitLine: splitLine(false), AxisLine: axisLine(true), AxisTick: noTicks()}
		x.AxisLabel.Formatter = "@x"
		c.XAxisList = append(c.XAxisList, x)
		c.YAxisList = append(c.YAxisList, opts.YAxis{Type: kind(f.Axis.Log), GridIndex: i, Min: y.lo, Max: y.hi,
			AxisLabel: valueLabel(f.Axis.Unit), SplitLine: splitLine(true), AxisLine: axisLine(false)})
		add := func(s charts.SingleSeries) {
			s.Type, s.XAxisIndex, s.YAxisIndex = types.ChartLine, i, i
			c.MultiSeries = append(c.MultiSeries, s)
		}
		for n, ref := range f.Axis.Refs {
			add(charts.SingleSeries{Id: fmt.Sprintf("ref%d/%d", n, i), Symbol: "none",
				Data:      []opts.LineData{{Value: []any{extent.lo, ref.At}}, {Value: []any{extent.hi, ref.At}}},
				LineStyle: &opts.LineStyle{Color: cssColour(strong), Width: 1.5, Type: "dashed"}})
		}
		for _, s := range panel.Lines {
			longest = max(longest, len([]rune(s.Label)))
			tip := func(p Point) string {
				return fmt.Sprintf("%s, %s %s: %s", s.full(), f.Param, f.Labels[p.At], f.Axis.Unit.Full(p.Est))
			}
			var data, whiskers []opts.LineData
			style := "solid"
			for _, p := range s.Points {
				x := f.Xs[p.At]
				data = append(data, opts.LineData{Name: tip(p), Value: []any{x, sig(p.Est.Value)}})
				if p.Est.Interval {
					whiskers = append(whiskers, opts.LineData{Value: []any{x, sig(p.Est.Lo)}}, opts.LineData{Value: []any{x, sig(p.Est.Hi)}}, opts.LineData{Value: []any{gone, gone}})
				}
			}
			if s.flat(f) {
				style, whiskers = "dashed", nil
				text := fmt.Sprintf("%s: %s, whatever %s is", s.full(), f.Axis.Unit.Full(s.Points[0].Est), f.Param)
				at := sig(s.Points[0].Est.Value)
				data = []opts.LineData{{Name: text, Value: []any{extent.lo, at}}, {Name: text, Value: []any{extent.hi, at}}}
			}
			add(charts.SingleSeries{Name: s.full(), Data: data, Symbol: s.Style.Shape.symbol(), SymbolSize: 9,
				LineStyle: &opts.LineStyle{Color: cssColour(s.Style.Colour), Width: 2, Type: style}, ItemStyle: &opts.ItemStyle{Color: cssColour(s.Style.Colour)}})
			if len(whiskers) > 0 {
				add(charts.SingleSeries{Id: "interval/" + s.full(), Data: whiskers, Symbol: "none",
					LineStyle: &opts.LineStyle{Color: cssColour(s.Style.Colour), Width: 1.5}})
			}
		}
	}
	option := c.JSON()
	labels := map[string]string{}
	for i, v := range f.Xs {
		labels[fmt.Sprint(v)] = f.Labels[i]
	}
	option["tandem"] = map[string]any{"kind": "curves", "labels": labels, "xs": f.Xs, "ticks": y.ticks, "panels": titles, "longest": longest}
	return option
}

// laneFill is the part of its lane that a fully busy core fills.
const laneFill = 0.88
