package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A plainTrial has a Trial's fields without its methods.
type plainTrial Trial

// A trialLine is a Trial as the journal has it. Its parameters stand in for
// those that encoding/json would change (an int64 that comes back as float64).
type trialLine struct {
	*plainTrial
	Params      params   `json:"params"`
	Parallelism *float64 `json:"parallelism"` // null where it is NaN: not measured
}

// MarshalJSON writes t as a line of the journal, without the newline.
func (t Trial) MarshalJSON() ([]byte, error) {
	t.StartedAt = utc(t.StartedAt)
	p := plainTrial(t)
	line := trialLine{plainTrial: &p, Params: t.Params}
	if !math.IsNaN(t.Parallelism) {
		line.Parallelism = &t.Parallelism
	}
	return Marshal(line)
}

// UnmarshalJSON reads a line of the journal. Unknown fields are errors.
func (t *Trial) UnmarshalJSON(data []byte) error {
	var p plainTrial
	line := trialLine{plainTrial: &p}
	if err := Unmarshal(data, &line); err != nil {
		return err
	}
	p.Params, p.Parallelism = line.Params, math.NaN()
	if line.Parallelism != nil {
		p.Parallelism = *line.Parallelism
	}
	p.StartedAt = utc(p.StartedAt)
	*t = Trial(p)
	return nil
}

type plainCell Cell

type cellJSON struct {
	*plainCell
	Params params `json:"params"`
}

// MarshalJSON keeps integers and floats of Params apart.
func (c Cell) MarshalJSON() ([]byte, error) {
	p := plainCell(c)
	return Marshal(cellJSON{&p, c.Params})
}

// UnmarshalJSON reads a cell. Unknown fields are errors.
func (c *Cell) UnmarshalJSON(data []byte) error {
	var p plainCell
	cell := cellJSON{plainCell: &p}
	if err := Unmarshal(data, &cell); err != nil {
		return err
	}
	p.Params = cell.Params
	*c = Cell(p)
	return nil
}

// params are the parameters of a cell. A float is written with a point or an
// exponent, an integer without, and that is how they are told apart again.
type params map[string]any

func (p params) MarshalJSON() ([]byte, error) {
	if p == nil {
		return []byte("null"), nil
	}
	out := make(map[string]any, len(p))
	for k, v := range p {
		w, err := written(v)
		if err != nil {
			return nil, fmt.Errorf("parameter %q: %w", k, err)
		}
		out[k] = w
	}
	return Marshal(out)
}

func (p *params) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var in map[string]any
	if err := dec.Decode(&in); err != nil || in == nil {
		return err
	}
	for k, v := range in {
		r, err := read(v)
		if err != nil {
			return fmt.Errorf("parameter %q: %w", k, err)
		}
		in[k] = r
	}
	*p = in
	return nil
}

// written replaces floats by text that reads as a float.
func written(v any) (any, error) {
	switch v := v.(type) {
	case float32:
		return written(float64(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is no value to run with", v)
		}
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return json.Number(s), nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = written(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return v, nil
	}
}

// read is the reverse of written.
func read(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return v.Float64()
		}
		return v.Int64()
	case []any:
		for i := range v {
			var err error
			if v[i], err = read(v[i]); err != nil {
				return nil, err
			}
		}
	case nil, map[string]any:
		return nil, errors.New("want a bool, a string, a number or a list of these")
	}
	return v, nil
}

// utc drops what does not survive a file: the zone's name and the monotonic
// reading.
func utc(t time.Time) time.Time { return t.Round(0).UTC() }

// Marshal is json.Marshal that leaves & < > in URLs readable.
func Marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// Unmarshal is json.Unmarshal that refuses unknown fields and text that is not
// UTF-8, which encoding/json would silently replace.
func Unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	if err := json.Unmarshal(data, &json.RawMessage{}); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		// Name what stands in the file, not the types of this package.
		field := kind.Field[strings.LastIndexByte(kind.Field, '.')+1:]
		kind.Struct, kind.Field = "", ""
		return fmt.Errorf("field %q: %w", field, kind)
	}
	return err
}
