package dynpool

import (
	"tandem/go/parallel"
)

// fill starts workers while there may be more and jobs wait for them.
func (p *Pool) fill() {
	for p.running < p.workers {
		j := p.join()
		if j == nil {
			return
		}
		p.running++
		go p.work(j)
	}
}

// work does tasks, of this job first, until none waits.
func (p *Pool) work(j *Job) {
	returned := true
	defer func() {
		if returned {
			return
		}
		// A panic or runtime.Goexit ends this goroutine; another goes on.
		j.Cancel(parallel.Ended(recover()))
		if j = p.change(j); j != nil {
			go p.work(j)
		}
	}()
	for j != nil {
		for !j.leave.Load() {
			task := j.next.Add(1) - 1
			if task >= j.n {
				break
			}
			returned = false
			err := j.f(j.ctx, int(task))
			returned = true
			if err != nil {
				j.Cancel(err)
			}
			others := p.others.Load()
			if others > 1 || others == 1 && !j.inLine.Load() {
				break // it is somebody else's turn
			}
		}
		j = p.change(j)
	}
}

// change has a worker leave one job and join the next one, if any
// waits.
func (p *Pool) change(from *Job) *Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	from.running--
	p.settle(from)
	to := p.join()
	if to == nil {
		p.running--
	}
	return to
}

// join takes the job whose turn it is, and puts it back in line if it
// could have one more.
func (p *Pool) join() *Job {
	if len(p.waiting) == 0 {
		return nil
	}
	j := p.waiting[0]
	p.waiting[0] = nil // or the array keeps it
	p.waiting = p.waiting[1:]
	j.inLine.Store(false)
	j.running++
	p.settle(j)
	p.others.Store(int64(len(p.waiting)))
	return j
}

// settle says of a job that has changed whether it is over, or waits in
// line.
func (p *Pool) settle(j *Job) {
	left := j.next.Load() < j.n
	j.leave.Store(j.running > j.limit)
	switch open := left && j.running < j.limit; {
	case open && !j.inLine.Load():
		p.waiting = append(p.waiting, j)
		j.inLine.Store(true)
	case !open && j.inLine.Load():
		p.drop(j)
	}
	p.others.Store(int64(len(p.waiting)))
	if !left && j.running == 0 && !j.over {
		j.over = true
		j.unhook()
		j.cancel(errDone) // does nothing where there is a cause already
		close(j.done)
	}
}

// drop takes a job out of the line.
func (p *Pool) drop(j *Job) {
	for i, other := range p.waiting {
		if other == j {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			break
		}
	}
	j.inLine.Store(false)
}
