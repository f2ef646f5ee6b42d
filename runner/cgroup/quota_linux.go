package cgroup

import (
	"os"
	"path/filepath"
)

// OwnQuota is the tightest quota of the groups that this process is in, up to
// the root of what can be seen of them. The children are under the same. It is
// zero where there is none.
func OwnQuota() Quota {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return Quota{}
	}
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return Quota{}
	}
	return quotaOf(string(mounts), string(groups))
}

func quotaOf(mounts, groups string) (least Quota) {
	for controller, read := range map[string]func(dir string) (Quota, error){
		"cpu": readQuota, "": readMax,
	} {
		dir, ok := locate(mounts, groups, controller)
		for ; ok && dir != "/" && dir != "."; dir = filepath.Dir(dir) {
			// The root has no such file, and nor has what lies above it.
			q, err := read(dir)
			if err == nil && q.Cores() > 0 && (least.Cores() == 0 || q.Cores() < least.Cores()) {
				least = q
			}
		}
	}
	return least
}

func readMax(dir string) (Quota, error) {
	text, err := os.ReadFile(filepath.Join(dir, "cpu.max"))
	if err != nil {
		return Quota{}, err
	}
	return parseMax(string(text))
}

func readQuota(dir string) (Quota, error) {
	quota, err := os.ReadFile(filepath.Join(dir, "cpu.cfs_quota_us"))
	if err != nil {
		return Quota{}, err
	}
	period, err := os.ReadFile(filepath.Join(dir, "cpu.cfs_period_us"))
	if err != nil {
		return Quota{}, err
	}
	return parseQuota(string(quota), string(period))
}
