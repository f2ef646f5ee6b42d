package catalog

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestLoadNamesTheMistakeInASource(t *testing.T) {
	pair := strings.Replace(sound, "baseline", `source = { document = "paper", section = "9" }`+"\nbaseline", 1)
	load := func(sources, pair string) error {
		_, err := Load(fstest.MapFS{"sources.toml": {Data: []byte(sources)}, "p.toml": {Data: []byte(pair)}})
		return err
	}
	require.NoError(t, load(sources+"first = [\"p\"]\n", pair+soundClaims))
	for says, change := range map[string][2]string{
		`p.toml: source names document "papre"; sources.toml has paper`:          {`document = "paper"`, `document = "papre"`},
		`p.toml: source names document ""; sources.toml has paper`:               {`document = "paper", `, ``},
		`sources.toml:4: unknown key "source.autor"`:                             {`author`, `autor`},
		`sources.toml: source 1 needs all of id, short, author, title and place`: {`author = "A. Hassanin"`, ``},
		`sources.toml: source "paper": short is "Hasanin", which the author`:     {`"Hassanin"`, `"Hasanin"`},
		`sources.toml:7: `: {"university\"", "university\"\nyear = soon"},
		`sources.toml: source "paper" stands there twice`:                      {sources, sources + sources},
		`sources.toml: source "paper": first names "q", which is no pair from`: {"university\"", "university\"\nfirst = [\"q\"]"},
	} {
		old, changed := sources+pair, strings.Replace(sources, change[0], change[1], 1)
		other := strings.Replace(pair, change[0], change[1], 1)
		require.NotEqual(t, old, changed+other, "the change does nothing: %q", change[0])
		require.ErrorContains(t, load(changed, other), says)
	}
	require.ErrorContains(t, load("", sound+soundClaims), `p.toml: source names document "paper"; sources.toml has none`)
}
