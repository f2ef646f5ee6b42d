package trial

import (
	"regexp"
	"strings"
)

var (
	// How Go says why it dies; what follows are stacks and registers.
	goDeath = regexp.MustCompile(`(?m)^(?:runtime: |fatal error: |panic: |SIG[A-Z]+: |unexpected fault address ).*`)
	// How Python does: at the end of the traceback, where it is not indented.
	// The first of several is the cause of those after it.
	pythonDeath = regexp.MustCompile(`(?m)^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)+([^\s].*)`)
)

// reason is the line of a child's log that says why it died: the first that
// does, where a language's own words are known, else the last one printed.
func reason(log string) string {
	if found := goDeath.FindString(log); found != "" {
		return strings.TrimSpace(found)
	}
	if found := pythonDeath.FindStringSubmatch(log); found != nil {
		return strings.TrimSpace(found[1])
	}
	log = strings.TrimSpace(log)
	return strings.TrimSpace(log[strings.LastIndexByte(log, '\n')+1:])
}

// limits are how systems and languages say that one was reached.
var limits = []struct {
	sign *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`(?i)too many open files|errno ?=?24\b`), "the limit on open files is reached: RLIMIT_NOFILE, raise it with ulimit -n"},
	{regexp.MustCompile(`(?i)resource temporarily unavailable|can't start new thread|failed to create new OS thread|max user processes`),
		"the limit on processes and threads is reached: RLIMIT_NPROC, raise it with ulimit -u, or a container's limit on them"},
	{regexp.MustCompile(`(?i)\bout of memory\b|MemoryError|cannot allocate memory|failed to reserve page summary memory`),
		"memory ran out: the machine's, a container's, or RLIMIT_AS (ulimit -v); give it less to do with --param"},
	{regexp.MustCompile(`(?i)\bfile too large\b`), "the limit on the size of files is reached: RLIMIT_FSIZE, raise it with ulimit -f"},
	{regexp.MustCompile(`(?i)no space left on device`), "the disk is full: free some space, or set TMPDIR to another"},
}

// Limit names the limit that a message is about, and what to do; it is empty
// where it is about none.
func Limit(message string) string {
	for _, l := range limits {
		if l.sign.MatchString(message) {
			return l.name
		}
	}
	return ""
}

// unlessLimit is a hint, or nothing where the error is about a limit.
func unlessLimit(err error, hint string) string {
	if Limit(err.Error()) != "" {
		return ""
	}
	return hint
}
