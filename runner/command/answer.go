package command

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	longest = 1 << 20 // bytes of a line that is looked at as one
	whole   = 1 << 10 // bytes of an answer that is kept as it is; a longer one becomes a checksum
)

var units = map[string]time.Duration{"": time.Second, "s": time.Second, "ms": time.Millisecond, "us": time.Microsecond, "ns": 1}

// A reader takes the answer, and the times, from what a program prints while it
// prints it. It keeps no more than a line.
type reader struct {
	program       *Program
	find          *regexp.Regexp // nil: every line counts
	from, to, own *regexp.Regexp // nil: not asked for
	metrics       map[string]*regexp.Regexp

	before string // the state of the file that will be the answer
	line   []byte // up to now
	begun  bool   // the answer has a line
	text   digest
	lines  multiset
	began  time.Time // when the marks came
	ended  time.Time
	figure time.Duration // the program's own
	stated bool
	found  map[string]float64 // metrics
}

func newReader(p *Program) (r *reader, err error) {
	r = &reader{program: p, before: written(p.Answer.File), text: digest{sum: sha256.New()}, metrics: map[string]*regexp.Regexp{}, found: map[string]float64{}}
	compile := func(text string) *regexp.Regexp {
		if text == "" || err != nil {
			return nil
		}
		var re *regexp.Regexp
		re, err = regexp.Compile(text)
		return re
	}
	r.find, r.from, r.to, r.own = compile(p.Answer.Pattern), compile(p.Time.From), compile(p.Time.To), compile(p.Time.Own)
	for name, text := range p.Metrics {
		r.metrics[name] = compile(text)
	}
	return r, err
}

// silent says that nothing which the program prints is looked at.
func (p *Program) silent() bool {
	return (p.Answer.None || p.Answer.File != "") && p.Time == Time{} && len(p.Metrics) == 0
}

// read takes what came at a moment.
func (r *reader) read(data []byte, at time.Time) {
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		n := min(longest-len(r.line), max(end, 0))
		if end < 0 {
			n = min(longest-len(r.line), len(data))
		}
		r.line, data = append(r.line, data[:n]...), data[n:]
		switch {
		case len(r.line) == longest:
			r.take(at) // the rest is taken for a line of its own
		case end >= 0:
			r.take(at)
			data = data[1:]
		}
	}
}

// take takes a line.
func (r *reader) take(at time.Time) {
	line := bytes.TrimSuffix(r.line, []byte("\r"))
	if r.from != nil && r.began.IsZero() && r.from.Match(line) {
		r.began = at
	} else if r.to != nil && !r.began.IsZero() && r.ended.IsZero() && r.to.Match(line) {
		r.ended = at
	}
	if r.own != nil && !r.stated {
		if found := r.own.FindSubmatch(line); found != nil {
			r.figure, r.stated = parse(string(found[min(1, len(found)-1)]), r.program.Time.Unit)
		}
	}
	for name, re := range r.metrics {
		if _, known := r.found[name]; known || re == nil {
			continue
		}
		if found := re.FindSubmatch(line); found != nil {
			text := found[0]
			if at := slices.IndexFunc(found[1:], func(group []byte) bool { return group != nil }); at >= 0 {
				text = found[1+at]
			}
			if v, err := strconv.ParseFloat(string(text), 64); err == nil {
				r.found[name] = v
			}
		}
	}
	if r.find == nil {
		r.counts(line)
	} else {
		for _, found := range r.find.FindAllSubmatch(line, -1) {
			r.counts(found[min(1, len(found)-1)])
		}
	}
	r.line = r.line[:0]
}

func (r *reader) counts(line []byte) {
	if r.program.Answer.Lines == "sorted" {
		r.lines.add(line)
		return
	}
	if r.begun {
		r.text.add([]byte("\n"))
	}
	r.begun = true
	r.text.add(line)
}

// parse reads a duration, or a number of a unit.
func parse(text, unit string) (time.Duration, bool) {
	text = strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(v * float64(units[unit])), v >= 0
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= 0
}

// answer is what the program answered.
func (r *reader) answer() (string, error) {
	if len(r.line) > 0 {
		r.take(time.Now())
	}
	a := &r.program.Answer
	switch {
	case a.None:
		return "", nil
	case a.File != "" && written(a.File) == r.before:
		return "", fmt.Errorf("the answer, %s, was not written (is it the same as before, or not there?)", a.File)
	case a.File != "":
		return content(a.File)
	case a.Lines == "sorted":
		return r.lines.String(), nil
	case a.Pattern != "" && !r.begun:
		return "", fmt.Errorf("the answer's pattern %q finds nothing in what it printed", a.Pattern)
	}
	return r.text.String(), nil
}

// times are when the marks came, and what the program says of itself.
func (r *reader) times() error {
	t := &r.program.Time
	switch {
	case r.from != nil && r.began.IsZero():
		return fmt.Errorf("no line that it printed has %q, with which its time begins", t.From)
	case r.to != nil && r.ended.IsZero():
		return fmt.Errorf("no line that it printed after %q has %q, with which its time ends", t.From, t.To)
	case r.own != nil && !r.stated:
		return fmt.Errorf("no line that it printed has a time where %q looks for its own figure", t.Own)
	case len(r.metrics) > 0 && len(r.found) == 0:
		return errors.New("no line that it printed has a number where one of its metrics is looked for")
	}
	return nil
}

// content is that of a file which the program wrote.
func content(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	defer f.Close()
	d := digest{sum: sha256.New()}
	if _, err := io.Copy(&d, f); err != nil {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	return d.String(), nil
}

// written names the state of a file, which changes when it is written.
func written(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "" // not there yet
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}

// A digest is a text that becomes a checksum where it is long. White space at
// its end does not count.
type digest struct {
	kept  []byte
	space []byte // not yet counted: it may be the end
	size  int64
	sum   hash.Hash
}

// Write adds to the text; it never fails.
func (d *digest) Write(data []byte) (int, error) {
	d.add(data)
	return len(data), nil
}

func (d *digest) add(data []byte) {
	if end := len(bytes.TrimRight(data, " \t\r\n")); end > 0 {
		d.put(d.space)
		d.put(data[:end])
		d.space, data = d.space[:0], data[end:]
	}
	if len(d.space) < longest { // that much of it is no text
		d.space = append(d.space, data...)
	}
}

func (d *digest) put(data []byte) {
	d.size += int64(len(data))
	d.sum.Write(data)
	d.kept = append(d.kept, data[:min(len(data), whole-len(d.kept))]...)
}

func (d *digest) String() string {
	if d.size <= whole {
		return strings.ToValidUTF8(string(d.kept), "\uFFFD")
	}
	return fmt.Sprintf("sha256 %x of %d bytes", d.sum.Sum(nil)[:16], d.size)
}

// A multiset is lines in any order, as often as each came.
type multiset struct {
	kept  []string
	size  int
	count int64
	sum   [4]uint64
}

func (m *multiset) add(line []byte) {
	sum := sha256.Sum256(line)
	for i := range m.sum {
		m.sum[i] += binary.LittleEndian.Uint64(sum[8*i:])
	}
	m.count++
	if m.size += len(line) + 1; m.size <= whole {
		m.kept = append(m.kept, string(line))
	}
}

func (m *multiset) String() string {
	if m.size > whole {
		return fmt.Sprintf("%d lines, sum of their sha256 %x", m.count, m.sum)
	}
	slices.Sort(m.kept)
	return strings.ToValidUTF8(strings.Join(m.kept, "\n"), "\uFFFD")
}

// Of is a text as the answer of a program that prints it.
func (a *Answer) Of(text string) string {
	r, err := newReader(&Program{Answer: Answer{Lines: a.Lines}})
	if err != nil {
		return text // there is no pattern to compile
	}
	r.read([]byte(text), time.Time{})
	answer, _ := r.answer() // nothing can be missing
	return answer
}
