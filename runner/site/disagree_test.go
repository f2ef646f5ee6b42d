package site

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/go/urlcheck"
)

func TestDisagreements(t *testing.T) {
	found := urlcheck.Result{Status: 200, Outcome: urlcheck.OK}
	lost := urlcheck.Result{Status: 404, Outcome: urlcheck.ClientError}
	late := urlcheck.Result{Outcome: urlcheck.Timeout}
	urls := []string{"http://a/", "http://b/", "http://c/"}
	all := urlcheck.Answer([]urlcheck.Result{found, found, found})
	for name, test := range map[string]struct {
		answers map[string][]string
		line    string
		on      []string
	}{
		"nobody":   {nil, "", nil},
		"one":      {map[string][]string{"go": {all, all}}, "", nil},
		"the same": {map[string][]string{"go": {all}, "python": {all, all}}, "", nil},
		"one of three": {
			map[string][]string{"go": {all}, "python": {urlcheck.Answer([]urlcheck.Result{found, lost, found})}, "shell": {all}},
			"clients disagree on 1 of 3 URLs",
			[]string{"http://b/: 200 ok (go, shell); 404 client-error (python)"},
		},
		"with itself": {
			map[string][]string{"go": {all, urlcheck.Answer([]urlcheck.Result{late, found, lost})}},
			"clients disagree on 2 of 3 URLs",
			[]string{"http://a/: 0 timeout or 200 ok (go)", "http://c/: 200 ok or 404 client-error (go)"},
		},
		"too long to say": {
			map[string][]string{"go": {all}, "python": {"ok=3 crc=0"}, "shell": {"ok=4 crc=1"}},
			"answers differ, but are too long to say where: python, shell", nil,
		},
		"about other URLs": {
			map[string][]string{"go": {all}, "python": {urlcheck.Answer([]urlcheck.Result{found})}},
			"answers differ, but are too long to say where: python", nil,
		},
		"junk": {
			map[string][]string{"go": {all}, "a": {"\n\n"}, "b": {"x\n200 ok\n1*3"}, "c": {"x\n200 ok\n0*-3 0*6"}, "d": {"x\n200 ok\n0*99999999999999999999"}, "e": {"x\n200 ok\n0*4"}},
			"answers differ, but are too long to say where: a, b, c, d, e", nil,
		},
	} {
		got := Disagreements(urls, test.answers)
		require.Equal(t, test.line, got.String(), name)
		var on []string
		for _, d := range got.On {
			require.Equal(t, urls[d.Place], d.URL)
			on = append(on, d.String())
		}
		require.Equal(t, test.on, on, name)
	}
}

// What is found is what a plain comparison finds.
func TestDisagreementsOfMany(t *testing.T) {
	words := []urlcheck.Result{{Status: 200, Outcome: urlcheck.OK}, {Status: 503, Outcome: urlcheck.ServerError}, {Outcome: urlcheck.Protocol}}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		urls := make([]string, 1+random.IntN(60))
		answers := map[string][]string{}
		differ := map[int]bool{}
		var first []urlcheck.Result
		for client := range 4 {
			results := make([]urlcheck.Result, len(urls))
			for i := range results {
				if results[i] = words[0]; random.IntN(10) == 0 {
					results[i] = words[random.IntN(3)]
				}
				if client > 0 && results[i] != first[i] {
					differ[i] = true
				}
			}
			if client == 0 {
				first = results
			}
			answers[fmt.Sprint(client)] = []string{urlcheck.Answer(results)}
		}
		got := Disagreements(urls, answers)
		require.Equal(t, len(differ), got.Count)
		for _, d := range got.On {
			require.True(t, differ[d.Place])
		}
	}
}

// A list may be long, and a finding is bounded all the same.
func TestDisagreementsOfALongList(t *testing.T) {
	urls := make([]string, 600_000)
	ok := slices.Repeat([]urlcheck.Result{{Status: 200, Outcome: urlcheck.OK}}, len(urls))
	lost := slices.Repeat([]urlcheck.Result{{Outcome: urlcheck.DNS}}, len(urls))
	got := Disagreements(urls, map[string][]string{"go": {urlcheck.Answer(ok)}, "python": {urlcheck.Answer(lost)}})
	require.Equal(t, len(urls), got.Count)
	require.Len(t, got.On, MostListed)
}

// Whatever the list lets pass can be checked: a client can say what came of
// it, unless the name cannot exist.
func TestListedURLsCanBeChecked(t *testing.T) {
	parts := []string{"http", "https", "://", "a", "localhost", ".", "..", "[::1]", "[", "]", "127.1", "@", ":", "80", "0", "/", "//", "%zz", "%41", "?", "#", "|", "\\", "x", "-", "_", "'", "~"}
	random := rand.New(rand.NewPCG(3, 4))
	passed := 0
	for range 200_000 {
		var b strings.Builder
		b.WriteString("http://")
		for range 1 + random.IntN(5) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		if validate(b.String()) != nil {
			continue
		}
		passed++
		_, err := urlcheck.Split(b.String())
		if err != nil {
			require.ErrorContains(t, err, "no such host", b.String())
		}
	}
	require.Greater(t, passed, 1000)
}
