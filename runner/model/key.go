package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Key names a cell within its run: two cells are the same exactly if their
// keys are equal, also when one of them has been through JSON, which turns
// every number into a float64.
func (c Cell) Key() string {
	return strings.Join([]string{c.Pair, c.Side, c.Variant, c.Runtime, ParamsKey(c.Params)}, " ")
}

// Cell returns the cell that a trial belongs to.
func (t Trial) Cell() Cell {
	return Cell{Pair: t.Pair, Side: t.Side, Variant: t.Variant, Runtime: t.Runtime, Params: t.Params}
}

// ParamsKey writes parameters as "name=value" in the order of their names.
// Whole numbers are written without a point or an exponent.
func ParamsKey(params map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		parts = append(parts, name+"="+ParamText(params[name]))
	}
	return strings.Join(parts, " ")
}

// ParamText writes a parameter's value; a whole number is written alike whether
// it is an integer or, from JSON, a float64.
func ParamText(v any) string {
	if f, ok := v.(float64); ok {
		if whole := int64(f); float64(whole) == f {
			return fmt.Sprint(whole)
		}
	}
	return fmt.Sprint(v)
}

// Brief is an answer's first line, cut to what fits in a sentence.
func Brief(answer string) string {
	const most = 60
	line, _, _ := strings.Cut(answer, "\n")
	if runes := []rune(line); len(runes) > most {
		line = string(runes[:most]) + "..."
	}
	return line
}
