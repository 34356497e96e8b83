// Package posternprom exposes the numbers of a client to Prometheus.
package posternprom

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"postern"
)

// Source is a *postern.Client.
type Source interface{ Stats() postern.Stats }

var (
	answers = prometheus.NewDesc("postern_client_answers_total",
		"Answers by who gave them (local, remote) and what they were (ACCEPTED, or the reason of a refusal).",
		[]string{"via", "outcome"}, nil)
	local = prometheus.NewDesc("postern_client_local",
		"1 while tokens with a published key are answered by this process.", nil, nil)
	staleness = prometheus.NewDesc("postern_client_staleness_seconds",
		"Every revocation acknowledged so long ago is known here; +Inf: nothing is known.", nil, nil)
	reconnects = prometheus.NewDesc("postern_client_watch_reconnects_total",
		"Streams of WatchRevocations that were opened after the first.", nil, nil)
	tokens  = prometheus.NewDesc("postern_client_cached_tokens", "Verified tokens that are kept.", nil, nil)
	apiKeys = prometheus.NewDesc("postern_client_cached_api_keys", "Answers about API keys that are kept.", nil, nil)
	revoked = prometheus.NewDesc("postern_client_known_revocations",
		"Sessions and users that the feed has reported.", nil, nil)
	batches  = prometheus.NewDesc("postern_client_batch_calls_total", "BatchValidate calls to the service.", nil, nil)
	keyReads = prometheus.NewDesc("postern_client_key_set_reads_total", "Readings of the published keys.", nil, nil)
	open     = prometheus.NewDesc("postern_client_open_calls", "Calls that end when their token is refused.", nil, nil)
)

type collector struct{ source Source }

// NewCollector returns a collector of the numbers of one client. With several clients in one process give each its own
// label: prometheus.WrapRegistererWith.
func NewCollector(source Source) prometheus.Collector { return collector{source} }

func (c collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		answers, local, staleness, reconnects, tokens, apiKeys, revoked, batches, keyReads, open,
	} {
		descs <- desc
	}
}

func (c collector) Collect(metrics chan<- prometheus.Metric) {
	stats := c.source.Stats()
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	for source, outcomes := range stats.Answers {
		for outcome, count := range outcomes {
			send(answers, prometheus.CounterValue, float64(count), string(source), string(outcome))
		}
	}
	isLocal, seconds := 0.0, math.Inf(1)
	if stats.Local {
		isLocal = 1
	}
	if stats.Staleness >= 0 {
		seconds = stats.Staleness.Seconds()
	}
	send(local, prometheus.GaugeValue, isLocal)
	send(staleness, prometheus.GaugeValue, seconds)
	send(reconnects, prometheus.CounterValue, float64(stats.WatchReconnects))
	send(tokens, prometheus.GaugeValue, float64(stats.CachedTokens))
	send(apiKeys, prometheus.GaugeValue, float64(stats.CachedAPIKeys))
	send(revoked, prometheus.GaugeValue, float64(stats.KnownRevocations))
	send(batches, prometheus.CounterValue, float64(stats.BatchCalls))
	send(keyReads, prometheus.CounterValue, float64(stats.KeySetReads))
	send(open, prometheus.GaugeValue, float64(stats.OpenCalls))
}
