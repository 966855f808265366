package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"time"
)

// One learner with a session that plays, as the file of learners gives it, and what the client knows of it.
type learner struct {
	Token      string `json:"token"`
	Enrollment string `json:"enrollment"`
	Session    string `json:"session"`
	Lesson     string `json:"lesson"`
	Position   int64  `json:"position_ms"` // where the next report begins
	Next       int64  `json:"next_report"`

	path     string    // of reports
	until    time.Time // what the last report claimed ended then
	sessions []*ledger // the last one is of the session that goes on
}

// What the service has answered with 200 to the reports of a session: it must be there afterwards.
type ledger struct {
	Session      string `json:"session"`
	Acknowledged int64  `json:"acknowledged"` // reports
	Credited     int64  `json:"credited_ms"`  // by those reports
	Covered      int64  `json:"covered_ms"`   // of the lesson, as the last answer said
}

func readLearners(name string) ([]*learner, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var learners []*learner
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		read := &learner{}
		if err := json.Unmarshal(lines.Bytes(), read); err != nil {
			return nil, err
		}
		read.begin(read.Session)
		learners = append(learners, read)
	}
	return learners, lines.Err()
}

func (l *learner) begin(session string) {
	l.Session = session
	l.sessions = append(l.sessions, &ledger{Session: session})
	l.path = "/api/learning/enrollments/" + l.Enrollment + "/sessions/" + session + "/reports"
}

// report claims the video that played since the last claim, as a player at rate 1 does.
func (l *learner) report(c *connection, now time.Time) (int, []byte, error) {
	played := now.Sub(l.until).Milliseconds()
	body := make([]byte, 0, 96)
	body = append(body, `{"report":`...)
	body = strconv.AppendInt(body, l.Next, 10)
	body = append(body, `,"from_ms":`...)
	body = strconv.AppendInt(body, l.Position, 10)
	body = append(body, `,"to_ms":`...)
	body = strconv.AppendInt(body, l.Position+max(played, 1), 10)
	body = append(body, `,"rate":1.0}`...)
	status, answer, err := c.ask("POST", l.path, l.Token, "application/json", body)
	if err != nil || status != 200 {
		return status, answer, err
	}
	l.until = now
	book := l.sessions[len(l.sessions)-1]
	book.Acknowledged++
	credited, _ := number(answer, "credited_ms")
	book.Credited += credited
	book.Covered, _ = number(answer, "covered_ms")
	l.Next++
	l.Position += max(played, 1)
	l.follow(answer)
	return status, answer, nil
}

// follow goes on from where the service says.
func (l *learner) follow(answer []byte) {
	if next, found := number(answer, "next_report"); found {
		l.Next = next
	}
	if position, found := number(answer, "position_ms"); found {
		l.Position = position
	}
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}
