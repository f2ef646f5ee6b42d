package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Order returns the order in which a round runs the n cells of a pair: a
// permutation of 0 to n-1. It depends on the seed, the pair's ID and the round
// alone, not on what ran before it, so that a resumed run goes on as if it had
// never stopped.
func Order(n int, seed uint64, pair string, round int) []int {
	var key [32]byte // ChaCha8 is specified: the same on every machine
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(round))
	name := sha256.Sum256([]byte(pair))
	copy(key[16:], name[:])
	return rand.New(rand.NewChaCha8(key)).Perm(n)
}
