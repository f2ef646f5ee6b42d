// Package summary turns the journal of a run into the table that the report,
// the claims and the command line all read: one row for each cell.
//
// Its one decision: what stands against a comparison (who else used the
// machine, too few rounds, answers that differ) is data that travels with the
// number, so that no reader of the table can print a ratio without it.
//
// The rule on a busy machine: a trial is disturbed where others had more of the
// machine than MostForeign, MostSteal or LeastCapacity allow. Where enough
// rounds are undisturbed these alone count. Else all do, and a number decides
// only what the others cannot have made of it (Bias):
//
//   - They make times, and what is counted while time passes, larger, cores kept
//     busy and rates smaller, and memory and threads neither.
//   - The ratio of two variants that ask for as many cores and got as many is
//     not moved: the order in a round is random, so both are hit alike.
//   - Of two that ask for different numbers, the one that asks for more is
//     slowed. What was twice as fast is at least that on a quiet machine; what
//     was 1.1 times as fast may be more.
//   - Where the one that asks for less was crowded out too, or may have been,
//     nothing is known: eight processes get more of a full machine than two
//     threads.
package summary

import "tandem/runner/model"

// A Summary is a run in numbers, pairs in the order of the manifest's plan.
type Summary struct {
	Pairs []Pair
	// Warnings concern the run as a whole, in sentences for the reader.
	Warnings []string
}

// A Pair is all that was measured of one pair.
type Pair struct {
	ID     string
	Swept  []string // parameters that differ between its cells
	Groups []Group  // one for each point of the sweep, in the plan's order
	Beside []Group  // points of their own, which claims read and figures do not
	// Warnings concern the pair as a whole, in sentences for the reader.
	Warnings []string
	// Findings are results that stand in no row, such as the URLs of the
	// user's own list that clients do not classify alike.
	Findings []string
}

// A Group is the cells of a pair that share their parameters: what may be
// compared directly.
type Group struct {
	Params map[string]any
	Label  string // "workers=4", the swept parameters only; empty where nothing is swept
	// Rows stand Go first, then each Python runtime; within one in the
	// catalog's order of variants. A variant that does not read what is
	// swept stands in the first group alone; the others' speed-ups are
	// against it all the same.
	Rows []Row
}

// Rows are all of the pair's, those beside the sweep last.
func (p *Pair) Rows() (rows []*Row) {
	for _, groups := range [][]Group{p.Groups, p.Beside} {
		for g := range groups {
			for r := range groups[g].Rows {
				rows = append(rows, &groups[g].Rows[r])
			}
		}
	}
	return rows
}

// A Row is one cell in numbers. Estimates with N == 0 were not measured.
type Row struct {
	Side, Variant, Runtime string
	Params                 map[string]any // those that the variant reads
	Cores                  int            // of the machine
	Baseline               string         // the variant that SpeedUp is against; its own name where it is one

	Wall        model.Estimate // seconds, of the work
	Startup     model.Estimate // seconds; 0 where it is part of the work
	Whole       model.Estimate // seconds, start-up and work
	CPU         model.Estimate // seconds, user and system
	Parallelism model.Estimate // cores
	PeakRSS     model.Estimate // bytes
	PeakThreads model.Estimate
	Switches    model.Estimate // context switches, both kinds
	Metrics     map[string]model.Estimate

	// SpeedUp is the same side's and runtime's baseline over this row, paired
	// by round: 2 means half the time. N == 0 for the baseline itself, where
	// there is no baseline in this run, and where no round has both. Like the
	// medians, it rests on the undisturbed rounds where there are enough of
	// them (model.MinRounds), else on all.
	SpeedUp model.Estimate
	// WholeSpeedUp is the same with start-up in both times.
	WholeSpeedUp model.Estimate
	// Doubt says why SpeedUp must be read as inconclusive; empty where it
	// may be trusted.
	Doubt string
	// Grade is how sure it is that the row is faster than its baseline, or
	// slower.
	Grade model.Grade

	Answer string
	Rounds []Round              // every round that was ok, in order, disturbed ones too
	Status map[model.Status]int // how the trials ended, warm-up left out
	Why    []string             // distinct messages of trials that were not ok
	// Shown is the round nearest the median: its samples, methods and log
	// stand for the row in figures of a single trial.
	Shown *model.Trial
	// Traced is the trial whose samples hold the events, of several the one
	// nearest the median of the rounds.
	Traced *model.Trial
}

// Cell is the cell of the plan that the row is about.
func (r *Row) Cell(pair string) model.Cell {
	return model.Cell{Pair: pair, Side: r.Side, Variant: r.Variant, Runtime: r.Runtime, Params: r.Params}
}

// IsBaseline says whether others are measured against the row.
func (r *Row) IsBaseline() bool { return r.Variant == r.Baseline }

// A Round is one measured trial of a row.
type Round struct {
	Number    int
	Wall      float64      // seconds
	Foreign   float64      // cores used by others while it ran
	Steal     float64      // cores taken by the hypervisor
	Disturbed bool         // foreign CPU, steal or capacity passed the limit, or may have
	Trial     *model.Trial `json:"-"` // its line of the journal; never nil
}
