package dynpoolsites

import (
	"fmt"
	"strconv"
	"strings"

	"tandem/go/urlcheck"
)

// An Endpoint is what must not be asked by more than Limit at once.
type Endpoint struct {
	Name  string
	URLs  []int // by their places in a list
	Limit int
}

// Endpoints sorts URLs by the endpoint that they name. The limits, with
// spaces between, are for the endpoints in turn.
func Endpoints(urls []string, limits string) ([]Endpoint, error) {
	numbers := strings.Fields(limits)
	var endpoints []Endpoint
	place := map[string]int{}
	for i, url := range urls {
		name := urlcheck.Name(url)
		at, known := place[name]
		if !known {
			at = len(endpoints)
			limit, err := limit(numbers, at)
			if err != nil {
				return nil, err
			}
			place[name] = at
			endpoints = append(endpoints,
				Endpoint{Name: name, Limit: limit})
		}
		endpoints[at].URLs = append(endpoints[at].URLs, i)
	}
	return endpoints, nil
}

func limit(limits []string, at int) (int, error) {
	if len(limits) == 0 {
		return 0, fmt.Errorf("limits is empty, want at least one")
	}
	text := limits[at%len(limits)]
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 {
		return 0, fmt.Errorf("a limit is %q, want at least 1", text)
	}
	return limit, nil
}
