//go:build !linux

package runner

// clock describes the clock that everything is measured with.
func clock() string { return "monotonic" }
