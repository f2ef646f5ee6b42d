package trial

import (
	"fmt"
	"strings"
)

// keep is how much of a child's output is kept, in bytes.
const keep = 64 << 10

// A tail keeps the end of a stream. It has room for twice of what it keeps, so
// that it moves each byte at most once.
type tail struct {
	buf   []byte
	n     int
	total int64
}

func (l *tail) reset() {
	if l.buf == nil {
		l.buf = make([]byte, 2*keep)
	}
	l.n, l.total = 0, 0
}

// room is where the next bytes go; wrote says how many there were.
func (l *tail) room() []byte { return l.buf[l.n:] }

func (l *tail) wrote(n int) {
	l.n += n
	l.total += int64(n)
	if l.n == len(l.buf) {
		l.n = copy(l.buf, l.buf[l.n-keep:])
	}
}

// String is the end of the stream, as valid UTF-8, with a first line that says
// how much is missing.
func (l *tail) String() string {
	if l.total == 0 {
		return ""
	}
	kept := l.buf[max(0, l.n-keep):l.n]
	text := strings.ToValidUTF8(string(kept), "\uFFFD")
	if lost := l.total - int64(len(kept)); lost > 0 {
		return fmt.Sprintf("[the first %d bytes were not kept]\n%s", lost, text)
	}
	return text
}
