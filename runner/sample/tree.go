package sample

// tree tells which processes of the machine belong to a tree. A process is
// looked at once, when it is first heard of: later its parent may be gone and
// its link to the tree with it.
type tree struct {
	verdict, spare map[int]bool
	fresh          []node
}

// A node is what decides whether a process belongs to a tree.
type node struct{ pid, parent, group, session int }

// reset starts over with the tree of a new leader.
func (t *tree) reset(leader int) {
	if t.verdict == nil {
		t.verdict, t.spare = make(map[int]bool), make(map[int]bool)
	}
	clear(t.verdict)
	t.verdict[leader] = true
}

// update appends to dst which of some processes belong to the tree. It calls
// look for those that are new.
func (t *tree) update(dst, pids []int, leader int, look func(pid int) (node, bool)) []int {
	t.fresh = t.fresh[:0]
	for _, pid := range pids {
		if member, ok := t.verdict[pid]; member {
			dst = append(dst, pid)
		} else if !ok {
			if r, ok := look(pid); ok {
				t.fresh = append(t.fresh, r)
				t.verdict[pid] = false
			}
		}
	}
	// A child may be listed before its parent when process ids wrap around.
	for again := true; again; {
		again = false
		for _, r := range t.fresh {
			if !t.verdict[r.pid] && (t.verdict[r.parent] || r.group == leader || r.session == leader) {
				t.verdict[r.pid], again = true, true
				dst = append(dst, r.pid)
			}
		}
	}
	return dst
}

// forget takes all processes that there are: who gets the id of a dead one
// would inherit its verdict.
func (t *tree) forget(pids []int) {
	clear(t.spare)
	for _, pid := range pids {
		if member, ok := t.verdict[pid]; ok {
			t.spare[pid] = member
		}
	}
	t.verdict, t.spare = t.spare, t.verdict
}
