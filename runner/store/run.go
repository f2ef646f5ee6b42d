package store

import (
	"compress/gzip"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

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
	dir      string   // as the user named it
	root     *os.Root // the folder itself, wherever it is moved
	manifest model.Manifest
	journal  journal
	file     *os.File
	lock     *os.File
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
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, root: root, journal: journal{metrics: census{}}}
	if err := r.takeLock(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	defer func() {
		if err != nil {
			for _, name := range []string{manifestName, journalName, lockName} {
				root.Remove(name)
			}
			r.Close()
			os.Remove(dir)
		}
	}()
	// The manifest comes last: a folder without one is not a run, so one that
	// was killed here is never mistaken for a run that lost its journal.
	r.file, err = root.OpenFile(journalName, os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o666)
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
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, root: root}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	// Looking at what is no run must leave no lock behind.
	if _, err = readManifest(root); err != nil {
		return nil, err
	}
	if err := r.takeLock(); err != nil {
		return nil, err
	}
	// Again, now that nobody else can be writing it.
	if r.manifest, err = readManifest(root); err != nil {
		return nil, err
	}
	path := r.path(journalName)
	// What was being replaced when the run was killed. Other files may be in
	// the hands of a report, which needs no lock.
	for _, pattern := range []string{"." + manifestName + "?*", samplesName + "/.?*"} {
		left, _ := fs.Glob(root.FS(), pattern)
		for _, name := range left {
			root.Remove(name)
		}
	}
	if r.file, err = openJournal(root, os.O_RDWR|os.O_APPEND); err != nil {
		return nil, err
	}
	if r.journal, err = readJournal(r.file, path, r.manifest); err != nil {
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
	none := model.Manifest{}
	root, err := openRoot(dir)
	if err != nil {
		return none, nil, nil, err
	}
	defer root.Close() // only read
	m, err := readManifest(root)
	if err != nil {
		return none, nil, nil, err
	}
	j, err := readWhole(root, m)
	if err != nil {
		return none, nil, nil, err
	}
	return m, j.trials, j.warnings(), nil
}

// readWhole reads the journal beside a manifest.
func readWhole(root *os.Root, m model.Manifest) (journal, error) {
	f, err := openJournal(root, os.O_RDONLY)
	if err != nil {
		return journal{}, err
	}
	defer f.Close() // only read
	return readJournal(f, filepath.Join(root.Name(), journalName), m)
}

func openJournal(root *os.Root, how int) (*os.File, error) {
	f, err := openFile(root, journalName, how, maxJournal)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %s: %w", filepath.Join(root.Name(), journalName), hint(err))
	}
	return f, nil
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
	lock, err := openFile(r.root, lockName, os.O_CREATE|os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("locking %s: %w", r.dir, hint(err))
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		who := ""
		if text, err := io.ReadAll(io.LimitReader(lock, 20)); err == nil && len(text) > 0 {
			who = fmt.Sprintf(" (process %s)", strings.TrimSpace(string(text)))
		}
		err = fmt.Errorf("%s: %w%s; wait until it ends, or stop it", r.dir, ErrLocked, who)
		return errors.Join(err, lock.Close())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("locking %s: %w", r.dir, err), lock.Close())
	}
	r.lock = lock
	// On a full disk the number is missing, and nothing else.
	if lock.Truncate(0) == nil {
		_, _ = lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return nil
}

// Dir is the run's folder, as the user named it or where it has been moved to.
func (r *Run) Dir() string {
	if r.root == nil || r.here() {
		return r.dir
	}
	if f, err := r.root.Open("."); err == nil {
		defer f.Close()
		if moved, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd())); err == nil && !strings.HasSuffix(moved, " (deleted)") {
			return moved
		}
	}
	return r.dir
}

// here says whether the folder is still where the user named it.
func (r *Run) here() bool {
	there, err := os.Stat(r.dir)
	if err != nil {
		return false
	}
	own, err := r.root.Stat(".")
	return err == nil && os.SameFile(there, own)
}

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
	// A file that was deleted takes every write, and keeps none.
	if r.Gone() {
		return fmt.Errorf("%s: writing a trial: %w", where, ErrGone)
	}
	line, err := encodeTrial(t)
	if err == nil && r.journal.good+int64(len(line)) > maxJournal {
		err = fmt.Errorf("the journal would be larger than %d bytes; start a new run", maxJournal)
	}
	if err != nil {
		return fmt.Errorf("%s: writing a trial of %s %s %s: %w", where, t.Pair, t.Side, t.Variant, err)
	}
	// What cannot be read again must not be written; and what Trials returns
	// is what Read will.
	back, _, err := decodeTrial(line[:len(line)-1])
	if err == nil {
		err = r.journal.metrics.add(&back)
	}
	if err != nil {
		return fmt.Errorf("%s: writing a trial of %s %s %s: %w", where, t.Pair, t.Side, t.Variant, err)
	}
	err, broken := appendSynced(r.file, r.journal.good, line)
	if err != nil {
		err = fmt.Errorf("%s: writing a trial: %w; the %d before it are safe, and --resume %s goes on after them",
			where, hint(err), n-1, r.Dir())
		if broken {
			r.broken = err
		}
		return err
	}
	r.journal.trials = append(r.journal.trials, back)
	r.journal.good += int64(len(line))
	return nil
}

// Gone says whether the journal was deleted: what is written to it then is lost.
func (r *Run) Gone() bool {
	info, err := r.file.Stat()
	return err == nil && info.Sys().(*syscall.Stat_t).Nlink == 0
}

// Rescue writes everything measured to a new folder after the run's own was
// deleted: there, or beside it where something else is there by now. What was
// seen of each trial over time is lost.
func (r *Run) Rescue() (dir string, err error) {
	saved, err := Create(r.dir, r.manifest)
	if errors.Is(err, fs.ErrExist) {
		saved, err = Create(r.dir+"-rescued", r.manifest)
	}
	if err != nil {
		return "", fmt.Errorf("keeping what was measured: %w", err)
	}
	for _, t := range r.journal.trials {
		t.Samples = ""
		if err := saved.Append(t); err != nil {
			return "", errors.Join(err, saved.Close())
		}
	}
	old := *r
	*r = *saved
	return r.dir, old.Close()
}

// Check says why t could not be appended, other than that the disk fails.
func (r *Run) Check(t model.Trial) error {
	if err := Check(&t); err != nil {
		return err
	}
	seen := census{t.Pair: slices.Clone(r.journal.metrics[t.Pair])}
	return seen.add(&t)
}

// WriteFile replaces the file name below the run's folder at once.
func (r *Run) WriteFile(name string, data []byte) error { return writeFile(r.root, name, data) }

// WriteFile replaces the file name below the run's folder dir at once, so that
// a reader finds the old content or the new, never a part. It makes the
// folders on the way, and needs no lock. The files that make the run are not
// for it.
func WriteFile(dir, name string, data []byte) error {
	root, err := openRoot(dir)
	if err != nil {
		return err
	}
	return errors.Join(writeFile(root, name, data), root.Close())
}

func writeFile(root *os.Root, name string, data []byte) error {
	first, _, _ := strings.Cut(filepath.ToSlash(filepath.Clean(name)), "/")
	if !filepath.IsLocal(name) || slices.Contains([]string{".", manifestName, journalName, lockName, samplesName}, first) {
		return fmt.Errorf("writing %q to a run's folder: the name is taken or outside of it", name)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return fmt.Errorf("writing a file of the run: %w", hint(err))
	}
	return replace(root, name, data)
}

// Close gives the lock back. Everything was on the disk before.
func (r *Run) Close() error {
	var err error
	if r.file != nil {
		err = r.file.Close()
		r.file = nil
	}
	if r.lock != nil {
		_ = r.lock.Truncate(0)
		err = errors.Join(err, r.lock.Close())
		r.lock = nil
	}
	if r.root != nil {
		err = errors.Join(err, r.root.Close())
		r.root = nil
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

// replace replaces the file name at once with data that is on the disk. The
// temporary file lies beside it, for only there is a rename sure to work. A
// link of that name is replaced, not followed.
func replace(root *os.Root, name string, data []byte) error {
	dir, base := filepath.Split(name)
	unfinished := fmt.Sprintf("%s.%s%d", dir, base, rand.Uint64())
	f, err := root.OpenFile(unfinished, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = f.Write(data)
		err = errors.Join(err, f.Sync(), f.Close())
		if err == nil {
			err = root.Rename(unfinished, name)
		}
		if err != nil {
			root.Remove(unfinished)
		}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Join(root.Name(), name), hint(err))
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
