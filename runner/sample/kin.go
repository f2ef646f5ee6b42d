package sample

// kin tells which processes of the machine belong to a tree, from one listing
// of all process ids after another. A process is looked at once, when it is
// first listed: later its parent may be gone and its link to the tree with it.
type kin struct {
	list    []known
	verdict map[int]bool
	fresh   []relative
}

type known struct {
	pid    int
	member bool
}

// A relative is what decides whether a process belongs to a tree.
type relative struct{ pid, parent, group, session int }

// reset starts over with the tree of a new leader.
func (k *kin) reset(leader int) {
	if k.verdict == nil {
		k.verdict = make(map[int]bool)
	}
	clear(k.verdict)
	k.verdict[leader] = true
}

// update takes all process ids there are and calls look for those that are
// new. It appends the members to dst.
func (k *kin) update(dst, pids []int, leader int, look func(pid int) (relative, bool)) []int {
	k.list, k.fresh = k.list[:0], k.fresh[:0]
	for _, pid := range pids {
		if member, ok := k.verdict[pid]; ok {
			k.list = append(k.list, known{pid, member})
		} else if r, ok := look(pid); ok {
			k.fresh = append(k.fresh, r)
		}
	}
	// A child may be listed before its parent when process ids wrap around.
	for again := true; again; {
		again = false
		for i := range k.fresh {
			r := &k.fresh[i]
			if r.pid != 0 && (k.verdict[r.parent] || r.group == leader || r.session == leader) {
				k.verdict[r.pid] = true
				k.list = append(k.list, known{r.pid, true})
				r.pid, again = 0, true
			}
		}
	}
	for _, r := range k.fresh {
		if r.pid != 0 {
			k.verdict[r.pid] = false
			k.list = append(k.list, known{r.pid, false})
		}
	}
	// Forget the dead, or a process that gets their id would inherit a verdict.
	if len(k.verdict) > len(k.list) {
		clear(k.verdict)
		for _, p := range k.list {
			k.verdict[p.pid] = p.member
		}
	}
	for _, p := range k.list {
		if p.member {
			dst = append(dst, p.pid)
		}
	}
	return dst
}
