package parallel

import (
	"context"
	"testing"
)

// What handing out costs, work of no length. How that compares with other
// pools is measured in bench.
func BenchmarkEmpty(b *testing.B) {
	items := numbers(100_000)
	for name, way := range map[string]way{
		"do": Do[int, int], "limited": Limited[int, int],
		"pool": func(_ context.Context, items []int, workers int, f Func[int, int]) ([]int, error) {
			Pool(items, workers, 3000, f)
			return nil, nil
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := way(b.Context(), items, 0, square); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(items)), "ns/item")
		})
	}
}
