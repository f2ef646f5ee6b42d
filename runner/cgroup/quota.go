package cgroup

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Quota is the CPU time that a control group may use in each period. Who has
// used it up waits for the next, however idle the cores are.
type Quota struct {
	Time, Period time.Duration
}

// Cores is how many cores the quota is worth; 0: no quota.
func (q Quota) Cores() float64 {
	if q.Period <= 0 {
		return 0
	}
	return float64(q.Time) / float64(q.Period)
}

// parseMax reads version 2's cpu.max: microseconds or "max", and the period.
func parseMax(text string) (Quota, error) {
	f := strings.Fields(text)
	if len(f) != 2 {
		return Quota{}, fmt.Errorf("parse cpu.max %q: want a quota and a period", text)
	}
	if f[0] == "max" {
		return Quota{}, nil
	}
	return parseQuota(f[0], f[1])
}

// parseQuota reads version 1's cpu.cfs_quota_us, -1 where there is none, and
// cpu.cfs_period_us.
func parseQuota(quota, period string) (Quota, error) {
	quota, period = strings.TrimSpace(quota), strings.TrimSpace(period)
	if quota == "-1" {
		return Quota{}, nil
	}
	us, err := strconv.ParseUint(quota, 10, 40)
	every, perr := strconv.ParseUint(period, 10, 40)
	if err != nil || perr != nil || us == 0 || every == 0 {
		return Quota{}, fmt.Errorf("parse a CPU quota of %q in %q: want microseconds", quota, period)
	}
	return Quota{time.Duration(us) * time.Microsecond, time.Duration(every) * time.Microsecond}, nil
}
