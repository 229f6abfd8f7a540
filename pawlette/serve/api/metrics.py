"""Figures for Prometheus, in base units. No words, no ids and no names of keys stand in a label."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from pawlette.engine.tally import Figures
from pawlette.serve.jobs import Record, State
from pawlette.serve.supervisor import Supervisor

HTTP = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120, 600)
ROWS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16)  # 16: the engine's limit
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)


class Metrics:
    """Counts what the API sees; the store's and the workers' own figures are asked for when they are scraped."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "pawlette_http_requests", "Answered requests.", ("method", "route", "status"), registry=registry
        )
        self.http_seconds = Histogram(
            "pawlette_http_request_seconds", "From a request's head to the end of its answer.", ("route",),
            buckets=HTTP, registry=registry,
        )  # fmt: skip
        self.words = Counter(
            "pawlette_words",
            "Decisions of the safety gate.",
            ("layer", "decision", "code", "language"),
            registry=registry,
        )
        self.limited = Counter("pawlette_limited", "Requests turned away.", ("limit",), registry=registry)
        self.waits = Histogram(
            "pawlette_queue_wait_seconds",
            "From acceptance to the last claim.",
            buckets=SECONDS,
            registry=registry,
        )
        self.stages = Histogram(
            "pawlette_stage_seconds", "What the stages of a picture took, by the host's clock or the device's own.",
            ("stage", "clock"), buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.rows = Histogram(
            "pawlette_step_rows",
            "Pictures that a denoising step was made for.",
            buckets=ROWS,
            registry=registry,
        )
        self.busy = Counter(
            "pawlette_device_busy_seconds",
            "In which a worker's device had a stage's work to do, by the device's own clock.",
            ("worker",),
            registry=registry,
        )
        self.attempts = Counter("pawlette_attempts", "Attempts that ended jobs needed.", registry=registry)
        self.images = Counter("pawlette_images", "Pictures drawn.", ("format",), registry=registry)
        self.listeners = Gauge("pawlette_event_listeners", "Open event streams.", registry=registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in METHODS else "other"
        self.requests.labels(known, route, str(status)).inc()
        self.http_seconds.labels(route).observe(seconds)

    def decided(self, layer: str, decision: str, code: str | None, language: str) -> None:
        self.words.labels(layer, decision, code or "", language).inc()

    def ended(self, record: Record) -> None:
        """A job has ended, as its record says."""
        self.attempts.inc(record.attempts)
        if record.started_at is not None:
            self.waits.observe(max(0.0, record.started_at - record.accepted_at))
        if record.state is State.DONE:
            self.images.labels(record.order.format).inc()
            for stage, seconds in record.seconds.items():
                self.stages.labels(stage, "host").observe(seconds)

    def counted(self, place: int, figures: Figures) -> None:
        """What the worker at a place has counted since it told of it last."""
        for rows, steps in figures.rows.items():
            for _ in range(steps):
                self.rows.observe(rows)
        for stage, seconds in figures.stages:
            self.stages.labels(stage, "device").observe(seconds)
        if figures.busy is not None:
            self.busy.labels(str(place)).inc(figures.busy)

    def watch(self, desk: Supervisor) -> None:
        desk.on_figures = self.counted
        self.registry.register(OfDesk(desk))

    def text(self) -> bytes:
        return generate_latest(self.registry)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class OfDesk:
    """What is counted elsewhere, asked for at each scrape."""

    def __init__(self, desk: Supervisor) -> None:
        self._desk = desk

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        counts = self._desk.counts()
        states = GaugeMetricFamily("pawlette_jobs", "Jobs in the store.", labels=["state"])
        for state in State:
            states.add_metric([state], counts.states.get(state, 0))
        ended = CounterMetricFamily("pawlette_jobs_ended", "Jobs that ended.", labels=["state", "reason"])
        accepted = CounterMetricFamily("pawlette_jobs_accepted", "Jobs that were accepted.")
        for name, total in counts.totals.items():
            if name == "accepted":
                accepted.add_metric([], total)
            elif ":" in name:
                ended.add_metric(name.split(":", 1), total)
        yield from (states, ended, accepted)
        yield _gauge(
            "pawlette_queue_oldest_wait_seconds",
            "How long the oldest waiting job has waited.",
            counts.oldest_wait,
        )
        yield _gauge("pawlette_queue_paused", "1 while nothing is drawn on an adult's word.", counts.paused)
        health = self._desk.health()
        yield _gauge("pawlette_ready", "1 while a picture that is asked for would be drawn.", health.is_ready)
        yield _gauge("pawlette_workers_ready", "Processes that draw.", health.workers)
        yield _gauge("pawlette_pictures_under_way", "Pictures that workers draw now.", health.under_way)
        yield _gauge("pawlette_free_bytes", "Room where pictures are kept.", health.free)
        lost = CounterMetricFamily("pawlette_lease_expiries", "Leases that ran out.")
        lost.add_metric([], self._desk.desk.lost_leases)
        yield lost


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=float(value))
