package report

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/findings"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/pdf"
	"tandem/runner/store"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// cases are the runs that a report must bear, from the ordinary to the empty.
var cases = map[string]func(t testing.TB) Input{
	"plain": func(t testing.TB) Input {
		w := newWorld(t)
		w.disturbed[3] = true
		return w.input()
	},
	"sweep": func(t testing.TB) Input {
		w := newWorld(t)
		w.cores, w.only = 8, "counting"
		w.sweep = map[string][]any{"workers": {int64(1), int64(2), int64(4), int64(8)}}
		w.runtimes = append(w.runtimes, noGIL)
		return w.input()
	},
	"sweep-of-two": func(t testing.TB) Input {
		w := newWorld(t)
		w.only = "counting"
		w.sweep = map[string][]any{"workers": {int64(1), int64(2)}, "n": {int64(1000), int64(2000), int64(4000)}}
		return w.input()
	},
	"one-round": func(t testing.TB) Input {
		w := newWorld(t)
		w.rounds = 1
		return w.input()
	},
	"one-side": func(t testing.TB) Input {
		w := newWorld(t)
		w.side, w.only = catalog.Go, "urlcheck"
		return w.input()
	},
	"all-failed": func(t testing.TB) Input {
		w := newWorld(t)
		w.fail = func(t *model.Trial) {
			*t = model.Trial{Schema: 1, Pair: t.Pair, Side: t.Side, Variant: t.Variant, Runtime: t.Runtime, Params: t.Params,
				Round: t.Round, Status: model.Crashed, Message: "exit status 3; its last words: out of memory"}
		}
		return w.input()
	},
	"no-trials": func(t testing.TB) Input {
		w := newWorld(t)
		w.rounds = 0
		return w.input()
	},
	"nothing": func(testing.TB) Input { return Input{} },
	"unreadable": func(t testing.TB) Input {
		w := newWorld(t)
		in := w.input()
		in.Samples = func(*model.Trial) (model.Samples, error) { return model.Samples{}, errors.New("damaged") }
		in.Source = func(string, string) (string, string, error) { return "", "", errors.New("no such file") }
		in.Published, in.Pairs = nil, nil
		return in
	},
	"traced": func(t testing.TB) Input {
		w := newWorld(t)
		p := w.pairs[0]
		w.only, w.log = p.ID, "fatal error: all goroutines are asleep - deadlock!"
		p.Params = append(p.Params, catalog.Param{Name: "unit", Type: "duration", Quick: "20ms"})
		p.Printed = append(p.Printed,
			catalog.Printed{File: "letters", Key: "letters", Side: "go", Variant: "goroutines"},
			catalog.Printed{File: "letters", Key: "words", Side: "python", Variant: "threads", Events: []string{"finish", "reach"}})
		w.trace = func(c model.Cell) []model.Event {
			if c.Side == catalog.Go {
				return printing()
			}
			return reaching()
		}
		in := w.input()
		in.Published["letters"] = store.Published{Schema: 1, Document: "paper", Figure: "Fig. 7", Title: "Who prints", Notes: "two lines of ten",
			Values: []store.Value{{Key: "letters", Label: "blocking", Lines: []string{"AABBAABBAABBAABBAABB", "CC"}}, {Key: "words", Lines: []string{"1 (Finished @1s)"}}}}
		return in
	},
	"paper-sweep": func(t testing.TB) Input {
		w := newWorld(t)
		w.cores, w.only = 8, "counting"
		w.sweep = map[string][]any{"workers": {int64(1), int64(2), int64(4)}}
		in := w.input()
		paperCurve(in)
		return in
	},
	"no-sweep": func(t testing.TB) Input {
		w := newWorld(t)
		w.only = "counting"
		in := w.input()
		paperCurve(in)
		return in
	},
	"many-pairs": func(t testing.TB) Input {
		w := newWorld(t)
		for _, id := range []string{"three", "four", "five"} {
			p := *w.pairs[0]
			p.ID, p.Title = id, "Pair "+id
			w.pairs = append(w.pairs, &p)
		}
		in := w.input()
		for i, word := range []model.Verdict{model.Reproduced, model.Contradicted, model.Inconclusive, model.Reproduced} {
			in.Claims = append(in.Claims, model.Judgement{ID: fmt.Sprintf("P%d", i+1), Pair: "four", Says: "threads help", Source: w.pairs[0].Source, Printed: "2 s",
				Outcome: model.Outcome{Text: "1.2x (1.1x to 1.3x)", Verdict: word, Why: "all of it is above", Remedy: "more rounds"}, Repeat: "tandem run four",
				Runtimes: []model.Outcome{{Name: "a", Verdict: "b"}, {Name: "c", Verdict: "d"}}})
		}
		return in
	},
	"many-cores": func(t testing.TB) Input {
		w := newWorld(t)
		w.cores, w.only = 64, "counting"
		return w.input()
	},
}

// paperCurve adds a source's curve over the number of workers.
func paperCurve(in Input) {
	in.Published["curve"] = store.Published{Schema: 1, Document: "paper", Figure: "Fig. 12", Title: "Time by workers", Unit: "ms", XLabel: "workers",
		Values: []store.Value{{Key: "workers", Label: "Total time", X: []float64{1, 2, 3, 50}, Y: []float64{4436, 2784, 2147, 1382}}}}
	in.Pairs[0].Printed = append(in.Pairs[0].Printed, catalog.Printed{File: "curve", Key: "workers", Side: "go", Variant: "goroutines"})
}

func write(t testing.TB, in Input) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, new(Writer).Write(&b, in))
	return b.String()
}

// static is the page of a case, without ECharts.
func static(t testing.TB, name string) string {
	in := cases[name](t)
	in.ECharts = nil
	return write(t, in)
}

var rawText = regexp.MustCompile(`(?s)(<(script|style)[^>]*>).*?(</(?:script|style)>)`)

// An element is a start tag and the text up to its end.
type element struct {
	xml.StartElement
	text string
}

func (e element) attr(name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// parse reads a page strictly: it is written so that it is well-formed XML
// but for its doctype and the text of scripts and styles.
func parse(t testing.TB, page string) []element {
	t.Helper()
	page = rawText.ReplaceAllString(page, "$1$3")
	d := xml.NewDecoder(strings.NewReader(page))
	var all []element
	var open []int
	for {
		token, err := d.Token()
		if err == io.EOF {
			require.Empty(t, open)
			return all
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, len(all))
			all = append(all, element{StartElement: token.Copy()})
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, i := range open {
				if tag := all[i].Name.Local; tag == "th" || tag[0] == 'h' && len(tag) == 2 {
					all[i].text += string(token)
				}
			}
		}
	}
}

func TestEveryRunGivesASoundPage(t *testing.T) {
	for name := range cases {
		t.Run(name, func(t *testing.T) {
			page := static(t, name)
			all := parse(t, page)
			count := map[string]int{}
			ids, links := map[string]bool{}, []string{}
			level := 0
			for _, e := range all {
				tag := e.Name.Local
				count[tag]++
				if id := e.attr("id"); id != "" {
					require.False(t, ids[id], "id %q is there twice", id)
					ids[id] = true
				}
				switch tag {
				case "html":
					require.Equal(t, "en", e.attr("lang"))
				case "h1", "h2", "h3", "h4":
					n, _ := strconv.Atoi(tag[1:])
					require.LessOrEqual(t, n, level+1, "heading %q skips a level", e.text)
					require.NotEmpty(t, strings.TrimSpace(e.text))
					level = n
				case "th":
					require.NotEmpty(t, e.attr("scope"), "header %q", e.text)
				case "svg":
					require.Equal(t, "true", e.attr("aria-hidden"), "a table or the whole's label says it")
				case "div":
					if e.attr("role") == "img" {
						require.Greater(t, len(e.attr("aria-label")), 15, "says what is found")
					}
				case "a":
					links = append(links, strings.TrimPrefix(e.attr("href"), "#"))
				}
			}
			require.Equal(t, 1, count["h1"])
			require.Equal(t, 1, count["main"])
			require.Equal(t, count["figure"], count["figcaption"])
			require.GreaterOrEqual(t, count["svg"], count["figure"])
			require.Equal(t, count["table"], count["caption"])
			require.GreaterOrEqual(t, count["table"], count["figure"])
			for _, link := range links {
				require.True(t, ids[link], "a link to %q leads nowhere", link)
			}
			lacks(t, page, "NaN")
			lacks(t, page, "Inf")
			lacks(t, page, "%!")
		})
	}
}

func TestPagesAreTheSameEachTime(t *testing.T) {
	for name, make := range cases {
		one, two := make(t), make(t)
		one.ECharts, two.ECharts = []byte("/* short */"), []byte("/* short */")
		require.True(t, write(t, one) == write(t, two), name)
	}
}

func TestNothingIsFetched(t *testing.T) {
	for name := range cases {
		page := static(t, name)
		page = strings.ReplaceAll(page, `xmlns="http://www.w3.org/2000/svg"`, "")
		page = strings.ReplaceAll(page, "http-equiv", "")
		for _, loads := range []string{"http:", "https:", "src=", "url(", "@import", "<link", "<img", "<iframe", "<object", "javascript:"} {
			lacks(t, page, loads)
		}
	}
}

func TestPolicyAllowsOnlyOurScripts(t *testing.T) {
	in := cases["plain"](t)
	in.ECharts = []byte("var a = '</script><!--';\r\nwindow.echarts = null;\n")
	page := write(t, in)
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	require.Contains(t, policy, "default-src 'none'")
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	require.Len(t, scripts, 1)
	sha := func(script string) string {
		sum := sha256.Sum256([]byte(script))
		return " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	// The library runs as the browser unpacks it.
	packed := regexp.MustCompile(`id="library">([^<]*)<`).FindStringSubmatch(page)[1]
	data, err := base64.StdEncoding.DecodeString(packed)
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	library, err := io.ReadAll(z)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(policy, "script-src"+sha(scripts[0][1])+sha(string(library))), policy)
	has(t, static(t, "plain"), "make echarts")
	lacks(t, page, "make echarts")
}

func TestEveryChartHasSomethingToShow(t *testing.T) {
	for name, make := range cases {
		in := make(t)
		in.ECharts = []byte("/* stands for the library */")
		page := write(t, in)
		options := regexp.MustCompile(`(?s)<script type="application/json">(.*?)</script>`).FindAllStringSubmatch(page, -1)
		for _, o := range options {
			var option struct {
				Series []struct{ Data []any }
				Tandem struct{ Kind string }
			}
			require.NoError(t, json.Unmarshal([]byte(o[1]), &option))
			require.NotEmpty(t, option.Series, name)
			require.Equal(t, "curves", option.Tandem.Kind)
		}
		if name == "sweep" {
			require.NotEmpty(t, options, name)
		}
		require.Equal(t, len(options), strings.Count(page, `class="chart"`), name)
	}
}

func TestWhatARunSaysStaysText(t *testing.T) {
	const evil = `<script>alert("x")</script>{{.}}</style><b>&amp; ]]>`
	w := newWorld(t)
	for _, p := range w.pairs {
		p.Title, p.Question, p.Why, p.Predict.Question, p.Predict.Explain = evil, evil, evil, evil, evil
		p.Look, p.Try, p.Predict.Choices, p.Source.Figure = []string{evil}, []string{evil}, []string{evil}, evil
	}
	w.pairs[0].Printed = append(w.pairs[0].Printed, catalog.Printed{File: "evil", Key: "lines", Side: "go", Variant: "goroutines"})
	w.log = evil
	w.trace = func(model.Cell) []model.Event {
		var all []model.Event
		for i, kind := range []string{"start", "sending", "sent", "received", "wake", "print", "mark", "finish", "reach", "stuck", evil} {
			all = append(all, model.Event{AtNS: int64(i) * 1e6, Kind: kind, Label: evil})
		}
		return all
	}
	w.runtimes[0].Version, w.runtimes[1].Implementation = evil, evil
	w.fail = func(t *model.Trial) {
		if t.Metrics != nil {
			t.Metrics[evil+"_ns"] = 12
			t.Methods[evil] = evil
		}
		if t.Round == 2 {
			t.Status, t.Message = model.Crashed, evil
		}
	}
	in := w.input()
	in.Command, in.Manifest.Warnings, in.Manifest.ID, in.Manifest.Machine.CPU = evil, []string{evil}, evil, evil
	in.Source = func(string, string) (string, string, error) { return evil, evil, nil }
	in.Published["evil"] = store.Published{Values: []store.Value{{Key: "lines", Label: evil, Notes: evil, Lines: []string{evil, "AB"}}}}
	for k, p := range in.Published {
		p.Title, p.Notes, p.Figure = evil, evil, evil
		in.Published[k] = p
	}
	in.Claims = []model.Judgement{{ID: evil, Pair: "counting", Says: evil, Source: model.Source{Document: evil, Section: evil, Figure: evil}, Printed: evil,
		Outcome: model.Outcome{Text: evil, Verdict: evil, Why: evil, Remedy: evil}, Note: evil, Repeat: evil,
		Runtimes: []model.Outcome{{Name: evil, Verdict: evil}, {Text: evil}}}}
	in.ECharts = []byte("/* none */")
	page := write(t, in)
	parse(t, page)
	lacks(t, page, "<script>alert")
	lacks(t, page, "<b>")
	figures, err := Figures(in)
	require.NoError(t, err)
	for _, f := range figures {
		require.NotContains(t, string(f.SVG), "<script", f.Name)
		require.Regexp(t, `^[a-z0-9-]+$`, f.Name)
	}
}

func TestFiguresStandAlone(t *testing.T) {
	for name, make := range cases {
		figures, err := Figures(make(t))
		require.NoError(t, err)
		seen := map[string]bool{}
		for _, f := range figures {
			require.False(t, seen[f.Name], "%s: %s twice", name, f.Name)
			seen[f.Name] = true
			d := xml.NewDecoder(bytes.NewReader(f.SVG))
			for {
				_, err := d.Token()
				if err == io.EOF {
					break
				}
				require.NoError(t, err, "%s: %s", name, f.Name)
			}
			if len(f.SVG) > 0 {
				require.Contains(t, string(f.SVG), "--paper:")
				_, err := pdf.Of(f.SVG)
				require.NoError(t, err, "%s: %s", name, f.Name)
			}
			records, err := csv.NewReader(bytes.NewReader(f.CSV)).ReadAll()
			require.NoError(t, err)
			require.Equal(t, "pair,parameters,side,runtime,variant,quantity,unit,value,lo,hi,rounds,note", strings.Join(records[0], ","))
		}
	}
}

func TestAFigureHoldsItsNumbers(t *testing.T) {
	in := cases["plain"](t)
	figures, err := Figures(in)
	require.NoError(t, err)
	names := []string{}
	for _, f := range figures {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{
		"counting-source", "counting-speedup", "counting-time", "counting-parallelism", "counting-memory", "counting-cores", "counting-startup", "counting-metrics",
		"urlcheck-source", "urlcheck-speedup", "urlcheck-time", "urlcheck-parallelism", "urlcheck-memory", "urlcheck-cores", "urlcheck-startup", "urlcheck-metrics",
	}, names)
	records, err := csv.NewReader(bytes.NewReader(figures[2].CSV)).ReadAll()
	require.NoError(t, err)
	row := in.Summary.Pairs[0].Groups[0].Rows[1]
	require.Equal(t, []string{"counting", "", "go", "go1.26.8", "goroutines", "time", "s",
		fmt.Sprint(row.Wall.Value), fmt.Sprint(row.Wall.Lo), fmt.Sprint(row.Wall.Hi), fmt.Sprint(row.Wall.N), ""}, records[2])
	require.Contains(t, string(figures[2].SVG), ">"+format.Seconds.Value(row.Wall)+" <")
}

// How sure a number is stands beside it; it is never withheld.
func TestADoubtfulRatioIsPrintedWithItsGrade(t *testing.T) {
	in := cases["plain"](t)
	row := &in.Summary.Pairs[0].Groups[0].Rows[1]
	row.SpeedUp.Value, row.SpeedUp.Lo, row.SpeedUp.Hi, row.Grade = 7.774, 7.741, 7.803, model.Shown
	has(t, bare(t, in), "<strong>7.77×</strong> <small>7.74–7.80</small>")
	row.Doubt, row.Grade = "inconclusive: somebody compiled a kernel", model.Likely
	page := bare(t, in)
	has(t, page, "<strong>7.77×</strong> <small>7.74–7.80 likely</small>")
	has(t, page, "likely: somebody compiled a kernel")
}

// has and lacks look for text in a page without printing all of it.
func has(t testing.TB, page, text string) {
	t.Helper()
	require.True(t, strings.Contains(page, text), "%q is missing", text)
}

func lacks(t testing.TB, page, text string) {
	t.Helper()
	if i := strings.Index(page, text); i >= 0 {
		t.Fatalf("%q is there: %q", text, page[max(0, i-80):min(len(page), i+80)])
	}
}

// bare is the page of an input, without ECharts.
func bare(t testing.TB, in Input) string {
	in.ECharts = nil
	return write(t, in)
}

func TestFewRoundsSayThatThereIsNoInterval(t *testing.T) {
	page := static(t, "one-round")
	has(t, page, "no interval under six rounds")
	has(t, page, "open")
	lacks(t, static(t, "plain"), "no interval under six rounds")
}

func TestWhatFailedIsListedWithItsReason(t *testing.T) {
	page := static(t, "all-failed")
	has(t, page, "10 of 10 crashed")
	has(t, page, "its last words: out of memory")
	has(t, static(t, "plain"), "aiohttp is not installed")
	has(t, static(t, "no-trials"), "did not run")
}

func TestClaimsAppearOnceThereAreAny(t *testing.T) {
	in := cases["plain"](t)
	lacks(t, bare(t, in), "Verdicts")
	in.Claims = []model.Judgement{{Pair: "urlcheck", Says: "processes are slowest", Source: model.Source{Document: "paper", Section: "2.4"},
		Outcome: model.Outcome{Verdict: model.Contradicted, Why: "0.4 (0.3 to 0.5)"}}}
	require.Equal(t, 2, strings.Count(bare(t, in), "processes are slowest"), "by source, and with its pair")
}

// The tags of a page carry its looks; what must not change unseen is its words.
func TestWords(t *testing.T) {
	for _, name := range []string{"plain", "sweep", "one-round", "all-failed", "nothing", "traced", "paper-sweep", "no-sweep", "many-pairs"} {
		page := rawText.ReplaceAllString(static(t, name), "")
		page = regexp.MustCompile(`data-reply="([^"]*)"/>`).ReplaceAllString(page, ">[$1]")
		page = regexp.MustCompile(`(?s)<svg.*?</svg>|<pre.*?</pre>`).ReplaceAllString(page, "")
		page = regexp.MustCompile(`</(td|th|dt|dd|span|strong)>`).ReplaceAllString(page, " ")
		page = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, ""))
		page = regexp.MustCompile(` *\n\s*`).ReplaceAllString(page, "\n")
		path := filepath.Join("testdata", name+".golden")
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err, "run with -update to write it")
		require.Equal(t, string(want), page, name)
	}
}

func TestALookIsTheSameInEveryPair(t *testing.T) {
	in := cases["plain"](t)
	looks, of := map[string]string{}, map[string]string{}
	for _, p := range findings.Of(in.Results).Measured {
		for _, f := range p.Figures() {
			art, ok := f.Art.(*figure.Rows)
			if !ok || !strings.HasSuffix(f.ID, "-time") {
				continue
			}
			for _, r := range art.Rows {
				if len(r.Marks) == 0 {
					continue
				}
				variant, look := r.Heading+" "+r.Label, r.Heading+fmt.Sprint(r.Marks[0].Style)
				require.Equal(t, look, cmp.Or(looks[variant], look), "%s looks different here", variant)
				require.Equal(t, variant, cmp.Or(of[look], variant), "looks like another variant of its side")
				looks[variant], of[look] = look, variant
			}
		}
	}
	require.Contains(t, looks["Go 1.26.8 sequential"], "go-0")
	require.Contains(t, looks["CPython 3.13.0 sequential"], "py-0")
}

// many is a run of ten thousand trials: of many rounds, or of a long sweep.
func many(t testing.TB, points int) Input {
	w := newWorld(t)
	workers := []any{}
	for n := range points {
		workers = append(workers, int64(n+1))
	}
	w.sweep = map[string][]any{"workers": workers}
	w.runtimes = append(w.runtimes, noGIL)
	w.rounds = 10000/(30*points) + 1
	in := w.input()
	require.GreaterOrEqual(t, len(w.trials), 10000)
	return in
}

func TestALongRunMakesASmallFile(t *testing.T) {
	if testing.Short() {
		t.Skip("a long run is slow to make up")
	}
	for _, points := range []int{45, 333} {
		in := many(t, points)
		in.ECharts = []byte("/* about 1.1 MB */")
		require.Less(t, len(write(t, in)), 8<<20-1_100_000, "a sweep of %d points", points)
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, points := range []int{1, 5, 45, 333} {
		b.Run(fmt.Sprintf("points=%d", points), func(b *testing.B) {
			in := many(b, points)
			size := 0
			for b.Loop() {
				size = len(write(b, in))
			}
			b.ReportMetric(float64(size)/1e6, "MB")
		})
	}
}

// TestDump leaves pages for the eye where TANDEM_REPORT_OUT names a folder.
func TestDump(t *testing.T) {
	dir := os.Getenv("TANDEM_REPORT_OUT")
	if dir == "" {
		t.Skip("TANDEM_REPORT_OUT names no folder")
	}
	for name, make := range cases {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".html"), []byte(write(t, make(t))), 0o644))
	}
}
