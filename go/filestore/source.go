package filestore

import (
	"io"
	"sync"
)

// A Source is a stream of so many bytes that is made up as it is read.
// Byte i is i modulo 251, so that no two chunks are alike.
type Source struct {
	pattern []byte
	left    int64
	at      int // where in the pattern the next byte is
}

// NewSource returns a Source of size bytes.
func NewSource(size int64) *Source { return &Source{pattern: pattern(), left: size} }

const period = 251

// pattern is long, so that a read is few copies. It is made when it is needed:
// this would be the longest part of a child's start.
var pattern = sync.OnceValue(func() []byte {
	p := make([]byte, 1024*period)
	for i := range p {
		p[i] = byte(i % period)
	}
	return p
})

// Read makes the next bytes.
func (s *Source) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), s.left)]
	for n := 0; n < len(p); {
		c := copy(p[n:], s.pattern[s.at:])
		s.at = (s.at + c) % len(s.pattern)
		n += c
	}
	s.left -= int64(len(p))
	return len(p), nil
}
