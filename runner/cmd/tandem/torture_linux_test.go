package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/store"
)

// A storm counts what runners leave that are killed.
type storm struct {
	kills, guards, both, resumed, records    int
	survivors, lost, samples, scratch, stuck int
	slowest                                  time.Duration // until all was gone
}

// TestKillStorm kills runners at random moments, and now and then one of their
// guards as well, or both: nothing may live on, lie about or be lost, and the
// run must go on when it is asked to. Where nobody is left who could remove it,
// the folder on the disk stays for the next run. TANDEM_TORTURE says how many (make torture), and
// then what is left is counted after a second; TANDEM_SEED says at which
// moments.
func TestKillStorm(t *testing.T) {
	kills, seed, limit := 3, uint64(1), waitLong
	if text := os.Getenv("TANDEM_TORTURE"); text != "" {
		var err error
		kills, err = strconv.Atoi(text)
		require.NoError(t, err)
		limit = time.Second
	}
	if text := os.Getenv("TANDEM_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	// What a killed runner leaves becomes a child of this process.
	require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	defer func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }()

	all, err := catalog.Load(os.DirFS(filepath.Join("..", "..", "catalog")))
	require.NoError(t, err)
	var names []string
	for _, p := range all {
		names = append(names, p.ID)
	}
	// The first run builds what is missing; a compiler is not what is tested.
	_, said, status := tandem(t, nil, quick(filepath.Join(t.TempDir(), "run"))...)
	require.Equal(t, exitOK, status, said)

	var s storm
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i := range kills {
		s.kill(t, rng, i, names[i%len(names)], limit)
		if os.Getenv("TANDEM_TORTURE") != "" {
			t.Logf("%d %s: %+v", i+1, names[i%len(names)], s)
		}
	}
	t.Logf("seed %d\n%-34s%d, %d of them with a guard, %d with both, %d resumed\n%-34s%d\n%-34s%d of %d\n%-34s%d\n%-34s%d\n%-34s%d\n%-34s%v", seed,
		"kills", s.kills, s.guards, s.both, s.resumed, "survivors after "+limit.String(), s.survivors, "records lost", s.lost, s.records,
		"samples that cannot be read", s.samples, "scratch folders after "+limit.String(), s.scratch,
		"runs that did not go on", s.stuck, "longest until all was gone", s.slowest)
	require.Equal(t, make([]int, 5), []int{s.survivors, s.lost, s.samples, s.scratch, s.stuck}, "survivors, records, samples, scratch, runs")
}

func (s *storm) kill(t *testing.T, rng *rand.Rand, i int, pair string, limit time.Duration) {
	temp, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	before := children(os.Getpid())
	memory := scratchIn("/dev/shm")
	cmd := exec.Command("tandem", "run", pair, "--rounds", "1", "--patience", "0", "--out", out)
	cmd.Env = append(os.Environ(), "TANDEM_ROOT="+root, "TMPDIR="+temp)
	require.NoError(t, cmd.Start())

	// Half of them die whenever it is, the others once a trial has ended.
	journal := func() []byte {
		text, _ := os.ReadFile(filepath.Join(out, "trials.ndjson")) // none: nothing was measured yet
		return text[:bytes.LastIndexByte(text, '\n')+1]
	}
	moment := time.Duration(rng.Int64N(int64(1500 * time.Millisecond)))
	for patience := time.Now().Add(10 * time.Second); i%2 == 0 && len(journal()) == 0 && time.Now().Before(patience); {
		time.Sleep(waitStep)
	}
	time.Sleep(moment)
	doomed := guards(cmd.Process.Pid)
	alone := false
	switch one := rng.IntN(2); {
	case len(doomed) == 2 && i%3 == 0:
		doomed = doomed[one : one+1]
		s.guards++
	case len(doomed) == 2 && i%3 == 1:
		alone = true
		s.both++
	default:
		doomed = nil
	}
	first := rng.IntN(2) == 0
	for _, guard := range doomed {
		if first {
			_ = syscall.Kill(guard, syscall.SIGKILL) // it cannot be gone: its parent lives
		}
	}
	safe := journal()
	_ = cmd.Process.Kill() // it may have ended
	killed := time.Now()
	for _, guard := range doomed {
		if !first {
			_ = syscall.Kill(guard, syscall.SIGKILL)
		}
	}
	_ = cmd.Wait() // the status is the signal
	s.kills++

	left, lying := map[int]string{}, []string{}
	for {
		left, lying = living(before), nil
		if !alone {
			lying = scratchIn(temp)
		}
		for _, path := range scratchIn("/dev/shm") {
			if !slices.Contains(memory, path) && !locked(path) {
				lying = append(lying, path)
			}
		}
		took := time.Since(killed)
		if len(left)+len(lying) == 0 {
			s.slowest = max(s.slowest, took)
			break
		}
		if took > limit {
			t.Errorf("kill %d, of %s %v after its start: %v live, %q lie about", i+1, pair, moment, left, lying)
			for pid := range left {
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone by now
			}
			break
		}
		time.Sleep(waitStep)
	}
	s.survivors += len(left)
	s.scratch += len(lying)

	records := bytes.Count(safe, []byte("\n"))
	s.records += records
	m, trials, _, err := store.Read(out)
	if records == 0 && err != nil {
		return // killed before there was a run
	}
	after, _ := os.ReadFile(filepath.Join(out, "trials.ndjson"))
	if err != nil || !bytes.HasPrefix(after, safe) || len(trials) < records {
		t.Errorf("kill %d, of %s: %d of %d records are left: %v", i+1, pair, len(trials), records, err)
		s.lost += records - min(records, len(trials))
	}
	s.samples += unreadable(t, out, trials)
	if i%5 != 0 || m.Complete {
		return
	}
	_, said, status := tandem(t, []string{"TMPDIR=" + temp}, "run", "--resume", out, "--rounds", "1", "--patience", "0")
	s.resumed++
	again, all, _, err := store.Read(out)
	if status != exitOK || err != nil || !again.Complete || len(all) < len(trials) || fmt.Sprint(all[:len(trials)]) != fmt.Sprint(trials) {
		t.Errorf("kill %d, of %s: it does not go on: %v, status %d, %d and %d trials\n%s", i+1, pair, err, status, len(trials), len(all), said)
		s.stuck++
	}
}

// unreadable counts the trials whose samples cannot be read.
func unreadable(t *testing.T, out string, trials []model.Trial) (count int) {
	for _, one := range trials {
		if one.Samples == "" {
			continue
		}
		if _, err := store.ReadSamples(out, one.Samples); err != nil {
			t.Error(err)
			count++
		}
	}
	return count
}

// scratchIn lists this user's scratch folders.
func scratchIn(parent string) (paths []string) {
	all, _ := filepath.Glob(filepath.Join(parent, "tandem-scratch-*"))
	for _, path := range all {
		var info unix.Stat_t
		if unix.Lstat(path, &info) == nil && int(info.Uid) == os.Geteuid() {
			paths = append(paths, path)
		}
	}
	return paths
}

// locked says whether a folder is another runner's that lives.
func locked(path string) bool {
	var info unix.Stat_t
	if unix.Lstat(path, &info) != nil {
		return false
	}
	locks, _ := os.ReadFile("/proc/locks")
	return bytes.Contains(locks, fmt.Appendf(nil, ":%d 0 EOF", info.Ino))
}

// guards are those of a runner.
func guards(runner int) (pids []int) {
	for _, pid := range children(runner) {
		args, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline") // it may be gone
		if bytes.Contains(args, []byte("\x00guard\x00")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// living says what descends from this process, but for what did before. It
// buries the dead.
func living(before []int) map[int]string {
	found := map[int]string{}
	pids := slices.DeleteFunc(children(os.Getpid()), func(pid int) bool { return slices.Contains(before, pid) })
	for i := 0; i < len(pids); i++ {
		if dead, _ := unix.Wait4(pids[i], nil, unix.WNOHANG, nil); dead == pids[i] {
			continue
		}
		args, err := os.ReadFile("/proc/" + strconv.Itoa(pids[i]) + "/cmdline")
		if err == nil && len(args) > 0 { // a zombie has none
			found[pids[i]] = strings.ReplaceAll(string(args), "\x00", " ")
		}
		pids = append(pids, children(pids[i])...)
	}
	return found
}

// children lists those of a process that are not its threads.
func children(parent int) (pids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		text, _ := os.ReadFile(path) // it may be gone
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
