package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"tandem/runner/model"
)

// UpdateManifest replaces the manifest at once. The ID of a run cannot change.
func (r *Run) UpdateManifest(m model.Manifest) error {
	if r.manifest.ID != "" && m.ID != r.manifest.ID {
		return fmt.Errorf("writing %s: run %q cannot become run %q", r.path(manifestName), r.manifest.ID, m.ID)
	}
	m.Schema = Schema
	text, err := encodeManifest(m)
	if err != nil {
		return fmt.Errorf("writing %s: %w", r.path(manifestName), err)
	}
	if err := replace(r.root, manifestName, text); err != nil {
		return err
	}
	r.manifest = m
	return nil
}

func encodeManifest(m model.Manifest) ([]byte, error) {
	if err := checkBounds(&m); err != nil {
		return nil, err
	}
	data, err := model.Marshal(m)
	if err != nil {
		return nil, err
	}
	// People read it too.
	var text bytes.Buffer
	if err := json.Indent(&text, data, "", "  "); err != nil {
		return nil, err
	}
	sealed := seal(bytes.TrimSuffix(text.Bytes(), []byte("\n}")), manifestSeal)
	if len(sealed) > maxManifest {
		return nil, fmt.Errorf("its %d bytes are more than %d; check fewer URLs at once", len(sealed), maxManifest)
	}
	return sealed, nil
}

func notRun(dir string) error {
	return fmt.Errorf("%s: %w: it has no %s; name a folder that tandem run made", dir, ErrNotRun, manifestName)
}

// openRoot opens a run's folder. Nothing is read or written outside of it from
// then on, wherever links in it lead, and it stays the same folder where it is
// moved.
func openRoot(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return nil, notRun(dir)
	case err != nil:
		return nil, fmt.Errorf("opening a run: %w; name the folder or the ID of one that tandem run made", err)
	}
	return root, nil
}

func readManifest(root *os.Root) (model.Manifest, error) {
	path := filepath.Join(root.Name(), manifestName)
	var data []byte
	f, err := openFile(root, manifestName, os.O_RDONLY, maxManifest)
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(f, maxManifest))
		err = errors.Join(err, f.Close())
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return model.Manifest{}, notRun(root.Name())
	}
	if err != nil {
		return model.Manifest{}, fmt.Errorf("opening a run: %s: %w", path, err)
	}
	m, col, err := decodeManifest(data)
	line := 0
	if col > 0 {
		before := data[:min(col, int64(len(data)))]
		line = bytes.Count(before, []byte("\n")) + 1
		col -= int64(bytes.LastIndexByte(before, '\n')) + 1
	}
	switch where := at(path, line, col); {
	case errors.Is(err, ErrSchema):
		return m, schemaError(where, m.Schema, Schema)
	case err != nil:
		return m, fmt.Errorf("%s: the manifest is %w: %w; restore it, or start a new run", where, ErrDamaged, err)
	}
	return m, nil
}

// decodeManifest also returns the offset of an error, from 1, where known.
func decodeManifest(data []byte) (m model.Manifest, offset int64, err error) {
	var version struct {
		Schema int `json:"schema"`
	}
	readable := json.Unmarshal(data, &version) == nil
	if readable && version.Schema > 0 && version.Schema != Schema {
		return model.Manifest{Schema: version.Schema}, 0, ErrSchema
	}
	if readable && version.Schema == Schema {
		if data, err = unseal(data, manifestSeal); err != nil {
			return m, 0, err
		}
	}
	if err := model.Unmarshal(data, &m); err != nil {
		return m, column(err), err
	}
	if m.Schema != Schema || m.ID == "" {
		return m, 0, errors.New("schema and id must be there")
	}
	return m, 0, checkBounds(&m)
}
