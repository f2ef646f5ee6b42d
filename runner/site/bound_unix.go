//go:build unix

package site

import (
	"fmt"
	"os"
	"syscall"
)

// A bound is a port that belongs to a socket on which nobody listens. Who
// connects is refused, and no other process can take the port meanwhile.
type bound struct {
	fd   int
	addr string
}

func bind() (*bound, error) {
	syscall.ForkLock.RLock() // no child may inherit it half made
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	b := &bound{fd: fd}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		b.Close()
		return nil, os.NewSyscallError("bind", err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		b.Close()
		return nil, os.NewSyscallError("getsockname", err)
	}
	b.addr = fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	return b, nil
}

func (b *bound) Close() error { return os.NewSyscallError("close", syscall.Close(b.fd)) }
