package machine

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Clock describes the clock that everything is measured with.
func Clock() string {
	var res unix.Timespec
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC, &res); err != nil {
		return "monotonic, of unknown step"
	}
	source, err := os.ReadFile("/sys/devices/system/clocksource/clocksource0/current_clocksource")
	if err != nil {
		source = []byte("unknown source")
	}
	return fmt.Sprintf("monotonic, %v step, %s", time.Duration(res.Nano()), strings.TrimSpace(string(source)))
}
