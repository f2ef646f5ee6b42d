package sample

// tree tells which processes of the machine belong to a tree, from one listing
// of all process ids after another. A process is looked at once, when it is
// first listed: later its parent may be gone and its link to the tree with it.
type tree struct {
	list    []known
	verdict map[int]bool
	fresh   []node
}

type known struct {
	pid    int
	member bool
}

// A node is what decides whether a process belongs to a tree.
type node struct{ pid, parent, group, session int }

// reset starts over with the tree of a new leader.
func (t *tree) reset(leader int) {
	if t.verdict == nil {
		t.verdict = make(map[int]bool)
	}
	clear(t.verdict)
	t.verdict[leader] = true
}

// update takes all process ids there are and calls look for those that are
// new. It appends the members to dst.
func (t *tree) update(dst, pids []int, leader int, look func(pid int) (node, bool)) []int {
	t.list, t.fresh = t.list[:0], t.fresh[:0]
	for _, pid := range pids {
		if member, ok := t.verdict[pid]; ok {
			t.list = append(t.list, known{pid, member})
		} else if r, ok := look(pid); ok {
			t.fresh = append(t.fresh, r)
		}
	}
	// A child may be listed before its parent when process ids wrap around.
	for again := true; again; {
		again = false
		for i := range t.fresh {
			r := &t.fresh[i]
			if r.pid != 0 && (t.verdict[r.parent] || r.group == leader || r.session == leader) {
				t.verdict[r.pid] = true
				t.list = append(t.list, known{r.pid, true})
				r.pid, again = 0, true
			}
		}
	}
	for _, r := range t.fresh {
		if r.pid != 0 {
			t.verdict[r.pid] = false
			t.list = append(t.list, known{r.pid, false})
		}
	}
	// Forget the dead, or a process that gets their id would inherit a verdict.
	if len(t.verdict) > len(t.list) {
		clear(t.verdict)
		for _, p := range t.list {
			t.verdict[p.pid] = p.member
		}
	}
	for _, p := range t.list {
		if p.member {
			dst = append(dst, p.pid)
		}
	}
	return dst
}
