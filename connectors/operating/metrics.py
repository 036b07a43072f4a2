"""`/metrics` for Prometheus: what the store has counted, how long things took in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from assistant.model import LANES
from assistant.ports import Shelf

CONTENT_TYPE = CONTENT_TYPE_LATEST
_ACK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SOON = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The lengths of time that this process saw; `render` adds what all processes counted."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        # The time at which a series began says nothing here and doubles every scrape.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs to annotate
        self._registry = CollectorRegistry()
        if shelf is not None:
            self._registry.register(_Shelved(shelf))
        self._seconds: Mapping[str, Histogram] = {
            "ack": self._histogram("ack", "From a webhook's arrival to its acknowledgement", _ACK),
            "visible": self._histogram(
                "visible", "From a buyer's message accepted to its card in the room", _SOON
            ),
            "draft": self._histogram(
                "draft", "From a draft begun to the draft proposed, with facts and review", _SOON
            ),
        }

    def observe(self, name: str, seconds: float) -> None:
        """Note that `ack`, `visible` or `draft` took *seconds*."""
        self._seconds[name].observe(max(seconds, 0.0))

    def render(self, figures: Mapping[str, float]) -> bytes:
        """The exposition; *figures* are `Store.figures()`."""
        counted = CollectorRegistry()
        counted.register(_Counted(figures))
        return generate_latest(counted) + generate_latest(self._registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(
            f"parley_{name}_seconds", f"{about}.", buckets=buckets, registry=self._registry
        )


_COUNTERS = (
    ("messages_accepted", "accepted", "Buyers' messages acknowledged, each once."),
    ("messages_visible", "visible", "Buyers' messages that show in a room."),
    ("messages_suppressed", "suppressed", "Repeats that came too late to be refused at the door."),
    ("replies_sent", "sent", "Replies that their channel took."),
    ("model_calls", "model.calls", "Calls of the language model."),
    ("model_refused", "model.refused", "Calls not made, the budget being used up."),
    ("commands_dead", "dead", "Commands given up after their last attempt."),
)
_GAUGES = (
    ("conversations_open", "open", "Conversations that are open."),
    (
        "replies_unsure",
        "unsure",
        "Replies of which only a person can find out whether they arrived.",
    ),
)


class _Counted(Collector):
    """Figures of the store in Prometheus's form."""

    def __init__(self, figures: Mapping[str, float]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for name, key, about in _COUNTERS:
            yield CounterMetricFamily(f"parley_{name}", about, value=self._value(key))
        for name, key, about in _GAUGES:
            yield GaugeMetricFamily(f"parley_{name}", about, value=self._value(key))
        pending = GaugeMetricFamily(
            "parley_commands_pending", "Commands waiting or in hand.", labels=["lane"]
        )
        for lane in LANES:
            pending.add_metric([lane], self._value(f"pending.{lane}"))
        yield pending
        tokens = CounterMetricFamily(
            "parley_model_tokens", "Tokens that the language model used.", labels=["direction"]
        )
        for direction in ("in", "out"):
            tokens.add_metric([direction], self._value(f"model.tokens_{direction}"))
        yield tokens
        drafts = CounterMetricFamily(
            "parley_drafts",
            "Drafts by who wrote them and what became of them.",
            labels=["drafter", "outcome"],
        )
        for key, value in sorted(self._figures.items()):
            if key.startswith("drafts."):
                drafts.add_metric(key.split(".")[1:3], value)
        yield drafts

    def _value(self, key: str) -> float:
        return float(self._figures.get(key, 0))


class _Shelved(Collector):
    """Which playbooks this process goes by, and whether their files are right."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def collect(self) -> Iterator[Metric]:
        edition, troubles = self._shelf.edition, self._shelf.troubles
        wrong = GaugeMetricFamily(
            "parley_playbooks_wrong",
            "1 where the files have errors, so that the last right ones stay in force.",
            labels=["storefront"],
        )
        in_force = GaugeMetricFamily(
            "parley_playbooks_in_force", "Always 1.", labels=["storefront", "version"]
        )
        for whose in (None, *edition.overlays):
            wrong.add_metric([whose or ""], float(whose in troubles))
            version = (edition.of(whose) if whose else edition.playbooks).version
            in_force.add_metric([whose or "", version], 1.0)
        yield wrong
        yield in_force
        reloads = CounterMetricFamily(
            "parley_playbooks_reloads",
            "Changed playbooks by what became of them, in this process.",
            labels=["outcome"],
        )
        for outcome, count in self._shelf.reloads.items():
            reloads.add_metric([outcome], float(count))
        yield reloads
