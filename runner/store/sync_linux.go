package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes what was written to f durable, and its length, but not its
// times: those would cost a second write to the disk on every trial.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err != unix.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
