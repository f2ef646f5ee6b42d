package session

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// checkCalibrate finds out, before anything runs, whether --calibrate can work.
func checkCalibrate(pairs []*catalog.Pair, d time.Duration) error {
	if d == 0 {
		return nil
	}
	for _, p := range pairs {
		if p.Calibrate != "" {
			return nil
		}
	}
	return usageError{errors.New("--calibrate: none of these pairs has work that can be sized; name one that has, such as counting")}
}

// calibrate replaces, for each runtime, the size of the work by the one that
// the pair's baseline does in d. The two languages then take the same time,
// and what is compared is how each of them scales.
func (s *Session) calibrate(ctx context.Context, m *model.Manifest, d time.Duration) error {
	if d == 0 {
		return nil
	}
	sizes := map[string]int64{} // by pair and runtime
	for i, c := range m.Plan {
		pair := catalog.Find(s.pairs, c.Pair)
		if pair.Calibrate == "" {
			continue
		}
		key := c.Pair + " " + c.Runtime
		if sizes[key] == 0 {
			size, err := s.size(ctx, c, pair, d)
			if err != nil {
				return err
			}
			sizes[key] = size
			s.progress.Note("calibrated: %s on %s takes %s=%d for %v", c.Pair, c.Runtime, pair.Calibrate, size, d)
		}
		m.Plan[i].Params[pair.Calibrate] = sizes[key]
	}
	m.Extra = map[string]string{"calibrated": d.String()}
	return nil
}

// size finds how much work the baseline does in d: it grows the work until a
// trial takes at least a fifth of d, then scales to d, twice for precision.
func (s *Session) size(ctx context.Context, c model.Cell, pair *catalog.Pair, d time.Duration) (int64, error) {
	const tries, repeats = 30, 3
	q := pair.Param(pair.Calibrate)
	baseline := pair.BaselineOf(c.Side, c.Variant)
	base := model.Cell{Pair: c.Pair, Side: c.Side, Variant: baseline, Runtime: c.Runtime, Params: map[string]any{}}
	for name, value := range c.Params {
		if pair.Variant(c.Side, baseline).Takes(name) {
			base.Params[name] = value
		}
	}
	n := max(number(q.Quick)/100, 1)
	scaled := 0
	for range tries {
		base.Params[q.Name] = n
		took := time.Duration(math.MaxInt64)
		for range repeats { // others on the machine can only lengthen it
			out, _ := s.execute(ctx, pair, base, false)
			if ctx.Err() != nil {
				return 0, ErrInterrupted
			}
			if out.Status != model.OK {
				return 0, fmt.Errorf("calibrating %s on %s at %s=%d: %s: %s", c.Pair, c.Runtime, q.Name, n, out.Status, out.Message)
			}
			if took = min(took, out.Wall); took < d/5 {
				break // far from it anyway
			}
		}
		factor := float64(d) / float64(max(took, time.Microsecond))
		if factor < 5 {
			scaled++
		}
		n = max(int64(float64(n)*min(factor, 100)), 1)
		if most, ok := q.Max.(int64); ok && n > most {
			return 0, fmt.Errorf("calibrating %s on %s: %v takes more than %s=%d; choose a shorter time", c.Pair, c.Runtime, d, q.Name, most)
		}
		if scaled == 2 {
			return n, nil
		}
	}
	return 0, fmt.Errorf("calibrating %s on %s: %s=%d does not bring it near %v", c.Pair, c.Runtime, q.Name, n, d)
}
