package cgroup

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// pread reads at an offset and starts again when a signal interrupts it.
func pread(fd int, p []byte, at int64) (int, error) {
	for {
		n, err := unix.Pread(fd, p, at)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// unixOpenat opens a file to read by its C string: unix.Openat makes one with
// an allocation a call, which a sampler cannot have.
func unixOpenat(dir int, name *byte) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(name)),
			unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}
