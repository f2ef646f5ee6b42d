package sample

import "time"

// enough samples of several processes together make their peak no chance.
const enough = 8

// memory finds the most that a tree's processes have together, shared pages
// counted once. To read that walks the page tables of all of them: about 50 us
// for a small process, 5 ms for one of 300 MB. So it is not read in every sample.
type memory struct {
	samples  int   // within the work
	seen     int   // those that saw several processes
	peak     int64 // the most proportional memory; 0: none was read
	rss, pss int64 // both at the last reading

	readings     int // of peak, within the work
	begin, spent time.Duration
	age          time.Duration // of the trial at the last reading
	grown        int64         // the resident sets' sum at the last reading within the work
	used         time.Duration // what the processes had used by then
}

// Readings may cost a share of the time: more when the resident sets have grown,
// and more when the last reading is old for the age of the trial, for pages that
// become a process's own show in no other way. A short trial may cost a little
// at once.
const (
	allowance  = time.Millisecond
	share      = 0.001
	growth     = 0.1
	grownShare = 0.01
	staleShare = 0.05
)

// watch takes a sample into account.
func (m *memory) watch(size treeSize, from source, now func() time.Duration) {
	m.samples++
	at := now()
	if m.begin == 0 {
		m.begin = at
	}
	if size.processes < 2 { // its peak is kept by the kernel
		return
	}
	m.seen++
	if m.readings > 0 && size.used == m.used {
		return
	}
	may := share
	if float64(size.rss) > (1+growth)*float64(m.grown) {
		may = grownShare
	}
	if at-m.begin > 3*m.age {
		may = staleShare
	}
	if m.spent <= allowance+time.Duration(may*float64(at-m.begin)) {
		m.read(size.rss, from)
		m.grown, m.used = size.rss, size.used
		m.age = at - m.begin
		m.spent += now() - at
		m.readings++
	}
}

// end reads what there is when the work is over: it delays nobody.
func (m *memory) end(rss int64, from source) { m.read(rss, from) }

func (m *memory) read(rss int64, from source) {
	if pss, ok := from.pss(); ok {
		m.rss, m.pss = rss, pss
		m.peak = max(m.peak, pss)
	}
}
