package sample

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTree(t *testing.T) {
	// Process 10 leads; 99 is the runner.
	all := map[int]node{
		1:  {1, 0, 1, 1},
		10: {10, 99, 10, 99},
		11: {11, 10, 10, 99}, // a child
		12: {12, 11, 12, 12}, // a grandchild in a session of its own
		13: {13, 1, 10, 99},  // an orphan of the leader's group
		14: {14, 1, 14, 10},  // an orphan of the leader's session
		5:  {5, 12, 12, 12},  // a idsAfter child with a smaller id
		99: {99, 1, 99, 99},
		20: {20, 99, 20, 99}, // another child of the runner
	}
	looks := 0
	look := func(pid int) (node, bool) { looks++; r, ok := all[pid]; return r, ok }
	list := func() (pids []int) {
		for pid := range all {
			pids = append(pids, pid)
		}
		slices.Sort(pids)
		return pids
	}
	update := func(k *tree) []int {
		k.forget(list())
		return slices.Sorted(slices.Values(k.update(nil, list(), 10, look)))
	}

	var k tree
	k.reset(10)
	require.Equal(t, []int{5, 10, 11, 12, 13, 14}, update(&k))
	require.Equal(t, len(all)-1, looks, "the leader is known")

	looks = 0
	all[5] = node{5, 1, 12, 12} // its parent is gone: it stays in the tree
	delete(all, 12)
	require.Equal(t, []int{5, 10, 11, 13, 14}, update(&k))
	require.Zero(t, looks, "nobody is new")

	all[12] = node{12, 1, 12, 12} // a stranger gets the dead one's id
	require.Equal(t, []int{5, 10, 11, 13, 14}, update(&k))

	delete(all, 10)
	all[30] = node{30, 11, 30, 30}
	require.Equal(t, []int{5, 11, 13, 14, 30}, update(&k), "the tree outlives its leader")

	k.reset(20)
	all[21] = node{21, 20, 20, 99}
	require.Equal(t, []int{20, 21}, slices.Sorted(slices.Values(k.update(nil, list(), 20, look))))
}
