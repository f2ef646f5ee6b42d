package registry

import (
	"tandem/go/dynpoolsites"
	"tandem/go/events"
	"tandem/go/trial"
	"tandem/go/urlcheck"
)

var dynpoolSitesVariants = map[string]trial.Func{
	"semaphores": surveyed(dynpoolsites.Semaphores),
	"split":      surveyed(dynpoolsites.Split),
	"queues":     surveyed(dynpoolsites.Queues),
	"pool":       surveyed(dynpoolsites.Pool),
}

// surveyed is a variant that checks the URLs of endpoints. The answer sums the
// checks up, as that of the pair urlcheck.
func surveyed(f func(endpoints []dynpoolsites.Endpoint, workers int, check func(url int)) error) trial.Func {
	return func(p *trial.Params) trial.Work {
		urls, timeout := p.Strings("targets"), p.Duration("timeout")
		workers, limits := p.Int("workers"), p.String("limits")
		return func(note events.Note) (trial.Result, error) {
			endpoints, err := dynpoolsites.Endpoints(urls, limits)
			if err != nil {
				return trial.Result{}, err
			}
			survey := dynpoolsites.NewSurvey(urls, endpoints, workers, timeout, note)
			err = f(endpoints, workers, survey.Check)
			results, metrics := survey.Close()
			return trial.Result{Answer: urlcheck.Answer(results), Metrics: metrics}, err
		}
	}
}
