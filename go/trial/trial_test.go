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

type numbers struct{ A, B int }

type nothing struct{}

var topics = Topics{"t": {
	Variant("add", func(p numbers, note events.Note) (Result, error) {
		note(0, events.Mark, "half-way")
		note(0, "step", "one")
		if p.A+p.B != 3 {
			return Result{}, errors.New("cannot add up")
		}
		return Result{"3", Metrics{"own": 7}}, nil
	}),
	Variant("a", func(p numbers, _ events.Note) (numbers, error) { return p, nil }, "a"),
	Variant("panic", func(nothing, events.Note) (int, error) { panic("oh no") }),
	Variant("skip", func(nothing, events.Note) (int, error) { return 0, Skip("no such thing here") }),
	Variant("nan", func(nothing, events.Note) (Result, error) {
		return Result{"", Metrics{"x": math.NaN()}}, nil
	}),
	Variant("many", func(_ nothing, note events.Note) (int, error) {
		for range 2500 {
			note(0, "step", "")
		}
		return 0, nil
	}),
	Variant("prepared", func(p prepared, _ events.Note) (prepared, error) { return p, nil }),
}}

// prepared is parameters that are made ready, and a result of its own.
type prepared struct {
	Limit  int
	before int
}

func (p *prepared) Prepare() error {
	if p.before = p.Limit / 2; p.Limit < 0 {
		return errors.New("cannot prepare")
	}
	return nil
}

func (p prepared) Result() Result { return Result{"as told", Metrics{"before": float64(p.before)}} }

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
			`{"failed":"unknown variant \"sub\": have add, a, panic, skip, nan, many, prepared"}`},
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

// A variant that reads one parameter has nothing in the others, even if they
// are sent; and the answer is how Go prints the result.
func TestReads(t *testing.T) {
	require.Equal(t, []string{"a", "b"}, topics["t"][0].Params)
	require.Equal(t, []string{"a"}, topics["t"][1].Params)
	heard, _, err := talk(`{"topic":"t","variant":"a","params":{"a":1,"b":2}}` + letGo)
	require.NoError(t, err)
	require.Contains(t, heard[1], `"answer":"{1 0}"`)
}

func TestPrepare(t *testing.T) {
	heard, _, err := talk(`{"topic":"t","variant":"prepared","params":{"limit":8}}` + letGo)
	require.NoError(t, err)
	require.Contains(t, heard[1], `"answer":"as told","metrics":{"before":4}`)
	heard, _, err = talk(`{"topic":"t","variant":"prepared","params":{"limit":-1}}` + letGo)
	require.Error(t, err)
	require.Equal(t, []string{`{"failed":"cannot prepare"}`}, heard, "before it is ready")
}

// every has a parameter of each type.
type every struct {
	Int      int
	Bool     bool
	String   string
	Duration time.Duration
	List     []string
}

func TestParams(t *testing.T) {
	var p every
	require.NoError(t, decode([]byte(`{"int":9007199254740993,"bool":true,"string":"x","duration":1500000000,"list":["a","b"],"more":{}}`),
		&p, []string{"int", "bool", "string", "duration", "list"}))
	// The integer is more than a float holds.
	require.Equal(t, every{9007199254740993, true, "x", 1500 * time.Millisecond, []string{"a", "b"}}, p)
}

func TestParamsRefused(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{}`, `param "int": missing, want an integer`},
		{`{"int":null}`, `param "int": want an integer, got null`},
		{`{"int":1.0}`, `param "int": want an integer, got 1.0`},
		{`{"int":1e3}`, `param "int": want an integer, got 1e3`},
		{`{"int":true}`, `param "int": want an integer, got true`},
		{`{"int":9223372036854775808}`, `param "int": want an integer, got 9223372036854775808`},
		{`{"bool":0}`, `param "bool": want true or false, got 0`},
		{`{"string":[]}`, `param "string": want a string, got []`},
		{`{"duration":"1s"}`, `param "duration": want integer nanoseconds, got "1s"`},
		{`{"list":"a"}`, `param "list": want a list of strings, got "a"`},
		{`{"list":["a",1]}`, `param "list": want a list of strings, got ["a",1]`},
		{`{"string":["` + strings.Repeat("x", 200) + `"]}`, `param "string": want a string, got ["` + strings.Repeat("x", 98) + `...`},
	} {
		_, name, _ := strings.Cut(test.want, `"`)
		name, _, _ = strings.Cut(name, `"`)
		require.EqualError(t, decode([]byte(test.text), new(every), []string{name}), test.want)
	}
}
