package store

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"tandem/runner/model"
)

// A samples file is compressed NDJSON: a samplesHead, then a samplesLine for
// each interval and each event.
type samplesHead struct {
	Schema int    `json:"schema"`
	Method string `json:"method"`
}

// A samplesLine is an interval, or an event and nothing else. Own and Other go
// by core.
type samplesLine struct {
	AtNS    int64        `json:"at_ns,omitempty"`
	Own     []float64    `json:"own,omitempty"`
	Other   []float64    `json:"other,omitempty"`
	RSS     *int64       `json:"rss_bytes,omitempty"`
	Threads *int         `json:"threads,omitempty"`
	Event   *model.Event `json:"event,omitempty"`
}

// SaveSamples writes what was seen of t, which must be the trial that is
// appended next, and returns what belongs into its Samples field. Where that
// fails the trial is still worth appending.
func (r *Run) SaveSamples(t model.Trial, s model.Samples) (string, error) {
	name := fmt.Sprintf("%05d-%s-%s-%s.ndjson.gz", len(r.journal.trials)+1, t.Pair, t.Side, t.Variant)
	name = samplesName + "/" + strings.Map(fileRune, name)
	path := r.path(name) // for messages alone
	if err := checkSamples(&s); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	if err := r.root.MkdirAll(samplesName, 0o777); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, hint(err))
	}
	if r.zip == nil {
		r.zip = gzip.NewWriter(nil)
	}
	if err := r.replaceUnsynced(name, s); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, hint(err))
	}
	return name, nil
}

// replaceUnsynced replaces a file at once, but does not wait for the disk: that
// would cost a trial more than all the rest of it. Only a crash of the whole
// machine can damage such a file; the checksum in it tells, and a report goes
// on without it.
func (r *Run) replaceUnsynced(name string, s model.Samples) error {
	unfinished := samplesName + "/." + filepath.Base(name)
	f, err := r.root.OpenFile(unfinished, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	r.zip.Reset(f)
	err = cmp.Or(writeSamples(r.zip, &s), r.zip.Close(), f.Close()) // the first, for a full disk fails all
	if err == nil {
		err = r.root.Rename(unfinished, name)
	}
	if err != nil {
		r.root.Remove(unfinished)
	}
	return err
}

// fileRune keeps what is a plain character of a file name everywhere.
func fileRune(c rune) rune {
	if c < 0x80 && (c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z') {
		return c
	}
	return '_'
}

// checkSamples says where the lengths of s disagree, or what cannot be drawn.
func checkSamples(s *model.Samples) error {
	n := len(s.AtNS)
	fits := func(m int) bool { return m == 0 || m == n }
	if !fits(len(s.RSS)) || !fits(len(s.Threads)) {
		return fmt.Errorf("samples have %d intervals but %d of memory and %d of threads", n, len(s.RSS), len(s.Threads))
	}
	for _, cores := range [][][]float64{s.Own, s.Other} {
		for core, shares := range cores {
			if len(shares) != n {
				return fmt.Errorf("samples have %d intervals but %d of core %d", n, len(shares), core)
			}
			for i, share := range shares {
				if !(math.Abs(share) <= maxShare) {
					return fmt.Errorf("interval %d has %v of core %d", i+1, share, core)
				}
			}
		}
	}
	for i, at := range s.AtNS {
		if at < 0 || at > maxCount {
			return fmt.Errorf("interval %d ends at %d ns", i+1, at)
		}
	}
	for i, bytes := range s.RSS {
		if bytes < 0 || bytes > maxCount {
			return fmt.Errorf("interval %d has %d bytes", i+1, bytes)
		}
	}
	for i, threads := range s.Threads {
		if threads < 0 || threads > maxCount {
			return fmt.Errorf("interval %d has %d threads", i+1, threads)
		}
	}
	for i, e := range s.Events {
		if e.AtNS < 0 || e.AtNS > maxCount || e.Worker < 0 || e.Worker > maxWorker || len(e.Kind) > maxName || len(e.Label) > maxName {
			return fmt.Errorf("event %d (%.20q %.20q of worker %d at %d ns) is beyond what is drawn", i+1, e.Kind, e.Label, e.Worker, e.AtNS)
		}
	}
	return nil
}

func writeSamples(w io.Writer, s *model.Samples) error {
	line := func(v any) error {
		data, err := model.Marshal(v)
		if err != nil {
			return err
		}
		_, err = w.Write(append(data, '\n'))
		return err
	}
	err := line(samplesHead{samplesSchema, s.Method})
	for i := 0; i < len(s.AtNS) && err == nil; i++ {
		step := samplesLine{AtNS: s.AtNS[i], Own: cores(s.Own, i), Other: cores(s.Other, i)}
		if len(s.RSS) > 0 {
			step.RSS = &s.RSS[i]
		}
		if len(s.Threads) > 0 {
			step.Threads = &s.Threads[i]
		}
		err = line(step)
	}
	for i := 0; i < len(s.Events) && err == nil; i++ {
		err = line(samplesLine{Event: &s.Events[i]})
	}
	return err
}

// ReadSamples reads a samples file of the run in dir; name is a trial's Samples
// field. Every error is a *SamplesError.
func ReadSamples(dir, name string) (model.Samples, error) {
	s, err := readSamples(dir, name)
	if err != nil {
		return model.Samples{}, &SamplesError{filepath.Join(dir, name), err}
	}
	return s, nil
}

func readSamples(dir, name string) (s model.Samples, err error) {
	if !filepath.IsLocal(name) || !strings.HasPrefix(name, samplesName+"/") {
		return s, fmt.Errorf("%q is no file below %s: %w", name, samplesName, ErrDamaged)
	}
	root, err := openRoot(dir)
	if err != nil {
		return s, err
	}
	defer root.Close() // only read
	f, err := openFile(root, name, os.O_RDONLY, maxSamples)
	if err != nil {
		return s, err
	}
	defer f.Close() // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	unpacked := &io.LimitedReader{R: z, N: maxSamples}
	in := bufio.NewReaderSize(unpacked, maxLine)
	for n := 1; ; n++ {
		text, err := in.ReadSlice('\n')
		if err == io.EOF && unpacked.N == 0 {
			return s, fmt.Errorf("line %d is %w: there are more than %d bytes", n, ErrDamaged, maxSamples)
		}
		if err == io.EOF && len(text) == 0 && n > 1 {
			break // gzip has checked that nothing is missing or changed
		}
		if err == nil {
			err = addLine(&s, n, text)
		} else if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if errors.Is(err, ErrSchema) {
			return s, err
		}
		if err != nil {
			return s, fmt.Errorf("line %d is %w: %w", n, ErrDamaged, err)
		}
	}
	if err := checkSamples(&s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return s, nil
}

// addLine adds the nth line of a samples file to s.
func addLine(s *model.Samples, n int, text []byte) error {
	if n == 1 {
		var head samplesHead
		err := model.Unmarshal(text, &head)
		var version struct {
			Schema int `json:"schema"`
		}
		if json.Unmarshal(text, &version) == nil && version.Schema != samplesSchema {
			return schemaError("line 1", version.Schema, samplesSchema)
		}
		s.Schema, s.Method = head.Schema, head.Method
		return err
	}
	var l samplesLine
	if err := model.Unmarshal(text, &l); err != nil {
		return err
	}
	if l.Event != nil {
		s.Events = append(s.Events, *l.Event)
		return nil
	}
	s.AtNS = append(s.AtNS, l.AtNS)
	s.Own = addCores(s.Own, l.Own)
	s.Other = addCores(s.Other, l.Other)
	if l.RSS != nil {
		s.RSS = append(s.RSS, *l.RSS)
	}
	if l.Threads != nil {
		s.Threads = append(s.Threads, *l.Threads)
	}
	return nil
}

// cores is the share of each core in interval i.
func cores(shares [][]float64, i int) []float64 {
	var out []float64
	for _, core := range shares {
		out = append(out, core[i])
	}
	return out
}

// addCores is the reverse of cores: it adds an interval.
func addCores(shares [][]float64, interval []float64) [][]float64 {
	for core, share := range interval {
		if core == len(shares) {
			shares = append(shares, nil)
		}
		shares[core] = append(shares[core], share)
	}
	return shares
}
