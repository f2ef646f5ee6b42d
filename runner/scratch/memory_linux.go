package scratch

import "golang.org/x/sys/unix"

// memory is where files are kept in memory, if it is that here.
func memory() string {
	const shm = "/dev/shm"
	var fs unix.Statfs_t
	if unix.Statfs(shm, &fs) != nil || fs.Type != unix.TMPFS_MAGIC {
		return ""
	}
	return shm
}
