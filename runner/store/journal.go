package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"tandem/runner/model"
)

// maxLine is the length, newline included, over which a line is damaged. A
// file full of zeros must not be read into memory as one trial.
const maxLine = 1 << 20

// sealed is how much a checksum and the newline add to a line.
const sealed = len(lineSeal) + 8

// keptText is how much of a log or message is kept when a line would be longer.
const keptText = 32 << 10

// A journal is the trials of a run, in the order in which they ended.
type journal struct {
	trials []model.Trial
	good   int64 // bytes of the file that hold them
	// unended says that the last of them lacks its newline: all of it was
	// written, the newline was not.
	unended bool
	warning string // what lies after good and was left out
	metrics census
}

// readJournal reads a journal to its end. What a killed writer can leave
// behind, a last line that is no whole JSON value, is a warning. Everything
// else that is wrong is an error, for it means that trials are lost or false.
func readJournal(r io.Reader, path string, m model.Manifest) (journal, error) {
	j := journal{metrics: census{}}
	in := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return j, fmt.Errorf("%s: journal line %d is %w: it is longer than %d bytes; delete it to go on without its trial",
				at(path, n, 0), n, ErrDamaged, maxLine)
		}
		if err != nil && err != io.EOF {
			return j, fmt.Errorf("%s: reading the journal: %w", at(path, n, 0), err)
		}
		if len(line) == 0 {
			return j, nil
		}
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		if !whole(text) {
			if _, err := in.Peek(1); err == io.EOF {
				j.warning = fmt.Sprintf("%s: journal line %d was torn when its run was killed; its %d bytes are left out",
					path, n, len(line))
				return j, nil
			}
		}
		t, col, err := decodeTrial(text)
		if err == nil {
			err = j.metrics.add(&t)
		}
		where := at(path, n, col)
		switch {
		case errors.Is(err, ErrSchema):
			return j, schemaError(fmt.Sprintf("%s: journal line %d", where, n), t.Schema, Schema)
		case err != nil:
			return j, fmt.Errorf("%s: journal line %d is %w: %w; delete it to go on without its trial",
				where, n, ErrDamaged, err)
		case t.Run != m.ID:
			return j, fmt.Errorf("%s: journal line %d is %w: it says %q and the manifest says %q; put back the journal that belongs here",
				where, n, ErrForeign, t.Run, m.ID)
		}
		j.trials = append(j.trials, t)
		j.good += int64(len(line))
		j.unended = !ended
	}
}

// whole says whether text is one JSON value, not a part of one.
func whole(text []byte) bool { return utf8.Valid(text) && json.Valid(text) }

// decodeTrial reads one line. Its error wraps ErrSchema, with Trial.Schema set,
// when the line is of another version; what else is in it then means nothing.
func decodeTrial(text []byte) (t model.Trial, col int64, err error) {
	open, sumErr := unseal(text, lineSeal)
	if sumErr == nil {
		text = open
	}
	err = t.UnmarshalJSON(text)
	var version struct {
		Schema int `json:"schema"`
	}
	if err != nil && json.Unmarshal(text, &version) == nil {
		t.Schema = version.Schema
	}
	if t.Schema > 0 && t.Schema != Schema {
		return t, 0, ErrSchema
	}
	if sumErr != nil && (err == nil || bytes.Contains(text, []byte(`,"sum":`))) {
		return t, 0, sumErr
	}
	if err != nil {
		return t, column(err), err
	}
	return t, 0, checkTrial(&t)
}

// checkTrial says what no trial can lack.
func checkTrial(t *model.Trial) error {
	switch {
	case t.Schema != Schema:
		return fmt.Errorf("schema %d instead of %d", t.Schema, Schema)
	case t.Run == "", t.Pair == "", t.Side == "", t.Variant == "", t.Runtime == "":
		return errors.New("run, pair, side, variant and runtime must all be there")
	case !slices.Contains([]model.Status{model.OK, model.Timeout, model.Crashed, model.WrongAnswer, model.Skipped, model.Interrupted}, t.Status):
		return fmt.Errorf("unknown status %q", t.Status)
	}
	return Check(t)
}

// encodeTrial makes a journal line of t, newline included. The log and the
// message are what children make long; they are cut before a trial is refused.
func encodeTrial(t model.Trial) ([]byte, error) {
	if err := Check(&t); err != nil {
		return nil, err
	}
	line, err := t.MarshalJSON()
	if err == nil && len(line) >= maxLine-sealed {
		t.Log = t.Log[max(0, len(t.Log)-keptText):]
		t.Message = t.Message[:min(len(t.Message), keptText)]
		line, err = t.MarshalJSON()
	}
	if err != nil {
		return nil, err
	}
	line = seal(bytes.TrimSuffix(line, []byte("}")), lineSeal)
	if len(line) >= maxLine {
		return nil, fmt.Errorf("%d bytes do not fit a journal line of %d; shorten the answer or the metrics", len(line), maxLine)
	}
	return append(line, '\n'), nil
}

// appendSynced writes line at the end of f, whose first size bytes are good,
// and returns when it is on the disk. After an error the file ends at size
// again, unless broken is set.
func appendSynced(f *os.File, size int64, line []byte) (err error, broken bool) {
	if _, err = f.Write(line); err == nil {
		err = syncData(f)
	}
	if err == nil {
		return nil, false
	}
	if undo := f.Truncate(size); undo != nil {
		return errors.Join(err, fmt.Errorf("cutting off what was half-written: %w", undo)), true
	}
	return err, false
}
