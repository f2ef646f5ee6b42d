//go:build !linux

package sample

// A nudger does nothing: only Linux's control groups need one.
type nudger struct{}

func newNudger() *nudger { return nil }

func (n *nudger) wake()  {}
func (n *nudger) close() {}
