package site

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Finding says on which URLs of a list clients disagree. For a list of the
// user's own that is no defect of any client: HTTP libraries differ, and so
// does what a server says from one time to the next.
type Finding struct {
	URLs  int            // in the list
	Count int            // of them, on which clients disagree
	On    []Disagreement // in the list's order, the first MostListed
	// Which clients' answers differ from others' but are too long to say
	// where, sorted. Count and On leave them out.
	Unsaid []string
}

// MostListed bounds how many disagreements a Finding lists.
const MostListed = 1000

// A Disagreement is one URL that clients do not all call the same.
type Disagreement struct {
	Place int // in the list, from 0
	URL   string
	Said  []Words // what most clients say first
}

// Words are what some clients say of a URL, such as "200 ok". Where a client
// said different things in different trials, both are in it: "200 ok or 0
// timeout".
type Words struct {
	Text    string
	Clients []string // sorted
}

// String is the finding in a line, and empty where all agree.
func (f Finding) String() string {
	var parts []string
	if f.Count > 0 {
		parts = append(parts, fmt.Sprintf("clients disagree on %d of %d URLs", f.Count, f.URLs))
	}
	if len(f.Unsaid) > 0 {
		parts = append(parts, fmt.Sprintf("answers differ, but are too long to say where: %s", strings.Join(f.Unsaid, ", ")))
	}
	return strings.Join(parts, "; ")
}

func (d Disagreement) String() string {
	var parts []string
	for _, w := range d.Said {
		parts = append(parts, fmt.Sprintf("%s (%s)", w.Text, strings.Join(w.Clients, ", ")))
	}
	return fmt.Sprintf("%s: %s", d.URL, strings.Join(parts, "; "))
}

// Disagreements compares clients' answers about a list of URLs, each client's
// of all its trials, as urlcheck.Answer wrote them.
func Disagreements(urls []string, answers map[string][]string) Finding {
	f := Finding{URLs: len(urls)}
	clients := map[string][]string{} // by answer
	for _, client := range slices.Sorted(maps.Keys(answers)) {
		for _, answer := range answers[client] {
			if !slices.Contains(clients[answer], client) {
				clients[answer] = append(clients[answer], client)
			}
		}
	}
	if len(clients) < 2 {
		return f
	}

	// All different answers are walked through together, run by run.
	type walk struct {
		clients []string
		words   string
		left    int
		next    func() (run, bool)
	}
	var walks []*walk
	for _, answer := range slices.Sorted(maps.Keys(clients)) {
		if runs, ok := parse(answer, len(urls)); ok {
			next, stop := iter.Pull(runs)
			defer stop()
			walks = append(walks, &walk{clients: clients[answer], next: next})
		} else {
			f.Unsaid = append(f.Unsaid, clients[answer]...)
		}
	}
	slices.Sort(f.Unsaid)
	f.Unsaid = slices.Compact(f.Unsaid)
	for at := 0; at < len(urls) && len(walks) > 1; {
		step, agree := len(urls)-at, true
		for _, w := range walks {
			if w.left == 0 {
				r, _ := w.next()
				w.words, w.left = r.words, r.count
			}
			step = min(step, w.left)
			agree = agree && w.words == walks[0].words
		}
		for _, w := range walks {
			w.left -= step
		}
		if !agree {
			said := map[string][]string{} // by client, the different words
			for _, w := range walks {
				for _, client := range w.clients {
					if !slices.Contains(said[client], w.words) {
						said[client] = append(said[client], w.words)
					}
				}
			}
			for place := at; place < at+step && len(f.On) < MostListed; place++ {
				f.On = append(f.On, Disagreement{place, urls[place], group(said)})
			}
			f.Count += step
		}
		at += step
	}
	return f
}

func group(said map[string][]string) []Words {
	clients := map[string][]string{} // by what they say
	for _, client := range slices.Sorted(maps.Keys(said)) {
		words := slices.Sorted(slices.Values(said[client]))
		text := strings.Join(words, " or ")
		clients[text] = append(clients[text], client)
	}
	var all []Words
	for _, text := range slices.Sorted(maps.Keys(clients)) {
		all = append(all, Words{text, clients[text]})
	}
	slices.SortStableFunc(all, func(a, b Words) int { return cmp.Compare(len(b.Clients), len(a.Clients)) })
	return all
}

// A run is a number of URLs on end of which a client says the same.
type run struct {
	words string
	count int
}

// parse reads the second and third line of an answer about so many URLs. It
// is not ok where the answer has no such lines, or other ones.
func parse(answer string, urls int) (runs iter.Seq[run], ok bool) {
	lines := strings.Split(answer, "\n")
	if len(lines) != 3 {
		return nil, false
	}
	words := strings.Split(lines[1], ", ")
	read := func(text string) (run, bool) {
		place, times, many := strings.Cut(text, "*")
		i, err := strconv.Atoi(place)
		if err != nil || i < 0 || i >= len(words) {
			return run{}, false
		}
		count := 1
		if many {
			if count, err = strconv.Atoi(times); err != nil || count < 1 || count > urls {
				return run{}, false
			}
		}
		return run{words[i], count}, true
	}
	total := 0
	for text := range strings.SplitSeq(lines[2], " ") {
		r, ok := read(text)
		total += r.count
		if !ok || total > urls {
			return nil, false
		}
	}
	return func(yield func(run) bool) {
		for text := range strings.SplitSeq(lines[2], " ") {
			if r, _ := read(text); !yield(r) {
				return
			}
		}
	}, total == urls
}
