import { readFileSync } from 'node:fs';
import { documents, inBase } from './manifests';

const [rule] = documents('k8s/monitoring/alerts.yaml');
const alerts: string[] = rule.spec.groups.flatMap(({ rules }: { rules: { alert: string }[] }) =>
  rules.map(({ alert }) => alert),
);

describe('the alert rules', () => {
  it('have a test each, of silence and of firing', () => {
    const [{ tests }] = documents('test/packaging/alerts.promtool.yaml');
    for (const alert of alerts) {
      const expected: { exp_samples: { value: number }[] }[] = tests
        .filter(({ name }: { name: string }) => name.split(' ')[0] === alert)
        .flatMap(({ promql_expr_test }: { promql_expr_test: { expr: string }[] }) => promql_expr_test)
        .filter(({ expr }: { expr: string }) => expr.includes(`alertname="${alert}"`));
      const fires = expected.map(({ exp_samples }) => exp_samples.some(({ value }) => value > 0));
      expect([alert, fires]).toEqual([alert, [false, true]]);
    }
  });

  it('have a paragraph each in the runbook, and the runbook none without an alert', () => {
    const headings = readFileSync('docs/repair.md', 'utf8').match(/^### Postern\w+$/gm) ?? [];
    expect(headings.map((heading) => heading.slice('### '.length))).toEqual(alerts);
  });

  it('say how bad it is and what has happened', () => {
    const rules = rule.spec.groups.flatMap(({ rules: list }: { rules: object[] }) => list);
    for (const { labels, annotations } of rules) {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(20);
    }
  });
});

describe('monitoring in the production overlay', () => {
  const [production] = documents('k8s/overlays/production/kustomization.yaml');
  const [monitoring] = documents('k8s/monitoring/kustomization.yaml');

  it('brings the alerts, the dashboard for the sidecar of Grafana, and what Prometheus scrapes', () => {
    expect(production.components).toEqual(
      expect.arrayContaining(['../../components/service-monitor', '../../monitoring']),
    );
    expect(monitoring.resources).toEqual(['alerts.yaml']);
    const [dashboard] = monitoring.configMapGenerator;
    expect(dashboard).toMatchObject({
      files: ['grafana-dashboard.json'],
      options: { labels: { grafana_dashboard: '1' } },
    });
    expect(() => JSON.parse(readFileSync('k8s/monitoring/grafana-dashboard.json', 'utf8'))).not.toThrow();
  });

  it('lets Prometheus in through the network policy', () => {
    const letIn = inBase('NetworkPolicy').spec.ingress.find(({ from }: { from: object[] }) =>
      JSON.stringify(from).includes('monitoring'),
    );
    const [monitor] = documents('k8s/components/service-monitor/service-monitor.yaml');
    const served = inBase('Service').spec.ports.find(
      ({ name }: { name: string }) => name === monitor.spec.endpoints[0].port,
    );
    expect(letIn.ports.map(({ port }: { port: string }) => port)).toContain(served.targetPort);
  });
});
