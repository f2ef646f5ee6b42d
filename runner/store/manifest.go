package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tandem/runner/model"
)

// UpdateManifest replaces the manifest at once. The ID of a run cannot change.
func (r *Run) UpdateManifest(m model.Manifest) error {
	if r.manifest.ID != "" && m.ID != r.manifest.ID {
		return fmt.Errorf("writing %s: run %q cannot become run %q", r.path(manifestName), r.manifest.ID, m.ID)
	}
	m.Schema = Schema
	data, err := model.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing %s: %w", r.path(manifestName), err)
	}
	// People read it too.
	var text bytes.Buffer
	if err := json.Indent(&text, data, "", "  "); err != nil {
		return fmt.Errorf("writing %s: %w", r.path(manifestName), err)
	}
	text.WriteByte('\n')
	if err := replace(r.path(manifestName), text.Bytes()); err != nil {
		return err
	}
	r.manifest = m
	return nil
}

func notRun(dir string) error {
	return fmt.Errorf("%s: %w: it has no %s; name a folder that tandem run made", dir, ErrNotRun, manifestName)
}

func readManifest(dir string) (model.Manifest, error) {
	path := filepath.Join(dir, manifestName)
	if _, err := os.Stat(dir); err != nil {
		return model.Manifest{}, fmt.Errorf("opening a run: %w; name the folder or the ID of one that tandem run made", err)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return model.Manifest{}, notRun(dir)
	}
	if err != nil {
		return model.Manifest{}, fmt.Errorf("opening a run: %w", err)
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
		return m, schemaError(where, m.Schema)
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
	if json.Unmarshal(data, &version) == nil && version.Schema > Schema {
		return model.Manifest{Schema: version.Schema}, 0, ErrSchema
	}
	if err := model.Unmarshal(data, &m); err != nil {
		return m, column(err), err
	}
	if m.Schema != Schema || m.ID == "" {
		return m, 0, errors.New("schema and id must be there")
	}
	return m, 0, nil
}
