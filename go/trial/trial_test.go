package trial

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var topics = Topics{"t": {
	"add": func(p *Params) Work {
		a, b := p.Int("a"), p.Int("b")
		return func(note events.Note) (Result, error) {
			note(0, events.Mark, "half-way")
			note(0, "step", "one")
			if a+b != 3 {
				return Result{}, errors.New("cannot add up")
			}
			return Result{"3", map[string]float64{"own": 7}}, nil
		}
	},
	"panic": func(p *Params) Work {
		return func(events.Note) (Result, error) { panic("oh no") }
	},
	"skip": func(p *Params) Work {
		return func(events.Note) (Result, error) { return Result{}, Skip("no such thing here") }
	},
	"nan": func(p *Params) Work {
		return func(events.Note) (Result, error) {
			return Result{"", map[string]float64{"x": math.NaN()}}, nil
		}
	},
	"many": func(p *Params) Work {
		return func(note events.Note) (Result, error) {
			for range 2500 {
				note(0, "step", "")
			}
			return Result{}, nil
		}
	},
}}

// talk runs a trial to which everything is said at once.
func talk(said string) (heard []string, log string, err error) {
	var out, stack bytes.Buffer
	err = Run(topics, strings.NewReader(said), &out, &stack)
	text := strings.TrimSuffix(out.String(), "\n")
	return strings.Split(text, "\n"), stack.String(), err
}

const letGo = "\n{\"go\":true}\n"

func TestDone(t *testing.T) {
	heard, _, err := talk(`{"topic":"t","variant":"add","params":{"a":1,"b":2}}` + letGo)
	require.NoError(t, err)
	require.Len(t, heard, 2)
	require.Regexp(t, `^{"ready":{"language":"go","version":"1\.[^"]+","implementation":"gc",`, heard[0])
	require.Regexp(t, `^{"done":{"elapsed_ns":\d+,"answer":"3","metrics":{"half_way_ns":\d+,"own":7}}}$`, heard[1])
}

func TestTrace(t *testing.T) {
	heard, _, err := talk(`{"topic":"t","variant":"add","params":{"a":1,"b":2},"trace":true}` + letGo)
	require.NoError(t, err)
	require.Len(t, heard, 3)
	require.Regexp(t, `^{"events":\[{"at_ns":\d+,"worker":0,"kind":"mark","label":"half-way"},`+
		`{"at_ns":\d+,"worker":0,"kind":"step","label":"one"}\]}$`, heard[2])
}

func TestEventsComeInLinesOfAThousand(t *testing.T) {
	heard, _, err := talk(`{"topic":"t","variant":"many","trace":true}` + letGo)
	require.NoError(t, err)
	var sizes []int
	for _, line := range heard[2:] {
		sizes = append(sizes, strings.Count(line, "at_ns"))
	}
	require.Equal(t, []int{1000, 1000, 500}, sizes)
}

func TestFailed(t *testing.T) {
	tests := []struct{ name, said, want string }{
		{"unknown topic", `{"topic":"x","variant":"add"}`,
			`{"failed":"unknown topic \"x\": have t"}`},
		{"unknown variant", `{"topic":"t","variant":"sub"}`,
			`{"failed":"unknown variant \"sub\": have add, many, nan, panic, skip"}`},
		{"missing", `{"topic":"t","variant":"add","params":{"a":1}}`,
			`{"failed":"param \"b\": missing, want an integer"}`},
		{"no params at all", `{"topic":"t","variant":"add"}`,
			`{"failed":"param \"a\": missing, want an integer"}`},
		{"mistyped", `{"topic":"t","variant":"add","params":{"a":1,"b":"2"}}`,
			`{"failed":"param \"b\": want an integer, got \"2\""}`},
		{"no request", `}`, `{"failed":"reading the request: invalid character '}' looking for beginning of value"}`},
		{"nothing", ``, `{"failed":"reading the request: EOF"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			heard, _, err := talk(test.said)
			require.Error(t, err)
			require.Equal(t, []string{test.want}, heard)
		})
	}
}

func TestFailedAtWork(t *testing.T) {
	heard, log, err := talk(`{"topic":"t","variant":"add","params":{"a":1,"b":1}}` + letGo)
	require.Error(t, err)
	require.Equal(t, `{"failed":"cannot add up"}`, heard[1])
	require.Empty(t, log)

	heard, log, err = talk(`{"topic":"t","variant":"panic"}` + letGo)
	require.Error(t, err)
	require.Equal(t, `{"failed":"panic: oh no"}`, heard[1])
	require.Contains(t, log, "trial_test.go", "where it came from")
}

func TestMetricThatIsNoNumber(t *testing.T) {
	heard, _, err := talk(`{"topic":"t","variant":"nan"}` + letGo)
	require.Error(t, err)
	require.Equal(t, `{"failed":"writing the result: json: unsupported value: NaN"}`, heard[1])
}

func TestSkipped(t *testing.T) {
	heard, _, err := talk(`{"topic":"t","variant":"skip"}` + letGo)
	require.NoError(t, err)
	require.Equal(t, `{"skipped":"no such thing here"}`, heard[1])
}

func TestNotToldToGo(t *testing.T) {
	heard, _, err := talk(`{"topic":"t","variant":"panic"}` + "\n{\"go\":false}\n")
	require.Error(t, err)
	require.Contains(t, heard[1], `{"failed":"waiting for {\"go\":true}: got {\"go\":false}"}`)

	heard, log, err := talk(`{"topic":"t","variant":"panic"}` + "\n")
	require.ErrorIs(t, err, errAlone)
	require.Len(t, heard, 1, "nobody is there to be told")
	require.Empty(t, log, "the work did not begin")
}

// After the answer the child stays until its input ends.
func TestStays(t *testing.T) {
	in, toChild, err := os.Pipe()
	require.NoError(t, err)
	fromChild, out, err := os.Pipe()
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		ended <- Run(topics, in, out, io.Discard)
		out.Close()
	}()

	io.WriteString(toChild, `{"topic":"t","variant":"add","params":{"a":1,"b":2}}`+letGo)
	buf := make([]byte, 4096)
	for text := ""; !strings.Contains(text, `{"done"`); {
		n, err := fromChild.Read(buf)
		require.NoError(t, err)
		text += string(buf[:n])
	}
	select {
	case err := <-ended:
		t.Fatal("ended too early:", err)
	default:
	}
	require.NoError(t, toChild.Close())
	require.NoError(t, <-ended)
	require.NoError(t, errors.Join(in.Close(), fromChild.Close()))
}

func TestParams(t *testing.T) {
	p, err := NewParams([]byte(`{"i":9007199254740993,"f":1.5,"b":true,"s":"x","d":1500000000,"l":["a","b"],"none":[]}`))
	require.NoError(t, err)
	require.Equal(t, 9007199254740993, p.Int("i"), "more than a float holds")
	require.Equal(t, 1.5, p.Float("f"))
	require.Equal(t, 1500000000.0, p.Float("d"), "an integer is a number")
	require.Equal(t, true, p.Bool("b"))
	require.Equal(t, "x", p.String("s"))
	require.Equal(t, 1500*time.Millisecond, p.Duration("d"))
	require.Equal(t, []string{"a", "b"}, p.Strings("l"))
	require.Empty(t, p.Strings("none"))
	require.NoError(t, p.Err())
}

func TestParamsRefused(t *testing.T) {
	tests := []struct {
		text string
		read func(p *Params)
		want string
	}{
		{`{}`, func(p *Params) { p.Int("x") }, `param "x": missing, want an integer`},
		{`{"x":null}`, func(p *Params) { p.Int("x") }, `param "x": want an integer, got null`},
		{`{"x":1.0}`, func(p *Params) { p.Int("x") }, `param "x": want an integer, got 1.0`},
		{`{"x":1e3}`, func(p *Params) { p.Int("x") }, `param "x": want an integer, got 1e3`},
		{`{"x":true}`, func(p *Params) { p.Int("x") }, `param "x": want an integer, got true`},
		{`{"x":"1.5"}`, func(p *Params) { p.Float("x") }, `param "x": want a number, got "1.5"`},
		{`{"x":0}`, func(p *Params) { p.Bool("x") }, `param "x": want true or false, got 0`},
		{`{"x":[]}`, func(p *Params) { _ = p.String("x") }, `param "x": want a string, got []`},
		{`{"x":"1s"}`, func(p *Params) { p.Duration("x") }, `param "x": want integer nanoseconds, got "1s"`},
		{`{"x":"a"}`, func(p *Params) { p.Strings("x") }, `param "x": want a list of strings, got "a"`},
		{`{"x":["a",1]}`, func(p *Params) { p.Strings("x") }, `param "x": want a list of strings, got ["a",1]`},
		{`{"x":[1,"a"]}`, func(p *Params) { p.Strings("x") }, `param "x": want a list of strings, got [1,"a"]`},
		// The first mistake is the one to mend first.
		{`{"x":1}`, func(p *Params) { p.Int("y"); p.Bool("x") }, `param "y": missing, want an integer`},
	}
	for _, test := range tests {
		p, err := NewParams([]byte(test.text))
		require.NoError(t, err)
		test.read(p)
		require.EqualError(t, p.Err(), test.want)
	}
}
