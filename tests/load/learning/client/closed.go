package main

import (
	"sync"
	"time"
)

// closed: each connection sends the next report as soon as it has the answer to the last one. Its learners take
// turns, so that a report finds another document and another token than the one before, as in life.
func closed(address string, learners []*learner, connections int, seconds float64) figures {
	began := time.Now()
	until := began.Add(time.Duration(seconds * float64(time.Second)))
	all := make([]*measured, connections)
	var done sync.WaitGroup
	for n := range all {
		all[n] = newMeasured()
		var mine []*learner
		for i := n; i < len(learners); i += connections {
			learners[i].until = began.Add(-time.Second)
			mine = append(mine, learners[i])
		}
		done.Add(1)
		go func(m *measured) {
			defer done.Done()
			c := newConnection(address)
			for turn := 0; time.Now().Before(until); turn++ {
				now := time.Now()
				one := mine[turn%len(mine)]
				status, answer, err := one.report(c, now)
				m.note(status, answer, err, now)
				if err == nil && status != 200 {
					one.follow(answer)
				}
				if err != nil {
					time.Sleep(10 * time.Millisecond)
				}
			}
		}(all[n])
	}
	done.Wait()
	result := summed(all, time.Since(began))
	result.Learners = learners
	return result
}
