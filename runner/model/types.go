// Package model is the vocabulary that all of the runner shares: what a run is
// made of (cells, runtimes, trials, samples) and what is said of it (estimates,
// verdicts).
//
// Its one decision: these are types alone. What they are read from, how they
// are judged and how they are drawn stands in the packages that do so, and none
// of these needs another one's types.
package model

import "time"

// A Status says how a trial ended.
type Status string

// How a trial can end. Only OK trials have numbers that may be compared.
const (
	OK          Status = "ok"
	Timeout     Status = "timeout"      // passed its deadline and was killed
	Crashed     Status = "crashed"      // failed, was killed, or broke the protocol
	WrongAnswer Status = "wrong-answer" // finished, but disagrees with the pair's answer
	Skipped     Status = "skipped"      // cannot run here; Message says why
	Interrupted Status = "interrupted"  // the user stopped the run
)

// A Trial is one line of the journal: one fresh child process that ran one
// variant once.
type Trial struct {
	Schema  int    `json:"schema"` // set by Append
	Run     string `json:"run"`    // the run's ID, set by Append: a line says where it belongs
	Pair    string `json:"pair"`
	Side    string `json:"side"`
	Variant string `json:"variant"`
	Runtime string `json:"runtime"` // a runtime's ID, such as "cpython-3.13.0"
	// Params are as the child received them, without lists that the runner
	// adds: bool, string, int64, float64, or []any of these. Other integers
	// come back as int64.
	Params  map[string]any `json:"params"`
	Round   int            `json:"round"`            // from 1; 0 is the warm-up and the trace, whose times no figure uses
	Traced  bool           `json:"traced,omitempty"` // it reported events
	Status  Status         `json:"status"`
	Message string         `json:"message,omitempty"` // why it is not ok, and what to do

	WallNS    int64 `json:"wall_ns"`    // the work, by the child's monotonic clock
	StartupNS int64 `json:"startup_ns"` // spawn to ready, by the runner's

	CPUUserNS   int64   `json:"cpu_user_ns"` // of the whole process tree, during the work
	CPUSysNS    int64   `json:"cpu_sys_ns"`
	Parallelism float64 `json:"parallelism"` // CPU seconds / wall seconds; NaN: not measured, nor is the CPU
	// PeakRSSBytes is the sum of the resident sets of the whole tree at one
	// moment, PeakPSSBytes the same with shared pages counted once. 0: not
	// measured.
	PeakRSSBytes   int64 `json:"peak_rss_bytes"`
	PeakPSSBytes   int64 `json:"peak_pss_bytes,omitempty"`
	PeakThreads    int   `json:"peak_threads"`    // of the whole tree at one moment
	CtxVoluntary   int64 `json:"ctx_voluntary"`   // context switches of the whole tree
	CtxInvoluntary int64 `json:"ctx_involuntary"` //

	Answer string `json:"answer"`
	// Metrics are the variant's own numbers; names end in their unit. Neither
	// here nor in any other float of a trial is there NaN or an infinity.
	Metrics map[string]float64 `json:"metrics"`
	// Methods says how the numbers above were obtained, so that nobody reads
	// a 10 ms tick as a nanosecond: "cpu", "rss", "threads", "ctx", "cores".
	Methods map[string]string `json:"methods"`

	StartedAt time.Time `json:"started_at"`

	// The machine while the work ran, in cores (1.0 = one core fully busy).
	ForeignCPU float64 `json:"foreign_cpu"` // neither this trial nor the runner; 0 also where too little to tell
	StealCPU   float64 `json:"steal_cpu"`   // taken by the hypervisor
	RunnerCPU  float64 `json:"runner_cpu"`  // the runner itself, and the site it serves
	// Capacity is how many cores' worth of work the machine really did just
	// before the round, when all its cores were asked to spin; 0: not probed.
	Capacity float64 `json:"capacity"`

	Samples string `json:"samples,omitempty"` // file below the run's folder
	Log     string `json:"log,omitempty"`     // the end of what the child printed
}

// A Manifest says what a run is: enough to repeat it and to resume it.
type Manifest struct {
	Schema    int               `json:"schema"` // set when it is written
	ID        string            `json:"id"`
	Tandem    string            `json:"tandem"` // the runner's version
	Command   []string          `json:"command"`
	CreatedAt time.Time         `json:"created_at"`
	EndedAt   time.Time         `json:"ended_at,omitzero"` // zero while it runs, or where it was killed
	Complete  bool              `json:"complete"`
	Profile   string            `json:"profile"`
	Seed      uint64            `json:"seed"`
	Rounds    int               `json:"rounds"` // the most rounds of any cell
	Budget    string            `json:"budget"` // the time after which no new round starts
	Plan      []Cell            `json:"plan"`   // everything that one round runs
	Runtimes  []Runtime         `json:"runtimes"`
	Machine   Machine           `json:"machine"`
	Warnings  []string          `json:"warnings"`
	Extra     map[string]string `json:"extra,omitempty"` // calibrated values

	// FixedRounds is how many rounds the user asked for; 0: until the intervals
	// are narrow enough.
	FixedRounds int `json:"fixed_rounds,omitempty"`
	// StopWidth is the width of an interval, relative to its median, at which
	// a cell has had enough rounds.
	StopWidth float64 `json:"stop_width,omitempty"`
	// Trace says that the children also report events.
	Trace bool `json:"trace,omitempty"`
	// URLs is the user's own list as it was read; the file may change.
	URLs []string `json:"urls,omitempty"`
	// Env holds the variables that change what the runtimes do, such as
	// GOMAXPROCS or PYTHONHASHSEED, as the trials saw them.
	Env map[string]string `json:"env,omitempty"`
	// Sources has the SHA-256 in hex of each thing the trials execute or are
	// checked against ("catalog", "go", "python"). Rounds before and after a
	// change are not rounds of one experiment, so a run whose sources differ
	// must not be resumed.
	Sources map[string]string `json:"sources,omitempty"`
	// Pairs are those of the run that are not the catalog's.
	Pairs []OwnPair `json:"pairs,omitempty"`
	// Resumed says when the run was taken up again, so that a report can tell
	// which rounds had the machine in another state.
	Resumed []time.Time `json:"resumed,omitempty"`
}

// An OwnPair is a pair of the user's, as it was when the run began.
type OwnPair struct {
	Folder  string            `json:"folder"`
	Text    string            `json:"text"`              // of its pair.toml
	Sources map[string]string `json:"sources,omitempty"` // the files that it wants to be shown
	Sum     string            `json:"sum"`               // SHA-256 of the files that its commands name
}

// A Cell is one thing that each round runs once.
type Cell struct {
	Pair    string         `json:"pair"`
	Side    string         `json:"side"`
	Variant string         `json:"variant"`
	Runtime string         `json:"runtime"`
	Params  map[string]any `json:"params"`
	// Beside says that it is a point of its own, which figures leave out.
	Beside bool `json:"beside,omitempty"`
}

// A Runtime is what executes a side: the Go toolchain, a Python interpreter, or,
// for commands, nothing that Tandem knows. It is a command line: one program with other flags is another runtime.
type Runtime struct {
	ID             string          `json:"id"`                      // "go1.26.8", "cpython-3.13.0", "cpython-3.13.5t", "pypy-3.9.16"
	Side           string          `json:"side"`                    // "go", "python" or, of commands, any label
	Path           string          `json:"path"`                    // the real executable, behind shims and links
	Args           []string        `json:"args,omitempty"`          // flags of its own, such as "-X", "gil=1"
	Env            []string        `json:"env,omitempty"`           // variables of its own, "NAME=value"
	Version        string          `json:"version"`                 // of the language
	Release        string          `json:"release,omitempty"`       // of the implementation, where it has a number of its own
	Implementation string          `json:"implementation"`          // "gc", "cpython", "pypy", "jython", or Command
	GIL            bool            `json:"gil"`                     // Python: is there a global interpreter lock
	FreeThreaded   bool            `json:"free_threaded,omitempty"` // CPython: a build that can do without
	StartMethod    string          `json:"start_method,omitempty"`  // of runs in which start was no parameter
	Packages       map[string]bool `json:"packages,omitempty"`
	Label          string          `json:"label,omitempty"`     // tells it from others of its name
	Toolchain      string          `json:"toolchain,omitempty"` // Go: what built it, as --go takes it; empty: local
	Build          string          `json:"build,omitempty"`     // Go: the compiler's settings
	Old            bool            `json:"old,omitempty"`       // runs only what is written for old ones
}

// Command is the implementation of what runs commands.
const Command = "command"

// A Machine is what the run ran on.
type Machine struct {
	OS       string  `json:"os"`
	Kernel   string  `json:"kernel"`
	Arch     string  `json:"arch"`
	CPU      string  `json:"cpu"`             // the processor's name
	Cores    int     `json:"cores"`           // that this process may use at once
	Quota    float64 `json:"quota,omitempty"` // cores' worth of time that a control group allows it; 0: no quota
	MemoryB  uint64  `json:"memory_bytes"`
	Cgroup   string  `json:"cgroup"`   // "v1", "v2" or why none can be made
	Virtual  string  `json:"virtual"`  // hypervisor, where known
	Capacity float64 `json:"capacity"` // cores' worth of work when all spin
}

// Samples is what was seen of one trial over time: the content of a file in
// the run's samples folder.
type Samples struct {
	Schema int     `json:"schema"`
	Method string  `json:"method"` // where the numbers come from, and their step
	AtNS   []int64 `json:"at_ns"`  // the end of each interval, since the work began
	// Own, Other, RSS and Threads have one number for each interval, or are
	// empty where there is no source for them.
	Own     [][]float64 `json:"own"`       // [core][interval] share of the core this trial used, 0 to 1
	Other   [][]float64 `json:"other"`     // [core][interval] share that everything else used
	RSS     []int64     `json:"rss_bytes"` // of the tree
	Threads []int       `json:"threads"`   // of the tree
	Events  []Event     `json:"events,omitempty"`
}

// An Event is one step of a traced variant.
type Event struct {
	AtNS   int64  `json:"at_ns"` // since the work began
	Worker int    `json:"worker"`
	Kind   string `json:"kind"` // "start", "finish", "send", "receive", "mark", ...
	Label  string `json:"label"`
}
