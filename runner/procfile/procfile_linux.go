// Package procfile reads the small files and the clocks in which Linux tells
// of processes.
//
// Its one decision: the Go scheduler is not told of these calls, which wait for
// nothing. To be told wakes up a thread of its own each time, which costs an
// otherwise idle program several times what the call does. What may take long
// is read with package unix instead.
package procfile

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Open opens a file to read by its C string: to make one allocates memory.
func Open(dir int, name *byte) (int, error) {
	return call(unix.SYS_OPENAT, dir, unsafe.Pointer(name), unix.O_RDONLY|unix.O_CLOEXEC, 0, nil)
}

// Close closes what was only read: there is nothing to lose.
func Close(fd int) { _, _ = call(unix.SYS_CLOSE, fd, nil, 0, 0, nil) }

// Read reads a file from its beginning: the kernel then makes its text anew.
func Read(fd int, p []byte) (int, error) {
	return call(unix.SYS_PREAD64, fd, unsafe.Pointer(unsafe.SliceData(p)), len(p), 0, nil)
}

// Next reads on in a file.
func Next(fd int, p []byte) (int, error) {
	return call(unix.SYS_READ, fd, unsafe.Pointer(unsafe.SliceData(p)), len(p), 0, nil)
}

// Links is how many names an open file has.
func Links(fd int) (int, error) {
	var info unix.Statx_t
	var itself byte
	_, err := call(unix.SYS_STATX, fd, unsafe.Pointer(&itself), unix.AT_EMPTY_PATH, unix.STATX_NLINK, unsafe.Pointer(&info))
	return int(info.Nlink), err
}

// Clock reads one of the kernel's clocks.
func Clock(id int) (time.Duration, error) {
	var now unix.Timespec
	_, err := call(unix.SYS_CLOCK_GETTIME, id, unsafe.Pointer(&now), 0, 0, nil)
	return time.Duration(now.Nano()), err
}

// Time is the CPU clock of a process: all of its threads, those that are gone
// included, in nanoseconds. A clock's number holds the process id. A zombie's
// still tells; one that has been waited for has none.
func Time(pid int) (time.Duration, bool) {
	const scheduled = 2 // CPUCLOCK_SCHED, of all threads
	used, err := Clock(^pid<<3 | scheduled)
	return used, err == nil
}

// call makes a call again where a signal has interrupted it.
func call(number uintptr, a int, b unsafe.Pointer, c, d int, e unsafe.Pointer) (int, error) {
	for {
		n, _, errno := unix.RawSyscall6(number, uintptr(a), uintptr(b), uintptr(c), uintptr(d), uintptr(e), 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}
