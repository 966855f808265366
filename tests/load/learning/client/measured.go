package main

import (
	"encoding/json"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

// What one goroutine has measured; merged at the end, so that nothing is shared on the way.
type measured struct {
	micros  []uint32       // from when a report was due to its answer, in µs; of answers 200 only
	answers map[string]int // by status and problem code
}

func newMeasured() *measured {
	return &measured{answers: map[string]int{}}
}

func (m *measured) note(status int, answer []byte, err error, since time.Time) {
	switch {
	case err != nil:
		m.answers["broken: "+err.Error()]++
	case status == 200:
		m.answers["200"]++
		m.micros = append(m.micros, uint32(time.Since(since).Microseconds()))
	default:
		m.answers[strconv.Itoa(status)+" "+text(answer, "code")]++
	}
}

type figures struct {
	Seconds  float64          `json:"seconds"`
	Reports  int              `json:"reports"`
	PerS     float64          `json:"per_s"`
	P50      float64          `json:"p50_ms"`
	P90      float64          `json:"p90_ms"`
	P99      float64          `json:"p99_ms"`
	P999     float64          `json:"p999_ms"`
	Max      float64          `json:"max_ms"`
	Answers  map[string]int   `json:"answers"`
	Actions  map[string]int64 `json:"actions"`
	Learners []*learner       `json:"-"`
}

func summed(all []*measured, took time.Duration) figures {
	merged := newMeasured()
	for _, one := range all {
		merged.micros = append(merged.micros, one.micros...)
		for answer, count := range one.answers {
			merged.answers[answer] += count
		}
	}
	micros := merged.micros
	sort.Slice(micros, func(a, b int) bool { return micros[a] < micros[b] })
	at := func(share float64) float64 {
		if len(micros) == 0 {
			return 0
		}
		return float64(micros[int(share*float64(len(micros)-1))]) / 1000
	}
	return figures{
		Seconds: took.Seconds(), Reports: len(micros), PerS: float64(len(micros)) / took.Seconds(),
		P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: at(1), Answers: merged.answers,
	}
}

// write leaves the figures, and beside them a line for each session: what was acknowledged.
func write(name string, done figures) error {
	content, err := json.MarshalIndent(done, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, content, 0o600); err != nil {
		return err
	}
	file, err := os.Create(name + ".sessions")
	if err != nil {
		return err
	}
	defer file.Close()
	encoder := json.NewEncoder(file)
	for _, one := range done.Learners {
		for _, book := range one.sessions {
			if err := encoder.Encode(book); err != nil {
				return err
			}
		}
	}
	return nil
}

// Counts what learners do besides reporting.
type actions struct {
	mutex sync.Mutex
	count map[string]int64
}

func (a *actions) add(name string) {
	a.mutex.Lock()
	a.count[name]++
	a.mutex.Unlock()
}
