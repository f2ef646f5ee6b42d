// The pools that go/parallel is compared with are downloaded by those
// who compare, and by nobody else.
module tandem/go/parallel/bench

go 1.26.0

require (
	github.com/alitto/pond/v2 v2.7.1
	github.com/panjf2000/ants/v2 v2.12.1
	github.com/sourcegraph/conc v0.3.0
	golang.org/x/sync v0.24.0
	tandem v0.0.0
)

replace tandem => ../../..
