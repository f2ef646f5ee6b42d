package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tandem/runner/plain"
)

// A hub passes events on to viewers. An event is encoded once for all of them.
// Its owner's lock guards it.
type hub struct {
	viewers map[*viewer]bool
	id      int64 // of the last event
}

// A viewer is one open page.
type viewer struct {
	events chan []byte // closed when the viewer is dropped
}

const (
	mostViewers = 200
	// lag is how many events a viewer may be behind. Who is further behind is
	// dropped, for the run waits for nobody; the browser connects again by
	// itself and gets the whole state.
	lag = 64
	// patience is how long a write to a viewer may take.
	patience = 5 * time.Second
)

var errFull = errors.New("too many viewers")

func (h *hub) empty() bool { return len(h.viewers) == 0 }

// join adds a viewer, whose first event is this one.
func (h *hub) join(event string, data any) (*viewer, error) {
	if len(h.viewers) >= mostViewers {
		return nil, errFull
	}
	v := &viewer{make(chan []byte, lag)}
	v.events <- encode(h.id, event, data)
	if h.viewers == nil {
		h.viewers = map[*viewer]bool{}
	}
	h.viewers[v] = true
	return v, nil
}

func (h *hub) leave(v *viewer) {
	if h.viewers[v] {
		delete(h.viewers, v)
		close(v.events)
	}
}

// send never waits.
func (h *hub) send(event string, data any) {
	h.id++
	if h.empty() {
		return
	}
	text := encode(h.id, event, data)
	for v := range h.viewers {
		select {
		case v.events <- text:
		default:
			h.leave(v)
		}
	}
}

// encode writes a server-sent event. JSON has no line breaks of its own.
func encode(id int64, event string, data any) []byte {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // a number that is none: a mistake in this package
	}
	return fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", id, event, plain.Page(text))
}

// stream is the live page's feed: the whole state, and then what changes. A
// browser that connects again says which event it saw last; it gets the whole
// state all the same, which no gap can make wrong.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	v, err := s.feed.join()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer s.feed.leave(v)
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // nothing more is to be read
	for {
		select {
		case <-r.Context().Done():
			return
		case text, ok := <-v.events:
			if !ok {
				return
			}
			_ = control.SetWriteDeadline(time.Now().Add(patience))
			if _, err := w.Write(text); err != nil {
				return
			}
			if len(v.events) == 0 && control.Flush() != nil {
				return
			}
		}
	}
}

func (f *Feed) leave(v *viewer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hub.leave(v)
}

// dismiss ends all streams, each with what it still had to tell.
func (f *Feed) dismiss() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for v := range f.hub.viewers {
		f.hub.leave(v)
	}
}
