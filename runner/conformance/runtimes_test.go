package conformance

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
	"tandem/runner/runtimes"
	"tandem/runner/trial"
)

// Every Python of this machine answers rightly in every way in which it can
// count, is what it was found to be, and says of each way that it lacks what is
// missing.
func TestEveryRuntime(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	found, _ := runtimes.Find(t.Context(), t.TempDir())
	require.NotEmpty(t, found)
	for _, r := range found {
		t.Run(r.ID, func(t *testing.T) {
			try := func(program, topic, variant, start string) string {
				spec := trial.Spec{
					Argv: append(r.Argv(), filepath.Join(root, "python", program)), Deadline: late,
					Request: trial.Request{Topic: topic, Variant: variant, Params: map[string]any{"n": 1001, "workers": 2}},
				}
				if start != "" {
					spec.Request.Params["start"] = start
				}
				out := run(t, spec)
				if out.Status == model.Skipped {
					return out.Message
				}
				require.Equal(t, model.OK, out.Status, out.Message)
				require.Equal(t, "1001", out.Answer)
				require.Equal(t, r.Implementation, out.Ready.Implementation)
				require.Equal(t, r.Version, out.Ready.Version)
				require.Equal(t, r.GIL, *out.Ready.GIL)
				return ""
			}
			skipped := map[string]string{}
			variants := []string{"sequential", "parallel", "seldom", "slices", "shared", "locked", "sleeper", "bound"}
			starts := []string{"fork", "spawn", "forkserver"}
			if r.Implementation == "jython" { // Java takes seconds to start
				variants, starts = variants[:2], starts[:1]
			}
			for _, variant := range variants {
				skipped[variant] = try("history/history.py", "history", variant, "")
			}
			for _, start := range starts {
				skipped["processes by "+start] = try("history/history.py", "history", "processes", start)
				if !r.Old {
					skipped["a pool by "+start] = try("tandem/__main__.py", "counting", "processes", start)
				}
			}
			if !r.Old {
				skipped["interpreters"] = try("tandem/__main__.py", "counting", "interpreters", "")
			}
			maps.DeleteFunc(skipped, func(_, why string) bool { return why == "" })
			lacks := strings.Join(slices.Sorted(maps.Keys(skipped)), ", ")
			t.Logf("%s: %v", r.Name(), skipped)
			at := func(version string) bool { return model.CompareVersion(r.Version, version) >= 0 }
			switch {
			case r.Implementation == "cpython" && at("3.13"):
				require.Empty(t, lacks)
			case r.Implementation == "cpython" && at("3.9"):
				require.Equal(t, "interpreters", lacks)
			case r.Implementation == "cpython" && !at("3"):
				require.Equal(t, "processes by forkserver, processes by spawn", lacks)
			default:
				require.NotContains(t, lacks, "sequential")
				require.NotContains(t, lacks, "parallel")
			}
			require.NotContains(t, fmt.Sprint(skipped), "Traceback")
		})
	}
}
