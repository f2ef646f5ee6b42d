package filestore

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// A Manifest says what a stored file consists of.
type Manifest struct {
	Size  int64    // bytes of the file
	Chunk int      // bytes of each chunk; the last may have fewer
	Sums  []uint32 // CRC-32 (IEEE) of each chunk, in order
}

// What a manifest begins with; another version would be another file.
const version = "filestore 1"

// Text is the manifest as a file: three lines, one for each chunk, and
// a last one with the checksum of those before it.
func (m Manifest) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nsize %d\nchunk %d\n", version, m.Size, m.Chunk)
	for _, sum := range m.Sums {
		fmt.Fprintf(&b, "%08x\n", sum)
	}
	body := b.String()
	sum := crc32.ChecksumIEEE([]byte(body))
	return body + fmt.Sprintf("end %08x\n", sum)
}

// ParseManifest reads what Text writes, and nothing else: a manifest
// that was cut off or damaged is an error.
func ParseManifest(text string) (Manifest, error) {
	lines := strings.Split(text, "\n")
	if lines[0] != version {
		const want = "line 1: %q, want %q"
		return Manifest{}, fmt.Errorf(want, lines[0], version)
	}
	if len(lines) < 5 {
		return Manifest{}, errors.New("it is cut off")
	}
	var m Manifest
	var err error
	size := strings.TrimPrefix(lines[1], "size ")
	m.Size, err = strconv.ParseInt(size, 10, 64)
	if err != nil || m.Size < 0 {
		return m, fmt.Errorf("line 2: %q, want size", lines[1])
	}
	chunk := strings.TrimPrefix(lines[2], "chunk ")
	if m.Chunk, err = strconv.Atoi(chunk); err != nil || m.Chunk < 1 {
		return m, fmt.Errorf("line 3: %q, want chunk", lines[2])
	}
	// The last two are the checksum, and what follows the line's end.
	for i, line := range lines[3 : len(lines)-2] {
		sum, err := strconv.ParseUint(line, 16, 32)
		if err != nil {
			const want = "line %d: %q, want a checksum"
			return m, fmt.Errorf(want, i+4, line)
		}
		m.Sums = append(m.Sums, uint32(sum))
	}
	if have := int64(len(m.Sums)); have != m.chunks() {
		const want = "%d chunks, want %d of %d bytes for %d"
		return m, fmt.Errorf(want, have, m.chunks(), m.Chunk, m.Size)
	}
	// There is one way to write a manifest, so this finds all the rest.
	if m.Text() != text {
		return m, errors.New("its checksum does not match")
	}
	return m, nil
}

// chunks is how many chunks the size makes.
func (m Manifest) chunks() int64 {
	chunks := m.Size / int64(m.Chunk)
	if m.Size%int64(m.Chunk) != 0 {
		chunks++
	}
	return chunks
}

// length is how many bytes a chunk has.
func (m Manifest) length(chunk int) int {
	return int(min(int64(m.Chunk), m.Size-int64(chunk)*int64(m.Chunk)))
}

// Answer sums a manifest up: size, chunks, and a checksum of all.
func Answer(m Manifest) string {
	sum := crc32.ChecksumIEEE([]byte(m.Text()))
	const line = "size=%d chunks=%d crc=%08x"
	return fmt.Sprintf(line, m.Size, len(m.Sums), sum)
}
