package trial

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReason(t *testing.T) {
	for name, c := range map[string]struct{ log, want, limit string }{
		"nothing":           {"", "", ""},
		"last line printed": {"one\ntwo \n\n", "two", ""},
		"Go: no more threads": {
			"hello\nruntime: failed to create new OS thread (have 4 already; errno=11)\nruntime: may need to increase max user processes (ulimit -u)\nfatal error: newosproc\n\nruntime stack:\nruntime.throw({0x4f2a3b?, 0x7ffe?})\n\ngoroutine 1 [running]:\n\nrax    0x0\nrip    0x45f1a1\ngs     0x0\n",
			"runtime: failed to create new OS thread (have 4 already; errno=11)", "RLIMIT_NPROC",
		},
		"Go: a panic": {"panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:3 +0x1\nexit status 2\n",
			"panic: runtime error: index out of range [3] with length 3", ""},
		"Go: all asleep": {"fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\n", "fatal error: all goroutines are asleep - deadlock!", ""},
		"Go: out of memory": {"runtime: out of memory: cannot allocate 67108864-byte block (205258752 in use)\nfatal error: out of memory\n\ngoroutine 1 gp=0xc [running]:\n",
			"runtime: out of memory: cannot allocate 67108864-byte block (205258752 in use)", "memory ran out"},
		"Go: no memory to start": {"fatal error: failed to reserve page summary memory\n\nruntime stack:\n", "fatal error: failed to reserve page summary memory", "RLIMIT_AS"},
		"Python: no more threads": {
			"Traceback (most recent call last):\n  File \"<string>\", line 3, in <module>\n  File \"/usr/lib/python3.11/threading.py\", line 957, in start\n    _start_new_thread(self._bootstrap, ())\nRuntimeError: can't start new thread\nsys:1: ResourceWarning: unclosed file\n",
			"RuntimeError: can't start new thread", "RLIMIT_NPROC",
		},
		"Python: no more processes": {
			"Traceback (most recent call last):\n  File \"x.py\", line 66, in _launch\n    self.pid = os.fork()\n               ^^^^^^^^^\nBlockingIOError: [Errno 11] Resource temporarily unavailable\n",
			"BlockingIOError: [Errno 11] Resource temporarily unavailable", "RLIMIT_NPROC",
		},
		"Python: the first of two": {
			"Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nOSError: [Errno 24] Too many open files\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"x.py\", line 2, in g\nAttributeError: no pool\n",
			"OSError: [Errno 24] Too many open files", "RLIMIT_NOFILE",
		},
		"Python: no memory":           {"Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nMemoryError\n", "MemoryError", "memory ran out"},
		"a traceback that was cut":    {"Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n", `File "x.py", line 1, in f`, ""},
		"a shell that cannot fork":    {"sh: fork: retry: Resource temporarily unavailable\n", "sh: fork: retry: Resource temporarily unavailable", "RLIMIT_NPROC"},
		"Go's words for a full table": {"fork/exec /bin/true: too many open files\n", "fork/exec /bin/true: too many open files", "RLIMIT_NOFILE"},
		"a full disk":                 {"write /tmp/x: no space left on device\n", "write /tmp/x: no space left on device", "the disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			got := reason(c.log)
			require.Equal(t, c.want, got)
			if c.limit == "" {
				require.Empty(t, Limit(got))
			} else {
				require.Contains(t, Limit(got), c.limit)
			}
		})
	}
}
