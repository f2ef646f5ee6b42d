package internals

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// MainReturns is whether a program ends when its main function returns,
// although a worker still waits. Another process must try that.
func MainReturns() Facts {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	const enough = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), enough)
	defer cancel()
	child := exec.CommandContext(ctx, self)
	child.Env = append(os.Environ(), returning+"=1")
	// Nothing is ever written to this pipe, and it stays open until the
	// child has ended: its worker has no other reason to end.
	if _, err := child.StdinPipe(); err != nil {
		return nil
	}
	out, err := child.Output()
	outlived := ctx.Err() != nil
	if !outlived && (err != nil || string(out) != "returning\n") {
		return nil // it did not run at all
	}
	return Facts{"main_returns_kills": truth(!outlived)}
}

// returning is set for the process that MainReturns starts.
const returning = "TANDEM_MAIN_RETURNS"

// Child says whether this is that process. Then main must return: it
// leaves a worker behind that waits for input which never comes.
func Child() bool {
	if os.Getenv(returning) == "" {
		return false
	}
	started(1, func() {
		io.Copy(io.Discard, os.Stdin)
		fmt.Println("outlived main")
	})
	fmt.Println("returning")
	return true
}
