package dynpool_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"tandem/go/dynpool"
)

// Endpoints are tested by one pool, some more gently than others.
func Example() {
	var mu sync.Mutex
	seen := map[string]int{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path]++
	}))
	defer site.Close()

	pool, err := dynpool.New(10)
	if err != nil {
		fmt.Println(err)
		return
	}
	get := func(path string) func(ctx context.Context, task int) error {
		return func(ctx context.Context, _ int) error {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, site.URL+path, nil)
			if err != nil {
				return err
			}
			response, err := site.Client().Do(request)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return fmt.Errorf("%s answered %s", path, response.Status)
			}
			return nil
		}
	}
	robust := pool.Start(context.Background(), 50, 8, get("/robust"))
	frail := pool.Start(context.Background(), 10, 1, get("/frail"))
	frail.SetLimit(2) // it stood that well
	fmt.Println(robust.Wait(), frail.Wait())
	fmt.Println(seen)
	// Output:
	// <nil> <nil>
	// map[/frail:10 /robust:50]
}
