package dynpoolsites

import (
	"context"
	"sync"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
	"tandem/go/urlcheck"
)

// A way checks all URLs of the endpoints.
type way func(endpoints []Endpoint, workers int, check func(url int)) error

// surveyed has a way check the targets, and counts. The answer sums the checks
// up, as that of the pair urlcheck.
func surveyed(f way) func(Params, events.Note) (trial.Result, error) {
	return func(p Params, note events.Note) (trial.Result, error) {
		endpoints, err := Endpoints(p.Targets, p.Limits)
		if err != nil {
			return trial.Result{}, err
		}
		survey := NewSurvey(p.Targets, endpoints, p.Workers, p.Timeout, note)
		err = f(endpoints, p.Workers, survey.Check)
		results, metrics := survey.Close()
		return trial.Result{Answer: urlcheck.Answer(results), Metrics: metrics}, err
	}
}

// A Survey makes checks, and counts how many are under way.
type Survey struct {
	urls      []string
	endpoints []Endpoint
	of        []int // endpoint of each URL
	timeout   time.Duration
	note      events.Note
	client    *urlcheck.Client
	results   []urlcheck.Result

	mu        sync.Mutex
	free      []bool // lanes of the timeline
	now       []int  // by endpoint
	all       int
	busy      time.Duration // of all checks
	began     time.Time
	most      int
	mostShare float64
}

// NewSurvey prepares checks of these URLs. Whoever makes it calls Close.
func NewSurvey(urls []string, endpoints []Endpoint, workers int, timeout time.Duration, note events.Note) *Survey {
	s := &Survey{
		urls: urls, endpoints: endpoints, of: make([]int, len(urls)),
		timeout: timeout, note: note, client: urlcheck.NewClient(workers),
		results: make([]urlcheck.Result, len(urls)),
		now:     make([]int, len(endpoints)), began: time.Now(),
	}
	for at, e := range endpoints {
		for _, url := range e.URLs {
			s.of[url] = at
		}
	}
	return s
}

// Check checks a URL.
func (s *Survey) Check(url int) {
	name, began := s.endpoints[s.of[url]].Name, time.Now()
	lane := s.enter(s.of[url])
	s.note(lane, "start", name)
	s.results[url] = urlcheck.Check(context.Background(), s.client, s.urls[url], s.timeout)
	s.note(lane, "finish", name)
	s.leave(s.of[url], lane, time.Since(began))
}

// enter counts one more, and returns the first lane of the timeline that is
// free.
func (s *Survey) enter(endpoint int) (lane int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all++
	s.now[endpoint]++
	s.most = max(s.most, s.all)
	s.mostShare = max(s.mostShare, float64(s.now[endpoint])/float64(s.endpoints[endpoint].Limit))
	for lane < len(s.free) && !s.free[lane] {
		lane++
	}
	if lane == len(s.free) {
		s.free = append(s.free, false)
	}
	s.free[lane] = false
	return lane
}

func (s *Survey) leave(endpoint, lane int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	s.now[endpoint]--
	s.free[lane] = true
	s.busy += took
}

// Close lets go of the connections, and returns what came of each URL, and
// what was measured: how many checks were under way at most, and on average;
// and how many of an endpoint's at most, as a share of its limit, which is
// above 1 where one was exceeded.
func (s *Survey) Close() ([]urlcheck.Result, trial.Metrics) {
	elapsed := time.Since(s.began)
	s.client.CloseIdleConnections()
	return s.results, trial.Metrics{
		"most_at_once":  float64(s.most),
		"mean_at_once":  float64(s.busy) / float64(max(elapsed, 1)),
		"most_of_limit": s.mostShare,
	}
}
