"""The job store as plainly as it can be said: lists and dicts, no file. The SQLite store must equal it."""

from dataclasses import dataclass, field

from pawlette.errors import KeyReused, QueueFull, UnknownJob, WrongState
from pawlette.serve.jobs import ATTEMPTS, RESTARTS, Order


@dataclass
class TwinJob:
    number: int
    request: int
    order: Order
    priority: int
    turn: float
    expires_at: float | None
    state: str = "queued"
    reason: str | None = None
    attempts: int = 0
    restarts: int = 0
    fence: int = 0
    ended_at: float | None = None
    picture: str | None = None
    events: list = field(default_factory=lambda: ["queued"])

    @property
    def place(self):
        return -self.priority, self.turn, self.number


class Twin:
    """Jobs by their number. `wall` is the time; leases end by it too."""

    def __init__(self, most_queued):
        self.most_queued, self.wall, self.paused = most_queued, 1000.0, False
        self.jobs: dict[int, TwinJob] = {}
        self.keys: dict[tuple, tuple] = {}
        self.leases: dict[int, float] = {}
        self.last, self.accepted, self.ended, self.deleted = 0, 0, 0, 0

    def queue(self):
        return sorted((job for job in self.jobs.values() if job.state == "queued"), key=lambda job: job.place)

    def job(self, number):
        if number not in self.jobs:
            raise UnknownJob(number)
        return self.jobs[number]

    def enqueue(self, orders, key=None, digest=""):
        owner = orders[0].owner
        if key is not None and (known := self.keys.get((owner, key))):
            if known[0] != digest:
                raise KeyReused(key)
            return [n for n in self.jobs if self.jobs[n].request == known[1]]
        if len(self.queue()) + len(orders) > self.most_queued:
            raise QueueFull("full", retry_after=1)
        first = self.last + 1
        for order in orders:
            rank = [job for job in self.queue() if job.priority == order.priority]
            own = [job.turn for job in rank if job.order.owner == order.owner]
            turn = max(own) + 1 if own else min((job.turn for job in rank), default=0.0)
            self.last += 1
            expires_at = None if order.patience is None else self.wall + order.patience
            self.jobs[self.last] = TwinJob(self.last, first, order, order.priority, turn, expires_at)
            self.accepted += 1
        if key is not None:
            self.keys[owner, key] = (digest, first)
        return list(range(first, self.last + 1))

    def end(self, job, state, reason, picture=None):
        assert job.state in ("queued", "running")
        job.state, job.reason, job.picture, job.ended_at = state, reason, picture, self.wall
        job.events.append(state)
        self.leases.pop(job.number, None)
        self.ended += 1

    def cancel(self, number):
        job = self.job(number)
        if job.state in ("queued", "running"):
            self.end(job, "cancelled", "cancelled")

    def moving(self, number):
        job = self.job(number)
        if job.state != "queued":
            raise WrongState(number)
        job.events.append("moved")
        return job, [other for other in self.queue() if other is not job]

    def move(self, number, to):
        job, others = self.moving(number)
        if not others:
            return
        to = min(to, len(others))
        job.priority = others[min(to, len(others) - 1)].priority
        before = [other for other in others[:to] if other.priority == job.priority]
        after = [other for other in others[to:] if other.priority == job.priority]
        if not before:
            job.turn = after[0].turn - 1
        elif not after:
            job.turn = before[-1].turn + 1
        elif before[-1].turn < (middle := (before[-1].turn + after[0].turn) / 2) < after[0].turn:
            job.turn = middle
        else:
            for turn, other in enumerate([*before, job, *after]):
                other.turn = float(turn)

    def prioritise(self, number, priority):
        job, others = self.moving(number)
        job.priority = priority
        job.turn = max((other.turn + 1 for other in others if other.priority == priority), default=0.0)

    def claim(self, lease, suspects):
        fits = {None: lambda job: True, True: lambda job: job.attempts, False: lambda job: not job.attempts}
        waiting = [] if self.paused else [job for job in self.queue() if fits[suspects](job)]
        if not waiting:
            return None
        job = waiting[0]
        job.state, job.attempts, job.fence = "running", job.attempts + 1, job.fence + 1
        job.events.append("running")
        self.leases[job.number] = self.wall + lease
        return job.number, job.fence

    def holds(self, number, fence):
        return number in self.jobs and number in self.leases and self.jobs[number].fence == fence

    def close_claim(self, number, fence, state, reason, picture=None):
        if self.holds(number, fence):
            self.end(self.jobs[number], state, reason, picture)
            return True
        return False

    def release(self, number, fence, blame):
        if not self.holds(number, fence):
            return
        job = self.jobs[number]
        if blame and job.attempts >= ATTEMPTS:
            self.end(job, "failed", "poisoned")
            return
        del self.leases[number]
        job.state, job.attempts = "queued", job.attempts - (not blame)
        job.events.append("queued")

    def expire(self):
        for number, end in list(self.leases.items()):
            if end < self.wall:
                self.release(number, self.jobs[number].fence, True)
        for job in self.queue():
            if job.expires_at is not None and job.expires_at < self.wall:
                self.end(job, "expired", "waited_too_long")

    def delete(self, chosen):
        for job in chosen:
            self.deleted += job.state in ("queued", "running")
            self.leases.pop(job.number, None)
            del self.jobs[job.number]
        requests = {job.request for job in self.jobs.values()}
        self.keys = {key: known for key, known in self.keys.items() if known[1] in requests}

    def reopen(self):
        self.leases.clear()
        for job in list(self.jobs.values()):
            if job.state == "running":
                job.attempts, job.restarts, job.state = job.attempts - 1, job.restarts + 1, "queued"
                if job.restarts >= RESTARTS:
                    self.end(job, "failed", "poisoned")
                else:
                    job.events.append("queued")
