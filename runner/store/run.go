package store

import (
	"compress/gzip"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"tandem/runner/model"
)

// The files of a run's folder that only this package writes.
const (
	manifestName = "manifest.json"
	journalName  = "trials.ndjson"
	lockName     = ".lock"
	samplesName  = "samples"
)

// latestName is the link, beside the runs, to the newest of them.
const latestName = "latest"

// A Run is a run's folder, open for writing and locked against other
// processes. It is for one goroutine at a time.
type Run struct {
	dir      string
	manifest model.Manifest
	journal  journal
	file     *os.File
	lock     *flock.Flock
	zip      *gzip.Writer // kept, for a new one costs more than what it writes
	broken   error        // why nothing more can be appended
}

// NewID names a run: readable, sorted by time, and different for two runs of
// the same second.
func NewID(t time.Time, seed uint64) string {
	h := fnv.New32a()
	fmt.Fprint(h, t.UnixNano(), seed)
	sum := h.Sum32()
	return fmt.Sprintf("%s-%04x", t.UTC().Format("20060102-150405"), uint16(sum^sum>>16))
}

// Create makes the folder dir, which must be missing or empty, and opens it for
// a new run. Folders above it are made where they are missing.
func Create(dir string, m model.Manifest) (_ *Run, err error) {
	if m.ID == "" {
		return nil, errors.New("creating a run: it has no ID")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("creating a run: %w", hint(err))
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("creating a run: %w", hint(err))
	}
	if len(there) > 0 {
		return nil, fmt.Errorf("creating a run in %s: %w: it holds %q; choose a new folder, or go on with a run by --resume",
			dir, fs.ErrExist, there[0].Name())
	}
	r := &Run{dir: dir}
	if err := r.takeLock(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.Close()
			for _, name := range []string{manifestName, journalName, lockName, "."} {
				os.Remove(r.path(name))
			}
		}
	}()
	// The manifest comes last: a folder without one is not a run, so one that
	// was killed here is never mistaken for a run that lost its journal.
	r.file, err = os.OpenFile(r.path(journalName), os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("creating a run: %w", hint(err))
	}
	if err := r.UpdateManifest(m); err != nil {
		return nil, err
	}
	if err := errors.Join(syncDir(dir), syncDir(filepath.Dir(dir))); err != nil {
		return nil, fmt.Errorf("creating a run: %w", hint(err))
	}
	return r, nil
}

// Open opens the run in dir to go on with it. A last line of the journal that
// was torn when the run was killed is cut off; Warnings says so.
func Open(dir string) (_ *Run, err error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, manifest: m}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if err := r.takeLock(); err != nil {
		return nil, err
	}
	// Again, now that nobody else can be writing it.
	if r.manifest, err = readManifest(dir); err != nil {
		return nil, err
	}
	// What was being replaced when the run was killed. Other files may be in
	// the hands of a report, which needs no lock.
	for _, pattern := range []string{"." + manifestName + "?*", samplesName + "/.?*"} {
		left, _ := fs.Glob(os.DirFS(dir), pattern)
		for _, name := range left {
			os.Remove(r.path(name))
		}
	}
	path := r.path(journalName)
	r.file, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", hint(err))
	}
	if r.journal, err = readJournal(r.file, path, m.ID); err != nil {
		return nil, err
	}
	if r.journal.warning != "" {
		if err := r.file.Truncate(r.journal.good); err != nil {
			return nil, fmt.Errorf("%s: cutting off a torn line: %w", path, hint(err))
		}
	}
	if r.journal.unended {
		if err, _ := appendSynced(r.file, r.journal.good, []byte("\n")); err != nil {
			return nil, fmt.Errorf("%s: ending the last line: %w", path, hint(err))
		}
		r.journal.good++
		r.journal.unended = false
	}
	return r, nil
}

// Read reads the run in dir, which may be under way, and changes nothing. The
// warnings are about a torn last line, which it leaves out.
func Read(dir string) (model.Manifest, []model.Trial, []string, error) {
	m, err := readManifest(dir)
	if err != nil {
		return model.Manifest{}, nil, nil, err
	}
	path := filepath.Join(dir, journalName)
	f, err := os.Open(path)
	if err != nil {
		return model.Manifest{}, nil, nil, fmt.Errorf("opening the journal: %w", err)
	}
	defer f.Close() // only read
	j, err := readJournal(f, path, m.ID)
	if err != nil {
		return model.Manifest{}, nil, nil, err
	}
	return m, j.trials, j.warnings(), nil
}

func (j journal) warnings() []string {
	if j.warning == "" {
		return nil
	}
	return []string{j.warning}
}

// takeLock takes the lock of the run, which the kernel gives back however this
// process ends, and leaves this process's ID in it for others to name.
func (r *Run) takeLock() error {
	path := r.path(lockName)
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
	ok, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking %s: %w", r.dir, hint(err))
	}
	if !ok {
		who := ""
		if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
			who = fmt.Sprintf(" (process %s)", strings.TrimSpace(string(text)))
		}
		return fmt.Errorf("%s: %w%s; wait until it ends, or stop it", r.dir, ErrLocked, who)
	}
	r.lock = lock
	// On a full disk the number is missing, and nothing else.
	_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o666)
	return nil
}

// Dir is the run's folder.
func (r *Run) Dir() string { return r.dir }

// Manifest is the manifest as it was last read or written.
func (r *Run) Manifest() model.Manifest { return r.manifest }

// Trials are all trials of the journal in the order in which they ended, equal
// to what a later Read returns. The caller must not change them.
func (r *Run) Trials() []model.Trial { return slices.Clip(r.journal.trials) }

// Warnings says what Open had to leave out.
func (r *Run) Warnings() []string { return r.journal.warnings() }

// Append adds t to the journal and returns when it is on the disk. After an
// error the journal is as it was before, and a later Append may succeed.
func (r *Run) Append(t model.Trial) error {
	t.Schema, t.Run = Schema, r.manifest.ID
	n := len(r.journal.trials) + 1
	where := at(r.path(journalName), n, 0)
	if r.broken != nil {
		return fmt.Errorf("%s: nothing more can be appended: %w", where, r.broken)
	}
	line, err := encodeTrial(t)
	if err != nil {
		return fmt.Errorf("%s: writing a trial of %s %s %s: %w", where, t.Pair, t.Side, t.Variant, err)
	}
	// What cannot be read again must not be written; and what Trials returns
	// is what Read will.
	back, _, err := decodeTrial(line[:len(line)-1])
	if err != nil {
		return fmt.Errorf("%s: writing a trial of %s %s %s: %w", where, t.Pair, t.Side, t.Variant, err)
	}
	err, broken := appendSynced(r.file, r.journal.good, line)
	if err != nil {
		err = fmt.Errorf("%s: writing a trial: %w; the %d before it are safe, and --resume %s goes on after them",
			where, hint(err), n-1, r.manifest.ID)
		if broken {
			r.broken = err
		}
		return err
	}
	r.journal.trials = append(r.journal.trials, back)
	r.journal.good += int64(len(line))
	return nil
}

// WriteFile replaces the file name below the run's folder at once.
func (r *Run) WriteFile(name string, data []byte) error { return WriteFile(r.dir, name, data) }

// WriteFile replaces the file name below the run's folder dir at once, so that
// a reader finds the old content or the new, never a part. It makes the
// folders on the way, and needs no lock. The files that make the run are not
// for it.
func WriteFile(dir, name string, data []byte) error {
	first, _, _ := strings.Cut(filepath.ToSlash(filepath.Clean(name)), "/")
	if !filepath.IsLocal(name) || slices.Contains([]string{".", manifestName, journalName, lockName, samplesName}, first) {
		return fmt.Errorf("writing %q to a run's folder: the name is taken or outside of it", name)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("writing a file of the run: %w", hint(err))
	}
	return replace(path, data)
}

// Close gives the lock back. Everything was on the disk before.
func (r *Run) Close() error {
	var err error
	if r.file != nil {
		err = r.file.Close()
		r.file = nil
	}
	if r.lock != nil {
		_ = os.Truncate(r.path(lockName), 0)
		err = errors.Join(err, r.lock.Close())
		r.lock = nil
	}
	if err != nil {
		return fmt.Errorf("closing %s: %w", r.dir, err)
	}
	return nil
}

// Latest makes root/latest point to the run id, at once. A run is complete
// without it, so an error (a file system that has no links) is only worth a
// warning.
func Latest(root, id string) error {
	path := filepath.Join(root, latestName)
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is no link, so it stays as it is; move it away to have a link to the newest run", path)
	}
	if err := renameio.Symlink(id, path); err != nil {
		return fmt.Errorf("no link to the newest run: %w; its folder is %s", err, filepath.Join(root, id))
	}
	return nil
}

func (r *Run) path(name string) string { return filepath.Join(r.dir, name) }

// replace replaces path at once with data that is on the disk. The temporary
// file lies beside it, for only there is a rename sure to work.
func replace(path string, data []byte) error {
	if err := renameio.WriteFile(path, data, 0o666, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("writing %s: %w", path, hint(err))
	}
	return nil
}

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
