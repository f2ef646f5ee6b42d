package sample

import (
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// burn uses an amount of CPU on this thread and returns, in ns, what this
// process has used since it began to burn.
func burn(amount time.Duration) int64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin, all := clock(unix.CLOCK_THREAD_CPUTIME_ID), clock(unix.CLOCK_PROCESS_CPUTIME_ID)
	x := uint64(0)
	for clock(unix.CLOCK_THREAD_CPUTIME_ID)-begin < int64(amount) {
		for i := range 1000 {
			x += uint64(i) * 3
		}
	}
	atomic.AddUint64(&sink, x)
	return clock(unix.CLOCK_PROCESS_CPUTIME_ID) - all
}

var sink uint64

func clock(id int32) int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		panic(err)
	}
	return ts.Nano()
}

// resident is the memory of this process in bytes.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := parseField(text, 2)
	if err != nil {
		panic(err)
	}
	return int64(pages) * int64(os.Getpagesize())
}

// pin ties this thread to the last core that it may use.
func pin() (core int) {
	runtime.LockOSThread()
	var allowed, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		panic(err)
	}
	for i := range 1024 {
		if allowed.IsSet(i) {
			core = i
		}
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		panic(err)
	}
	return core
}

// threads starts n threads that wait.
func threads(n int, stop chan bool) {
	up := make(chan bool)
	for range n {
		go func() {
			runtime.LockOSThread()
			up <- true
			<-stop
		}()
	}
	for range n {
		<-up
	}
}
