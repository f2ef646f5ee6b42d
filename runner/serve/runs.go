package serve

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/model"
	"tandem/runner/plain"
	"tandem/runner/project"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// A runList knows what the results hold. To judge a run's claims its journal is
// read, so each run is read once, and none while another one is measured.
type runList struct {
	project project.Project
	pairs   []*catalog.Pair

	mu   sync.Mutex
	runs map[string]run // by ID
}

// A run is a line of the list.
type run struct {
	ID       string
	Pairs    []string
	Date     string
	Machine  string
	Verdicts []string // "3 reproduced"
	Report   string   // its address; empty: none was written
	Why      string   // it is not whole, or cannot be read
	changed  time.Time
}

// mostRuns is how many are listed.
const mostRuns = 50

// newest lists the runs, the newest first, and says how many more there are.
// Without read, those that were not read before are named alone.
func (l *runList) newest(read bool) (runs []run, more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries, err := os.ReadDir(l.project.Results())
	if err != nil {
		return nil, 0
	}
	if l.runs == nil {
		l.runs = map[string]run{}
	}
	for _, e := range slices.Backward(entries) { // an ID begins with its date
		manifest, err := os.Stat(filepath.Join(l.dir(e.Name()), "manifest.json"))
		switch {
		case err != nil || !e.IsDir():
			continue
		case len(runs) == mostRuns:
			more++
			continue
		}
		known := l.runs[e.Name()]
		if read && !known.changed.Equal(manifest.ModTime()) {
			known = l.read(e.Name())
			known.changed = manifest.ModTime()
			l.runs[e.Name()] = known
		}
		known.ID = e.Name()
		if _, err := os.Stat(filepath.Join(l.dir(e.Name()), "report.html")); err == nil {
			known.Report = reportOf(e.Name())
		}
		runs = append(runs, known)
	}
	return runs, more
}

func (l *runList) dir(id string) string { return filepath.Join(l.project.Results(), id) }

func (l *runList) read(id string) (r run) {
	m, trials, _, err := store.Read(l.dir(id))
	if err != nil {
		r.Why = err.Error()
		return r
	}
	table := summary.Of(m, trials, l.pairs)
	for _, p := range table.Pairs {
		r.Pairs = append(r.Pairs, p.ID)
	}
	counts := map[model.Verdict]int{}
	for _, j := range claims.Judge(m, table, l.pairs) {
		counts[j.Verdict]++
	}
	for _, v := range model.Verdicts {
		if counts[v] > 0 {
			r.Verdicts = append(r.Verdicts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	r.Date = m.CreatedAt.Local().Format("2 January 2006, 15:04")
	r.Machine = fmt.Sprintf("%s, %d cores", cmp.Or(m.Machine.CPU, m.Machine.Arch), m.Machine.Cores)
	if !m.Complete {
		r.Why = "not complete"
	}
	return r
}

// reportOf is the address of a run's report.
func reportOf(dir string) string { return "/runs/" + filepath.Base(dir) + "/report.html" }

var (
	runID   = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]*$`)
	runFile = regexp.MustCompile(`^(report\.html|figures/[0-9A-Za-z][0-9A-Za-z._,=+-]*\.(svg|csv))$`)
)

// file serves a run's report and its figures, and nothing else that is there.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	id, name := r.PathValue("id"), r.PathValue("file")
	if !runID.MatchString(id) || !runFile.MatchString(name) {
		http.NotFound(w, r)
		return
	}
	dir := s.list.dir(id)
	if own := s.feed.folder(); own != "" && filepath.Base(own) == id {
		dir = own
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer root.Close()
	if _, err := root.Stat("manifest.json"); err != nil {
		http.NotFound(w, r)
		return
	}
	// No page of ours may frame it, nor it talk to us.
	w.Header().Set("Content-Security-Policy", reportPolicy)
	http.ServeFileFS(w, r, root.FS(), name)
}

// home lists the runs and what can be started.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	busy := s.feed.busy()
	runs, more := s.list.newest(!busy)
	var pairs []*catalog.Pair
	for _, p := range s.options.Pairs {
		pairs = append(pairs, p.Filled(nil))
	}
	var page bytes.Buffer
	err := pages.ExecuteTemplate(&page, "home.html", map[string]any{
		"Busy": busy, "Runs": runs, "More": more, "Pairs": pairs, "Profiles": catalog.Profiles, "Results": s.options.Project.Results(),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(plain.Page(page.Bytes())) // a viewer that is gone is no loss
}

// folder is where the run is that the viewers see.
func (f *Feed) folder() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dir
}
