package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tandem/runner/cgroup"
	"tandem/runner/machine"
	"tandem/runner/model"
	"tandem/runner/project"
	"tandem/runner/quiet"
	"tandem/runner/runtimes"
	"tandem/runner/summary"
)

// A diagnosis is what `tandem doctor` finds.
type diagnosis struct {
	Machine model.Machine   `json:"machine"`
	Cgroup  string          `json:"cgroup"`
	Clock   string          `json:"clock"`
	Noise   quiet.Noise     `json:"noise"`
	Go      string          `json:"go"`
	Pythons []model.Runtime `json:"pythons"` // from old to new
	Broken  []string        `json:"broken"`  // what looked like a Python and is none
	Advice  []string        `json:"advice"`  // what to install or change, and why
}

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "say what this machine can run, and how quiet it is",
		Long: `Doctor looks for the Go toolchain and every Python on this machine, tries to make a
control group, listens to an idle second, and says what to install for what is missing.`,
		Example: `  tandem doctor
  tandem doctor --json`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := diagnose(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), d)
			}
			return d.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it for a program")
	return cmd
}

func diagnose(ctx context.Context) (*diagnosis, error) {
	p, err := project.Find()
	if err != nil {
		return nil, err
	}
	d := &diagnosis{Advice: []string{}}
	group, err := cgroup.New("doctor")
	if err != nil {
		d.Cgroup = "none: " + strings.ReplaceAll(err.Error(), "\n", "; ")
		d.advise("no control group can be made, as said above: CPU time is then what the kernel accounts to processes as they end")
	} else {
		d.Cgroup = fmt.Sprintf("v%d at %s", group.Version(), group.Path())
	}
	if d.Machine, err = machine.Describe(ctx, group); err != nil {
		return nil, err
	}
	if group != nil {
		if err := group.Remove(); err != nil {
			return nil, err
		}
	}
	d.Clock = machine.Clock()
	if d.Noise, err = quiet.Idle(ctx, time.Second); err != nil {
		return nil, err
	}
	if d.Go, err = exec.LookPath("go"); err != nil {
		d.advise("Go is missing: install it to run the Go side")
	} else {
		d.Go = fmt.Sprintf("%s at %s", runtime.Version(), d.Go)
	}
	pythons, broken := runtimes.Find(ctx, p.Root)
	d.Pythons, d.Broken = pythons, []string{}
	for _, err := range broken {
		d.Broken = append(d.Broken, err.Error())
	}
	d.lookAtPythons()
	if script, err := p.ECharts(); err != nil || script == nil {
		d.advise("the charting library is not there, so figures in reports are static: install npm and run 'make echarts'")
	}
	if d.Noise.Foreign > summary.MostForeign {
		d.advise("other programs used %.2f cores in a second that should have been idle: close them, or expect inconclusive figures", d.Noise.Foreign)
	}
	if c := d.Machine; c.Capacity < 0.95*float64(c.Cores) {
		d.advise("asked to use all %d cores at once, this machine did %.2f cores' worth of work: its cores are shared or throttled", c.Cores, c.Capacity)
	}
	return d, nil
}

// lookAtPythons says which interpreters would show more, and how they are
// called where they can be had.
func (d *diagnosis) lookAtPythons() {
	has := func(test func(model.Runtime) bool) bool { return slices.ContainsFunc(d.Pythons, test) }
	is := func(implementation string) bool {
		return has(func(r model.Runtime) bool { return r.Implementation == implementation })
	}
	if !has(func(r model.Runtime) bool { return !r.Old }) {
		d.advise("no Python %s or newer was found: install python3 (apt, dnf, brew) to run the Python side", runtimes.OldestPython)
		return
	}
	if !has(func(r model.Runtime) bool { return r.Packages["aiohttp"] }) {
		d.advise("no Python has aiohttp, which the asyncio URL checks need: run 'make setup', or install python3-aiohttp (apt, dnf)")
	}
	if !has(func(r model.Runtime) bool { return r.FreeThreaded }) {
		d.advise("no free-threaded Python was found, which shows threads without the lock: install cpython 3.14t (uv python install 3.14t), 3.13t (pyenv install 3.13t), python3.14-freethreading (dnf) or python-freethreading (brew)")
	}
	if !is("pypy") {
		d.advise("no PyPy was found, which compiles what it runs: install pypy3 (apt, dnf, brew)")
	}
	if !is("jython") {
		d.advise("no Jython was found, which never had a lock: install a Java (default-jre-headless) and jython-standalone (mvn dependency:get -Dartifact=org.python:jython-standalone:2.7.4)")
	}
	if !has(func(r model.Runtime) bool { return r.Old && r.Implementation == "cpython" }) {
		d.advise("no Python before %s was found, which the pair history is for: install 2.7 and 3.6 (pyenv install 2.7 3.6)", runtimes.OldestPython)
	}
}

func (d *diagnosis) advise(format string, args ...any) {
	d.Advice = append(d.Advice, fmt.Sprintf(format, args...))
}

func (d *diagnosis) print(w io.Writer) error {
	m := d.Machine
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(table, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("machine", "%s, %d cores, %.0f GB", m.CPU, m.Cores, float64(m.MemoryB)/1e9)
	row("system", "%s %s %s %s", m.OS, m.Kernel, m.Arch, m.Virtual)
	row("capacity", "%.2f cores' worth of work when all %d spin", m.Capacity, m.Cores)
	if m.Quota > 0 {
		row("quota", "%.2f cores' worth of time, set by a control group", m.Quota)
	}
	row("cgroup", "%s", d.Cgroup)
	row("clock", "%s", d.Clock)
	row("idle second", "%s", d.Noise)
	row("go", "%s", d.Go)
	for _, r := range d.Pythons {
		var facts []string
		if !r.GIL {
			facts = append(facts, "no lock")
		}
		if r.Old {
			facts = append(facts, "history alone")
		}
		for _, name := range slices.Sorted(maps.Keys(r.Packages)) {
			if r.Packages[name] {
				facts = append(facts, name)
			}
		}
		row("python", "%s: %s  %s", r.Name(), r.Spec(), strings.Join(facts, ", "))
	}
	for _, broken := range d.Broken {
		row("no python", "%s", strings.TrimPrefix(broken, "python "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(d.Advice) > 0 {
		fmt.Fprintln(w, "\nto do:")
		for _, a := range d.Advice {
			fmt.Fprintf(w, "  - %s\n", a)
		}
	}
	return nil
}
