//go:build !linux

package trial

// sweep does nothing: without /proc there is no way to find the processes of a
// run whose runner is dead. They see the end of their standard input.
func sweep(marker, group string, spared int) error { return nil }
