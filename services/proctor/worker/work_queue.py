"""The work queue of the face workers, as both of its ends declare it."""

from shared.messaging.topology import dead, work_queue

DEAD = dead("proctor")
WORK = work_queue("proctor.work", dead=DEAD.name)
