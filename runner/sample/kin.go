package sample

// kin tells which processes of the machine belong to a tree. A process is
// looked at once, when it is first heard of: later its parent may be gone and
// its link to the tree with it.
type kin struct {
	verdict, spare map[int]bool
	fresh          []relative
}

// A relative is what decides whether a process belongs to a tree.
type relative struct{ pid, parent, group, session int }

// reset starts over with the tree of a new leader.
func (k *kin) reset(leader int) {
	if k.verdict == nil {
		k.verdict, k.spare = make(map[int]bool), make(map[int]bool)
	}
	clear(k.verdict)
	k.verdict[leader] = true
}

// update appends to dst which of some processes belong to the tree. It calls
// look for those that are new.
func (k *kin) update(dst, pids []int, leader int, look func(pid int) (relative, bool)) []int {
	k.fresh = k.fresh[:0]
	for _, pid := range pids {
		if member, ok := k.verdict[pid]; member {
			dst = append(dst, pid)
		} else if !ok {
			if r, ok := look(pid); ok {
				k.fresh = append(k.fresh, r)
				k.verdict[pid] = false
			}
		}
	}
	// A child may be listed before its parent when process ids wrap around.
	for again := true; again; {
		again = false
		for _, r := range k.fresh {
			if !k.verdict[r.pid] && (k.verdict[r.parent] || r.group == leader || r.session == leader) {
				k.verdict[r.pid], again = true, true
				dst = append(dst, r.pid)
			}
		}
	}
	return dst
}

// forget takes all processes that there are: who gets the id of a dead one
// would inherit its verdict.
func (k *kin) forget(pids []int) {
	clear(k.spare)
	for _, pid := range pids {
		if member, ok := k.verdict[pid]; ok {
			k.spare[pid] = member
		}
	}
	k.verdict, k.spare = k.spare, k.verdict
}
