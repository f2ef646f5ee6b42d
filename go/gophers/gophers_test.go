package gophers

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var designs = []struct {
	name    string
	design  Design
	gophers int
	ways    []string
	// For n loads over ways of one unit, and of two, and an even n: how many
	// units until the last gopher is done.
	one, two func(n int) float64
}{
	{"one", One, 1, []string{"A"},
		func(n int) float64 { return 4 * float64(n) },
		func(n int) float64 { return 6 * float64(n) }},
	// More gophers are not enough.
	{"shared-cart", SharedCart, 2, []string{"A"},
		func(n int) float64 { return 4 * float64(n) },
		func(n int) float64 { return 6 * float64(n) }},
	// The second waits at the pile, once.
	{"two-carts", TwoCarts, 2, []string{"A"},
		func(n int) float64 { return 4*float64(n/2) + 1 },
		func(n int) float64 { return 6*float64(n/2) + 1 }},
	{"two-piles", TwoPiles, 2, []string{"A", "B"},
		func(n int) float64 { return 4 * float64(n/2) },
		func(n int) float64 { return 6 * float64(n/2) }},
	// The mover is never idle once a cart is full.
	{"three", Three, 3, []string{"A"},
		func(n int) float64 { return 1 + 2*float64(n) },
		func(n int) float64 { return 1 + 4*float64(n) }},
	// The longest step decides, and the first load pays for all.
	{"four", Four, 4, []string{"A"},
		func(n int) float64 { return float64(n) + 3 },
		func(n int) float64 { return 2*float64(n) + 4 }},
	{"eight", Eight, 8, []string{"A", "B"},
		func(n int) float64 { return float64(n/2) + 3 },
		func(n int) float64 { return 2*float64(n/2) + 4 }},
	// Each of the two is done with a load after 1, half a way, 1, half a way.
	// The second begins when the first has unloaded for the first time.
	{"staging", Staging, 2, []string{"A1", "A2"},
		func(n int) float64 { return 3*float64(n) + 2.5 },
		func(n int) float64 { return 4*float64(n) + 3 }},
	{"two-staging", TwoStaging, 4, []string{"A1", "A2", "B1", "B2"},
		func(n int) float64 { return 3*float64(n/2) + 2.5 },
		func(n int) float64 { return 4*float64(n/2) + 3 }},
	{"staging-eight", StagingEight, 8, []string{"A1", "A2"},
		func(n int) float64 { return float64(n) + 4.5 },
		func(n int) float64 { return float64(n) + 6 }},
	{"sixteen", Sixteen, 16, []string{"A1", "A2", "B1", "B2"},
		func(n int) float64 { return float64(n/2) + 4.5 },
		func(n int) float64 { return float64(n/2) + 6 }},
}

// By the fake clock each design takes exactly as long as its structure says,
// however many cores there are. That is the point of the talk.
func TestHowLongEachDesignTakes(t *testing.T) {
	for _, procs := range []int{1, 2} {
		for _, test := range designs {
			for way, want := range []func(int) float64{1: test.one, 2: test.two} {
				if want == nil {
					continue
				}
				t.Run(fmt.Sprintf("%s/way=%d/procs=%d", test.name, way, procs), func(t *testing.T) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
					synctest.Test(t, func(t *testing.T) {
						const loads = 20
						start := time.Now()
						burnt := test.design(Job{loads, way, Waiting(time.Second), events.Silent})
						require.Equal(t, want(loads), time.Since(start).Seconds())
						require.Equal(t, "loads=20 sum=2870", burnt.String())
					})
				})
			}
		}
	}
}

// Every load is burnt once, whatever the number, and every gopher there is
// does something but never two things at once.
func TestEveryLoadIsBurntOnce(t *testing.T) {
	for _, test := range designs {
		t.Run(test.name, func(t *testing.T) {
			once := func(loads, way uint8) bool {
				n := int(loads)%60 + 1
				var mu sync.Mutex
				doing := map[int]string{}
				steps := map[string]int{}
				ways := map[string]map[string]int{}
				note := func(worker int, kind, label string) {
					mu.Lock()
					defer mu.Unlock()
					switch kind {
					case Load, Move, Unload, Return:
						// Not require: it would end a gopher whom others wait for.
						assert.Empty(t, doing[worker])
						doing[worker] = label
						steps[kind]++
						if ways[label] == nil {
							ways[label] = map[string]int{}
						}
						ways[label][kind]++
					case "finish":
						assert.Equal(t, label, doing[worker])
						doing[worker] = ""
					default:
						assert.Equal(t, "first-burnt", label)
					}
				}
				burnt := test.design(Job{n, int(way)%5 + 1, Waiting(0), note})
				require.Equal(t, burnt.String(), answerOf(n))
				require.Len(t, steps, 4)
				for _, what := range []string{Load, Move, Unload, Return} {
					// Once a load, or once on either side of a staging pile.
					require.Contains(t, []int{n, 2 * n}, steps[what])
				}
				// On each way there is as much of each step as loads took it, and
				// who carries on from a staging pile carries what was brought there.
				for name, way := range ways {
					require.Contains(t, test.ways, name)
					require.Equal(t, map[string]int{Load: way[Load], Move: way[Load], Unload: way[Load], Return: way[Load]}, way)
				}
				if n > 1 {
					require.Len(t, ways, len(test.ways))
				}
				if len(test.ways) > 1 {
					require.Equal(t, ways["A1"], ways["A2"])
				}
				// Two at one pile: one of them may be fast enough to do it all.
				if n > 1 && test.name != "shared-cart" && test.name != "two-carts" {
					require.Len(t, doing, test.gophers)
				}
				for worker, last := range doing {
					require.Less(t, worker, test.gophers)
					require.Empty(t, last)
				}
				return true
			}
			require.NoError(t, quick.Check(once, &quick.Config{MaxCount: 20}))
		})
	}
}

func answerOf(loads int) string {
	all := make(Burnt, loads)
	for i := range all {
		all[i] = i
	}
	return all.String()
}

// What a lost, a doubled and an exchanged load look like.
func TestAnswer(t *testing.T) {
	require.Equal(t, "loads=3 sum=14", Burnt{2, 0, 1}.String())
	require.Equal(t, "loads=2 sum=10", Burnt{2, 0}.String())
	require.Equal(t, "loads=3 sum=19", Burnt{2, 0, 2}.String())
}

func TestComputing(t *testing.T) {
	// python/tests/test_gophers.py has the same.
	for rounds, want := range map[int]uint32{0: 0, 1: 1015568748, 1000: 3839049712} {
		require.Equal(t, want, Work(rounds))
	}
	burnt := Sixteen(Job{9, 2, Computing(10), events.Silent})
	require.Equal(t, answerOf(9), burnt.String())
}

func ExampleFour() {
	fmt.Println([]int(Four(Job{5, 1, Waiting(0), events.Silent})))
	// Output: [0 1 2 3 4]
}

// With steps that take no time this is the price of the structure: what a load
// costs to hand over.
func BenchmarkDesigns(b *testing.B) {
	for _, test := range designs {
		b.Run(test.name, func(b *testing.B) {
			const loads = 1000
			for b.Loop() {
				test.design(Job{loads, 1, Computing(0), events.Silent})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/loads, "ns/load")
		})
	}
}
