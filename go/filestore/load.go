package filestore

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"tandem/go/events"
)

// Load reads a stored file chunk by chunk, checks each against the
// manifest, and passes it on only then.
func Load(config Config, name string, sink io.Writer,
	note events.Note) (Manifest, error) {
	folder := filepath.Join(config.Dir, name)
	text, err := os.ReadFile(filepath.Join(folder, manifest))
	if err != nil {
		return Manifest{}, fmt.Errorf("loading %q: %w", name, err)
	}
	m, err := ParseManifest(string(text))
	if err != nil {
		const what = "loading %q: its manifest is damaged: %w"
		return Manifest{}, fmt.Errorf(what, name, err)
	}
	data := make([]byte, m.length(0)+1) // one more than there should be
	for i, want := range m.Sums {
		note(0, "start", "read")
		n, err := fetch(filepath.Join(folder, strconv.Itoa(i)), data)
		note(0, "finish", "read")
		switch {
		case err != nil:
			return m, fmt.Errorf("loading %q: %w", name, err)
		case n != m.length(i):
			const what = "loading %q: chunk %d has the wrong length"
			return m, fmt.Errorf(what, name, i)
		case crc32.ChecksumIEEE(data[:n]) != want:
			const what = "loading %q: chunk %d is damaged"
			return m, fmt.Errorf(what, name, i)
		}
		if _, err := sink.Write(data[:n]); err != nil {
			return m, fmt.Errorf("loading %q: %w", name, err)
		}
	}
	return m, nil
}

// fetch reads a file into data, as far as it has room.
func fetch(path string, data []byte) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	n, err := io.ReadFull(file, data)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}
