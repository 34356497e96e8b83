package posternprom_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"postern"
	"postern/posternprom"
)

// gather returns the samples of a collector as `name{label="value"}`.
func gather(t *testing.T, source posternprom.Source) map[string]float64 {
	t.Helper()
	// Pedantic: what is collected is what was described.
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(posternprom.NewCollector(source))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	samples := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := make([]string, 0, 2)
			for _, pair := range metric.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", pair.GetName(), pair.GetValue()))
			}
			name := fmt.Sprintf("%s{%s}", family.GetName(), strings.Join(labels, ","))
			samples[name] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return samples
}

type numbers postern.Stats

func (n numbers) Stats() postern.Stats { return postern.Stats(n) }

func TestCollectorTellsEveryNumberOfAClient(t *testing.T) {
	samples := gather(t, numbers{
		Answers: map[postern.Source]map[postern.Outcome]uint64{
			postern.SourceLocal:  {postern.OutcomeAccepted: 7, postern.Outcome(postern.ReasonTokenRevoked): 2},
			postern.SourceRemote: {postern.Outcome(postern.ReasonUnavailable): 3},
		},
		Local:            true,
		Staleness:        1500 * time.Millisecond,
		WatchReconnects:  4,
		CachedTokens:     5,
		CachedAPIKeys:    6,
		KnownRevocations: 8,
		BatchCalls:       9,
		KeySetReads:      10,
		OpenCalls:        11,
	})
	for name, want := range map[string]float64{
		`postern_client_answers_total{outcome="ACCEPTED",via="local"}`:      7,
		`postern_client_answers_total{outcome="TOKEN_REVOKED",via="local"}`: 2,
		`postern_client_answers_total{outcome="UNAVAILABLE",via="remote"}`:  3,
		`postern_client_local{}`:                  1,
		`postern_client_staleness_seconds{}`:      1.5,
		`postern_client_watch_reconnects_total{}`: 4,
		`postern_client_cached_tokens{}`:          5,
		`postern_client_cached_api_keys{}`:        6,
		`postern_client_known_revocations{}`:      8,
		`postern_client_batch_calls_total{}`:      9,
		`postern_client_key_set_reads_total{}`:    10,
		`postern_client_open_calls{}`:             11,
	} {
		if got, ok := samples[name]; !ok || got != want {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
	}
	if len(samples) != 12 {
		t.Errorf("%d samples: %v", len(samples), samples)
	}
}

func TestCollectorReadsAClientAtEachScrape(t *testing.T) {
	client, err := postern.Dial(context.Background(), "127.0.0.1:1", postern.WithMode(postern.ModeRemote))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if seconds := gather(t, client)["postern_client_staleness_seconds{}"]; !math.IsInf(seconds, 1) {
		t.Errorf("Nothing is known, and it is %v s old", seconds)
	}
	for count := 1.0; count <= 2; count++ {
		_, _ = client.Validate(context.Background(), "no token")
		if got := gather(t, client)[`postern_client_answers_total{outcome="INVALID_TOKEN",via="local"}`]; got != count {
			t.Errorf("%v refusals, not %v", got, count)
		}
	}
}

// Beside the clients of the other languages, which do the same, this keeps the names alike in all of them.
func TestCollectorTellsTheMetricsOfTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Metrics\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := map[string]bool{}
	for _, found := range regexp.MustCompile("`(postern_client_\\w+)").FindAllStringSubmatch(section, -1) {
		documented[found[1]] = true
	}
	answers := map[postern.Source]map[postern.Outcome]uint64{postern.SourceLocal: {postern.OutcomeAccepted: 1}}
	published := map[string]bool{}
	for sample := range gather(t, numbers{Answers: answers}) {
		name, _, _ := strings.Cut(sample, "{")
		published[name] = true
	}
	if !maps.Equal(published, documented) {
		t.Errorf("Published: %v; documented: %v", slices.Sorted(maps.Keys(published)), slices.Sorted(maps.Keys(documented)))
	}
}
