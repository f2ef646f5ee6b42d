//go:build !linux

package machine

// Clock describes the clock that everything is measured with.
func Clock() string { return "monotonic" }
