package store

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// What is written carries a checksum of itself as its last field, in these
// layouts: that of a journal line, and that of the manifest, which people read.
const (
	lineSeal     = `,"sum":"%08x"}`
	manifestSeal = ",\n  \"sum\": \"%08x\"\n}\n"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errSum = errors.New("its checksum does not fit it, so something changed it")

// seal adds the checksum to a JSON object whose closing brace, and the newline
// before it, were cut off.
func seal(open []byte, layout string) []byte {
	return fmt.Appendf(open, layout, crc32.Checksum(open, castagnoli))
}

// unseal returns the object without its checksum, which must be right.
func unseal(text []byte, layout string) ([]byte, error) {
	n := len(text) - len(fmt.Sprintf(layout, 0))
	if n < 0 || string(text[n:]) != fmt.Sprintf(layout, crc32.Checksum(text[:n], castagnoli)) {
		return nil, errSum
	}
	return append(text[:n:n], '}'), nil
}
