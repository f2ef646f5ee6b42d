package sample

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tandem/runner/cgroup"
	"tandem/runner/procfile"
)

// OpenCores opens the best source of the cores' busy time on this machine: the
// root of the cpuacct hierarchy in nanoseconds, else /proc/stat in ticks.
func OpenCores() (Cores, error) {
	c, err := openProcStat()
	if err != nil {
		return nil, err
	}
	if meter, err := cgroup.Machine(); err == nil {
		c.meter = meter
		c.ns = make([]uint64, 0, 2*c.cores)
	}
	return c, nil
}

// linuxCores reads busy time from a cpuacct meter where there is one, and from
// /proc/stat what else there is.
type linuxCores struct {
	mu    sync.Mutex
	stat  int // descriptor of /proc/stat
	buf   []byte
	cores int
	meter *cgroup.Meter // nil: none
	ns    []uint64
}

func openProcStat() (*linuxCores, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, err
	}
	cores, _, err := parseCores(text, nil)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Open("/proc/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /proc/stat: %w", err)
	}
	return &linuxCores{stat: fd, buf: make([]byte, 2*len(text)), cores: cores}, nil // room for counters that grow
}

func (c *linuxCores) Len() int { return c.cores }

func (c *linuxCores) Read(busy []time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.meter == nil {
		_, err := c.procStat(busy)
		return err
	}
	var err error
	if c.ns, err = c.meter.PerCPU(c.ns[:0]); err != nil {
		return err
	}
	for i := range busy { // the meter also lists cores that could be plugged in
		if i < len(c.ns) {
			busy[i] = time.Duration(c.ns[i])
		}
	}
	return nil
}

func (c *linuxCores) Steal() (time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.procStat(nil)
}

func (c *linuxCores) procStat(busy []time.Duration) (steal time.Duration, err error) {
	n, err := procfile.Read(c.stat, c.buf)
	if err != nil {
		return 0, fmt.Errorf("read /proc/stat: %w", err)
	}
	_, steal, err = parseCores(c.buf[:n], busy)
	return steal, err
}

func (c *linuxCores) Step() time.Duration {
	if c.meter != nil {
		return time.Nanosecond
	}
	return tick
}

func (c *linuxCores) Method() string {
	if c.meter != nil {
		return "cgroup v1 cpuacct of the machine, ns, updated each scheduler tick"
	}
	return "/proc/stat, ticks of 10 ms"
}

func (c *linuxCores) Close() error {
	if c.meter != nil {
		_ = c.meter.Close() // opened to read: nothing to lose
	}
	return unix.Close(c.stat)
}
