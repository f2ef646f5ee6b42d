package scratch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

const shm = "/dev/shm"

// memory is where files are kept in memory, if it is that here.
func memory() string {
	var fs unix.Statfs_t
	if unix.Statfs(shm, &fs) != nil || fs.Type != unix.TMPFS_MAGIC {
		return ""
	}
	return shm
}

// unnamed makes a file system in memory that stands in no folder: the kernel
// deletes it when this process ends, however that comes. A helper mounts it in
// a namespace of its own, which an ordinary user may do on most systems, and
// ends once it is open here.
func unnamed() (_ *os.File, err error) {
	helper := exec.Command("/bin/sh", "-c", "mount -t tmpfs -o mode=700 tandem "+shm+" && echo && read end")
	helper.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
	end, err := helper.StdinPipe()
	if err != nil {
		return nil, err
	}
	mounted, err := helper.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, end.Close())
	}
	if err := helper.Start(); err != nil {
		return nil, err
	}
	defer func() {
		_ = end.Close()
		_ = helper.Wait() // what it did is open, or it failed before
	}()
	if _, err := mounted.Read(make([]byte, 1)); err != nil {
		return nil, fmt.Errorf("mount a file system in memory: %w", err)
	}
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/root%s", helper.Process.Pid, shm), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd)), nil
}
