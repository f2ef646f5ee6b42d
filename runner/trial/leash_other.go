//go:build !linux

package trial

// Leashes tie nobody here: a child sees the end of its input when the runner is
// gone.
type leashes struct{}

func newLeashes() *leashes         { return &leashes{} }
func (*leashes) begin(int)         {}
func (*leashes) follow(int, []int) {}
func (*leashes) end()              {}
func (*leashes) close()            {}
