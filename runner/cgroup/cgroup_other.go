//go:build !linux

package cgroup

import (
	"errors"
	"syscall"
	"time"
)

// A Group is a control group. Only Linux has them.
type Group struct{}

var errNoLinux = errors.New("make a control group: only Linux has them")

// New fails: only Linux has control groups.
func New(name string) (*Group, error) {
	if _, err := groupName(1, name); err != nil {
		return nil, err
	}
	return nil, errNoLinux
}

// Path is empty.
func (g *Group) Path() string { return "" }

// Version is 0.
func (g *Group) Version() int { return 0 }

// Add fails.
func (g *Group) Add(int) error { return errNoLinux }

// Start fails.
func (g *Group) Start(*syscall.SysProcAttr, func() error) error { return errNoLinux }

// AppendProcs fails.
func (g *Group) AppendProcs(dst []int) ([]int, error) { return dst, errNoLinux }

// Kill fails.
func (g *Group) Kill() error { return errNoLinux }

// CPU fails.
func (g *Group) CPU() (total, user, sys time.Duration, err error) { return 0, 0, 0, errNoLinux }

// PerCPU fails.
func (g *Group) PerCPU(dst []uint64) ([]uint64, error) { return dst, errNoLinux }

// Remove does nothing.
func (g *Group) Remove() error { return nil }

// OwnQuota is none.
func OwnQuota() Quota { return Quota{} }

// A Meter reads per-core usage. Only Linux has it.
type Meter struct{}

// Machine fails.
func Machine() (*Meter, error) { return nil, ErrUnsupported }

// PerCPU fails.
func (m *Meter) PerCPU(dst []uint64) ([]uint64, error) { return dst, ErrUnsupported }

// Close does nothing.
func (m *Meter) Close() error { return nil }
