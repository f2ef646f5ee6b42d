package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

//go:embed testdata/*.c
var programs embed.FS

// compile builds one of the C programs in testdata, statically, so that they
// start as fast as a process can. Without a C compiler the error is an
// exec.Error.
func (b *bench) compile(ctx context.Context, name string, flags ...string) (string, error) {
	text, err := programs.ReadFile("testdata/" + name + ".c")
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path+".c", text, 0o666); err != nil {
		return "", err
	}
	if _, err := exec.LookPath("cc"); err != nil {
		return "", fmt.Errorf("%w; install a C compiler", err)
	}
	_, err = b.output(ctx, "cc", append(flags, "-O2", "-static", "-o", path, path+".c")...)
	return path, err
}

// notInstalled says that an error is the lack of a program.
func notInstalled(err error) bool { return errors.Is(err, exec.ErrNotFound) }

// floor is the C program that starts another: the nanoseconds of each start.
func (b *bench) floor(ctx context.Context, path string, times int, program string) ([]float64, error) {
	out, err := b.output(ctx, path, strconv.Itoa(times), program)
	if err != nil {
		return nil, err
	}
	var ns []float64
	for _, word := range strings.Fields(string(out)) {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, err
		}
		ns = append(ns, v)
	}
	return ns, nil
}

// hyperfine has hyperfine start a program without a shell: the nanoseconds of
// each start, from the spawn until the program was reaped, by its own account.
func (b *bench) hyperfine(ctx context.Context, times int, program string) ([]float64, error) {
	file := filepath.Join(b.dir, "hyperfine.json")
	_, err := b.output(ctx, "hyperfine", "-N", "--style", "none", "--runs", strconv.Itoa(times), "--export-json", file, program)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var got struct{ Results []struct{ Times []float64 } }
	if err := json.Unmarshal(text, &got); err != nil || len(got.Results) != 1 {
		return nil, fmt.Errorf("what hyperfine wrote: %q: %w", text, err)
	}
	ns := got.Results[0].Times // seconds
	for i := range ns {
		ns[i] *= 1e9
	}
	return ns, nil
}

// median of a turn's many measurements; the intervals are over the turns.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
