package main

import (
	"math/rand"
	"strings"
	"sync"
	"time"
)

// How people behave. Shares are of reports.
type habits struct {
	period time.Duration
	reload float64 // the page is loaded anew, and goes on with the session that is there
	pause  float64 // the player stands still for one to three periods, and goes on in its session
	leave  float64 // nothing is heard for longer than a session bears; then a new one is entered
	frame  []byte  // the form with the picture that answers a face check
}

const (
	away      = 65 * time.Second       // a session ends after 60 s of silence
	look      = 500 * time.Millisecond // between two looks at whether a check is there, or judged
	checkTime = 90 * time.Second       // then a learner gives up
	boundary  = "bench-learning-frame" // of the form with the picture
)

// open: each learner reports when the report is due, whatever the server does. A report is measured from when it
// was due, so that one which had to wait for the answer to the one before it counts its waiting.
func open(address string, learners []*learner, how habits, seconds float64) figures {
	began := time.Now()
	end := began.Add(time.Duration(seconds * float64(time.Second)))
	all, acts := make([]*measured, len(learners)), &actions{count: map[string]int64{}}
	var done sync.WaitGroup
	for n, one := range learners {
		all[n] = newMeasured()
		v := &viewer{
			learner: one, how: how, measured: all[n], actions: acts, end: end,
			connection: newConnection(address), chance: rand.New(rand.NewSource(int64(n))),
		}
		v.due = began.Add(time.Duration(float64(how.period) * float64(n) / float64(len(learners))))
		done.Add(1)
		go func() {
			defer done.Done()
			v.live()
			v.connection.close()
		}()
	}
	done.Wait()
	result := summed(all, time.Since(began))
	result.Learners, result.Actions = learners, acts.count
	return result
}

type viewer struct {
	*learner
	how        habits
	measured   *measured
	actions    *actions
	due, end   time.Time // of the next report; of the run
	connection *connection
	chance     *rand.Rand
}

func (v *viewer) live() {
	v.until = v.due.Add(-time.Second)
	for v.due.Before(v.end) {
		time.Sleep(time.Until(v.due))
		status, answer, err := v.report(v.connection, time.Now())
		v.measured.note(status, answer, err, v.due)
		v.due = v.due.Add(v.how.period)
		switch {
		case err != nil:
		case status == 200 && text(answer, "state") == "playing":
			v.wander()
		case text(answer, "state") == "awaiting_check" || text(answer, "code") == "check.pending":
			v.answerCheck()
		case text(answer, "state") == "ended" || strings.HasPrefix(text(answer, "code"), "session."):
			v.enterAnew()
		default:
			v.learner.follow(answer)
		}
	}
}

// wander: what people do between two reports. The next one is due when they are back.
func (v *viewer) wander() {
	chance := v.chance.Float64()
	switch {
	case chance < v.how.leave:
		v.actions.add("left")
		v.rest(away)
		v.enterAnew()
	case chance < v.how.leave+v.how.pause:
		v.actions.add("paused")
		v.rest(v.how.period + time.Duration(v.chance.Int63n(int64(2*v.how.period))))
		v.goOn()
	case chance < v.how.leave+v.how.pause+v.how.reload:
		v.actions.add("reloaded")
		v.enter()
	}
}

func (v *viewer) rest(howLong time.Duration) {
	if left := time.Until(v.end); howLong > left {
		howLong = left
	}
	time.Sleep(howLong)
}

// goOn: the video plays from now on, and the next report is due a period later.
func (v *viewer) goOn() {
	v.until = time.Now()
	v.due = v.until.Add(v.how.period)
}

func (v *viewer) enterAnew() {
	if v.enter() {
		v.answerCheck()
	}
}

// enter tells whether the session is one that awaits a check.
func (v *viewer) enter() bool {
	path := "/api/learning/enrollments/" + v.Enrollment + "/lessons/" + v.Lesson + "/sessions"
	status, answer, err := v.connection.ask("POST", path, v.Token, "application/json", []byte(`{"take_over":true}`))
	if err != nil || status != 201 {
		v.actions.add("not entered: " + text(answer, "code"))
		return false
	}
	if session := text(answer, "session_id"); session != v.Session {
		v.actions.add("entered anew")
		v.begin(session)
	}
	v.learner.follow(answer)
	return text(answer, "state") == "awaiting_check"
}

// answerCheck: the check is asked, answered and judged; then the video goes on.
func (v *viewer) answerCheck() {
	if v.how.frame == nil {
		v.due = v.end
		return
	}
	began, answered := time.Now(), false
	for time.Since(began) < checkTime && time.Now().Before(v.end) {
		if !answered {
			answered = v.showFace()
		} else if v.playsAgain() {
			v.actions.add("checked")
			v.goOn()
			return
		}
		v.rest(look)
	}
	if time.Now().Before(v.end) {
		v.actions.add("check given up")
	}
	v.goOn()
}

func (v *viewer) showFace() bool {
	status, answer, err := v.connection.ask("GET", "/api/proctor/checks?session_id="+v.Session, v.Token, "", nil)
	if err != nil || status != 200 {
		return false
	}
	check := openCheck(string(answer))
	if check == "" {
		return false
	}
	form := "multipart/form-data; boundary=" + boundary
	status, _, err = v.connection.ask("POST", "/api/proctor/checks/"+check+"/answer", v.Token, form, v.how.frame)
	return err == nil && status == 202
}

// openCheck finds the check that is asked for in the list of a session's.
func openCheck(list string) string {
	for _, one := range strings.SplitAfter(list, "}") {
		if text([]byte(one), "state") == "requested" {
			return text([]byte(one), "check_id")
		}
	}
	return ""
}

func (v *viewer) playsAgain() bool {
	path := "/api/learning/enrollments/" + v.Enrollment + "/sessions/" + v.Session
	status, answer, err := v.connection.ask("GET", path, v.Token, "", nil)
	if err != nil || status != 200 || text(answer, "state") == "awaiting_check" {
		return false
	}
	v.learner.follow(answer)
	return true
}
