package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Cell is a point of its own, beside what the parameters of a profile give:
// for a claim that a figure has no need of. No figure draws it.
type Cell struct {
	Variants []string       `toml:"variants"` // "side/name" each, also of variants that the profile leaves out
	At       map[string]any `toml:"at"`       // what it has instead; the rest is the profile's first value
	Profiles []string       `toml:"profiles"` // in which it runs; empty means all
}

// checkCells says what is wrong with the pair's cells, and turns their values
// into those that Parse returns.
func (p *Pair) checkCells() error {
	for i, c := range p.Cells {
		err := c.check(p)
		if err != nil {
			return fmt.Errorf("cell %d: %w", i+1, err)
		}
	}
	return nil
}

func (c *Cell) check(p *Pair) error {
	if len(c.Variants) == 0 {
		return fmt.Errorf("variants is missing: the variants that run there, as side/name")
	}
	for _, profile := range c.Profiles {
		if !slices.Contains(Profiles, profile) {
			return fmt.Errorf("unknown profile %q; there are %s", profile, strings.Join(Profiles, " and "))
		}
	}
	for _, ref := range c.Variants {
		v := p.VariantOf(ref)
		if v == nil {
			return fmt.Errorf("variants has %q, which is no variant; write it as side/name", ref)
		}
		for _, name := range slices.Sorted(maps.Keys(c.At)) {
			if !v.Takes(name) {
				return fmt.Errorf("at names %q, which %s does not read", name, ref)
			}
			if end := c.At[name]; end == Least || end == Most {
				return fmt.Errorf("at has %s=%v; a cell needs a value", name, end)
			}
		}
	}
	return p.checkPoint("variants", c.Variants[0], "at", c.At)
}

// Of lists the variants of a side that run there in a profile.
func (c *Cell) Of(p *Pair, side, profile string) (variants []*Variant) {
	if len(c.Profiles) > 0 && !slices.Contains(c.Profiles, profile) {
		return nil
	}
	for _, ref := range c.Variants {
		if v := p.VariantOf(ref); v.Side == side {
			variants = append(variants, v)
		}
	}
	return variants
}
