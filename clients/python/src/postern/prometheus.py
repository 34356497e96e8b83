"""A collector for prometheus_client: `REGISTRY.register(PosternCollector(client))`."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from .client import BaseClient


class PosternCollector:
    """The numbers of a client, read whenever they are asked for."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def collect(self) -> Iterator[Metric]:
        stats = self._client.stats()
        answers = CounterMetricFamily("postern_client_answers", "Answers by way and outcome", labels=["via", "outcome"])
        for (via, outcome), count in stats.answers.items():
            answers.add_metric([via, outcome], count)
        yield answers
        yield GaugeMetricFamily(
            "postern_client_staleness_seconds", "Age of the news of revocations; +Inf: none", value=stats.staleness
        )
        yield GaugeMetricFamily("postern_client_local", "Whether tokens are answered here", value=int(stats.is_local))
        yield GaugeMetricFamily("postern_client_cached_tokens", "Verified tokens held", value=stats.cached_tokens)
        yield GaugeMetricFamily("postern_client_cached_api_keys", "API keys held", value=stats.cached_api_keys)
        yield GaugeMetricFamily("postern_client_open_calls", "Calls watched over", value=stats.open_calls)
        yield GaugeMetricFamily(
            "postern_client_known_revocations",
            "Sessions and users that the feed has reported",
            value=stats.known_revocations,
        )
        yield CounterMetricFamily(
            "postern_client_watch_reconnects", "Times the watch came back", value=stats.watch_reconnects
        )
        yield CounterMetricFamily("postern_client_key_set_reads", "Readings of the keys", value=stats.key_set_reads)
        yield CounterMetricFamily("postern_client_batch_calls", "BatchValidate calls sent", value=stats.batch_calls)
