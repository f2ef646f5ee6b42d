package dynpoolsites

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
	"tandem/go/urlcheck"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var variants = map[string]func(endpoints []Endpoint, workers int, check func(url int)) error{
	"semaphores": Semaphores, "split": Split, "queues": Queues, "pool": Pool,
}

func TestEndpoints(t *testing.T) {
	urls := strings.Fields("http://a/1 http://b/1 http://a/2 http://c/ http://a/3")
	endpoints, err := Endpoints(urls, "5 1")
	require.NoError(t, err)
	require.Equal(t, []Endpoint{
		{"a", []int{0, 2, 4}, 5}, {"b", []int{1}, 1}, {"c", []int{3}, 5},
	}, endpoints)
	for limits, says := range map[string]string{
		"":    "limits is empty, want at least one",
		"5 x": `a limit is "x", want at least 1`,
		"0":   `a limit is "0", want at least 1`,
	} {
		_, err := Endpoints(urls, limits)
		require.EqualError(t, err, says)
	}
}

// draw makes up endpoints with some URLs each.
func draw(random *rand.Rand) []Endpoint {
	var endpoints []Endpoint
	url := 0
	for range 1 + random.IntN(6) {
		e := Endpoint{Limit: 1 + random.IntN(5)}
		for range 1 + random.IntN(12) {
			e.URLs = append(e.URLs, url)
			url++
		}
		endpoints = append(endpoints, e)
	}
	return endpoints
}

// Whatever the schedule, each URL is checked once, no endpoint by more at once
// than its limit, and no more in all than there are workers.
func TestLimits(t *testing.T) {
	for name, f := range variants {
		random := rand.New(rand.NewPCG(1, 2))
		for range 100 {
			endpoints, workers := draw(random), 1+random.IntN(8)
			took := time.Duration(random.IntN(3)) // all at the same time, or not
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				now, all, checked := map[int]int{}, 0, map[int]int{}
				of := map[int]int{}
				for at, e := range endpoints {
					for _, url := range e.URLs {
						of[url] = at
					}
				}
				require.NoError(t, f(endpoints, workers, func(url int) {
					at := of[url]
					mu.Lock()
					checked[url]++
					now[at]++
					all++
					if now[at] > endpoints[at].Limit || all > workers {
						t.Errorf("%s: %d of a limit of %d, %d of %d workers", name,
							now[at], endpoints[at].Limit, all, workers)
					}
					mu.Unlock()
					time.Sleep(took * time.Duration(1+url%5) * time.Second)
					mu.Lock()
					now[at]--
					all--
					mu.Unlock()
				}))
				require.Len(t, checked, len(of), name)
				for url, times := range checked {
					require.Equal(t, 1, times, "%s: URL %d", name, url)
				}
			})
		}
	}
}

// Who waits: at a gentle endpoint's semaphore all workers do, until only its
// last URLs are left. Who is split off can only help its own. In the pool
// everybody has something to do, at the price of a turn that the gentle one
// waits for now and then. (With queues it depends on whose are sent first.)
func TestWhoWaits(t *testing.T) {
	const workers = 4
	gentle, robust := Endpoint{"gentle", nil, 1}, Endpoint{"robust", nil, 9}
	for url := range 15 {
		gentle.URLs = append(gentle.URLs, url)
		robust.URLs = append(robust.URLs, 15+url, 30+url, 45+url)
	}
	for name, want := range map[string]struct{ least, most int }{
		// 60 checks of a second each by four would be 15 seconds.
		"semaphores": {24, 28}, // 12 by one, 3 beside the robust one's
		"split":      {22, 24}, // 45 by two
		"pool":       {15, 22}, // 22 where the gentle one waits each time
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			check := func(int) { time.Sleep(time.Second) }
			require.NoError(t, variants[name]([]Endpoint{gentle, robust}, workers, check))
			took := int(time.Since(began) / time.Second)
			require.GreaterOrEqual(t, took, want.least, name)
			require.LessOrEqual(t, took, want.most, name)
		})
	}
}

func TestNothingToCheck(t *testing.T) {
	for name, f := range variants {
		require.NoError(t, f(nil, 3, nil), name)
	}
}

// The server itself counts who asks at once, and finds what the survey says.
func TestSurvey(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			now, most := map[string]int{}, map[string]int{}
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				now[r.URL.Path]++
				most[r.URL.Path] = max(most[r.URL.Path], now[r.URL.Path])
				mu.Unlock()
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					now[r.URL.Path]--
				}()
				if r.URL.Path == "/b" {
					http.NotFound(w, r)
				}
			}))
			defer site.Close()
			var urls []string
			for range 20 {
				urls = append(urls, site.URL+"/a", site.URL+"/b", site.URL+"/c")
			}
			endpoints, err := Endpoints(urls, "1 2 3")
			require.NoError(t, err)
			trace := events.NewRecorder(true)
			survey := NewSurvey(urls, endpoints, 4, time.Minute, trace.Note)
			require.NoError(t, f(endpoints, 4, survey.Check))
			results, metrics := survey.Close()
			for i, result := range results {
				want := []urlcheck.Result{{Status: 200, Outcome: urlcheck.OK}, {Status: 404, Outcome: urlcheck.ClientError}}[i%3%2]
				require.Equal(t, want, result)
			}
			for i, path := range []string{"/a", "/b", "/c"} {
				require.LessOrEqual(t, most[path], i+1)
			}
			require.EqualValues(t, 1, metrics["most_of_limit"])
			require.LessOrEqual(t, metrics["most_at_once"], 4.0)
			require.Greater(t, metrics["mean_at_once"], 0.0)
			require.Len(t, trace.Events(), 2*len(urls))
			for _, e := range trace.Events() {
				require.Less(t, e.Worker, 4)
			}
		})
	}
}

// A limit that is not kept is seen.
func TestSurveySeesExcess(t *testing.T) {
	var asking sync.WaitGroup
	asking.Add(3)
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asking.Done()
		asking.Wait() // for all three
	}))
	defer site.Close()
	urls := []string{site.URL + "/a", site.URL + "/a", site.URL + "/a"}
	endpoints, err := Endpoints(urls, "2")
	require.NoError(t, err)
	survey := NewSurvey(urls, endpoints, 3, time.Minute, events.Silent)
	var all sync.WaitGroup
	for url := range urls {
		all.Go(func() { survey.Check(url) })
	}
	all.Wait()
	_, metrics := survey.Close()
	require.Equal(t, 1.5, metrics["most_of_limit"])
	require.Equal(t, 3.0, metrics["most_at_once"])
}

func ExamplePool() {
	var urls []string
	for range 3 {
		urls = append(urls, "http://frail.example/", "http://robust.example/")
	}
	endpoints, err := Endpoints(urls, "1 8")
	if err != nil {
		fmt.Println(err)
		return
	}
	var mu sync.Mutex
	asked := map[string]int{}
	err = Pool(endpoints, 4, func(url int) {
		mu.Lock()
		defer mu.Unlock()
		asked[urls[url]]++
	})
	fmt.Println(asked, err)
	// Output: map[http://frail.example/:3 http://robust.example/:3] <nil>
}
