package sample

import (
	"bytes"
	"fmt"
	"time"
)

// stat is what is needed of /proc/<pid>/stat and /proc/<pid>/task/<tid>/stat.
type stat struct {
	parent, group, session int
	user, sys              time.Duration // in ticks
	reaped                 time.Duration // in ticks, of the children that it has waited for
	reapedFaults           int           // page faults of these; no process lives without one
	core                   int           // that it ran on last
	thread                 bool          // its parent is not told of its end
	status                 int           // as wait gives it, once it is dead; 0 where it may not be seen
}

// parseStat reads the line of a process or a thread. Its second field is the
// program's name in parentheses, which may itself hold blanks and parentheses.
func parseStat(text []byte) (s stat, err error) {
	end := bytes.LastIndexByte(text, ')')
	if end < 0 {
		return s, fmt.Errorf("parse stat %q: no program name", clip(text))
	}
	rest := text[end+1:]
	_, rest = nextWord(rest) // the state, a letter
	var f [53]uint64         // by their numbers in proc(5)
	for i := 4; i < len(f); i++ {
		var word []byte
		word, rest = nextWord(rest)
		v, ok := number(word)
		if !ok && i != 25 { // a limit of memory, which may be the largest number there is
			return stat{}, fmt.Errorf("parse stat %q: field %d is %q, want a number", clip(text), i, clip(word))
		}
		f[i] = v
		s.thread = s.thread || i == 38 && word[0] == '-'
	}
	s.parent, s.group, s.session = int(f[4]), int(f[5]), int(f[6])
	s.user, s.sys, s.reaped = time.Duration(f[14])*tick, time.Duration(f[15])*tick, time.Duration(f[16]+f[17])*tick
	s.reapedFaults, s.core, s.status = int(f[11]), int(f[39]), int(f[52])
	return s, nil
}

// parseField reads the nth of some fields that are numbers.
func parseField(text []byte, n int) (uint64, error) {
	word, rest := nextWord(text)
	for range n - 1 {
		word, rest = nextWord(rest)
	}
	v, ok := number(word)
	if !ok {
		return 0, fmt.Errorf("parse %q: field %d is %q, want a number", clip(text), n, clip(word))
	}
	return v, nil
}

// parseLine reads one number after a name, such as "VmHWM:", out of
// /proc/<pid>/status and its like. A process without memory has no such line.
func parseLine(text []byte, name string) (v uint64, found bool, err error) {
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, newline)
		if len(line) < len(name) || string(line[:len(name)]) != name {
			continue
		}
		word, _ := nextWord(line[len(name):])
		v, ok := number(word)
		if !ok {
			return 0, false, fmt.Errorf("parse line %q: want a number", clip(line))
		}
		return v, true, nil
	}
	return 0, false, nil
}

var newline = []byte("\n")

// parseCores reads the lines "cpu0 ...", "cpu1 ..." of /proc/stat. It sets busy
// by core number, as far as it reaches, and returns the highest core number
// plus one and the time that was stolen from all cores. A core that is offline
// has no line and keeps its value.
func parseCores(text []byte, busy []time.Duration) (cores int, steal time.Duration, err error) {
	for rest := text; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, newline)
		if len(line) < 4 || string(line[:3]) != "cpu" {
			break // the lines of the cores come first
		}
		if line[3] == ' ' { // the sum of all
			continue
		}
		name, fields := nextWord(line)
		core, ok := number(name[3:])
		if !ok || core >= 1<<16 {
			return 0, 0, fmt.Errorf("parse /proc/stat line %q: want a core number after cpu", clip(line))
		}
		var f [8]uint64 // user nice system idle iowait irq softirq steal; guests are in user
		for i := range f {
			var word []byte
			word, fields = nextWord(fields)
			if f[i], ok = number(word); !ok {
				return 0, 0, fmt.Errorf("parse /proc/stat line %q: field %d is %q, want a number", clip(line), i+2, clip(word))
			}
		}
		if int(core) < len(busy) {
			busy[core] = time.Duration(f[0]+f[1]+f[2]+f[5]+f[6]) * tick
		}
		steal += time.Duration(f[7]) * tick
		cores = max(cores, int(core)+1)
	}
	if cores == 0 {
		return 0, 0, fmt.Errorf("parse /proc/stat %q: no core in it", clip(text))
	}
	return cores, steal, nil
}

// nextWord cuts the first word off, where words are parted by blanks.
func nextWord(text []byte) (word, rest []byte) {
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n') {
		i++
	}
	j := i
	for j < len(text) && text[j] != ' ' && text[j] != '\t' && text[j] != '\n' {
		j++
	}
	return text[i:j], text[j:]
}

// number is the value of a word made of digits. A minus sign reads as zero:
// the kernel prints -1 for some groups and sessions that are not visible here.
func number(word []byte) (uint64, bool) {
	if len(word) > 1 && word[0] == '-' {
		_, ok := number(word[1:])
		return 0, ok
	}
	v := uint64(0)
	for _, c := range word {
		d := uint64(c - '0')
		if d > 9 || v > (1<<63-1-d)/10 { // what follows computes with int64
			return 0, false
		}
		v = v*10 + d
	}
	return v, len(word) > 0
}

// clip copies the beginning of a text for an error message.
func clip(text []byte) string {
	const most = 120
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}
