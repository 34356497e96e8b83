import { readFileSync } from 'node:fs';
import { documents, inBase } from './manifests';

const [rule] = documents('k8s/monitoring/alerts.yaml');
interface Alert {
  alert: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}
const rules: Alert[] = rule.spec.groups.flatMap(({ rules: list }: { rules: Alert[] }) => list);
const alerts = rules.map(({ alert }) => alert);

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
    for (const { labels, annotations } of rules) {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(20);
      expect(annotations.description.length).toBeGreaterThan(60);
    }
  });

  it('lead to their heading in the runbook', () => {
    const headings = readFileSync('docs/repair.md', 'utf8').match(/^#+ .+$/gm) ?? [];
    const anchors = headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-'),
    );
    for (const { alert, annotations } of rules) {
      const [path, anchor] = annotations.runbook_url.split('#');
      expect([alert, path, anchor]).toEqual([alert, 'docs/repair.md', alert.toLowerCase()]);
      expect(anchors).toContain(anchor);
    }
  });
});

describe('the dashboard', () => {
  interface Panel {
    id: number;
    type: string;
    title: string;
    description: string;
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { expr: string }[];
  }
  const dashboard: { panels: Panel[]; templating: { list: { name: string; query: unknown }[] } } = JSON.parse(
    readFileSync('k8s/monitoring/grafana-dashboard.json', 'utf8'),
  );
  const { panels } = dashboard;

  it('begins with what matters as figures: replicas, logins, refusals, p99 of Validate, lag of the feed', () => {
    const first = panels.filter(({ gridPos }) => gridPos.y === 0);
    expect(first.map(({ type, title }) => [type, title])).toEqual(
      ['Replicas that validate', 'Logins', 'Refusals', 'Validate p99', 'Feed lag'].map((title) => ['stat', title]),
    );
    expect(first.reduce((width, { gridPos }) => width + gridPos.w, 0)).toBe(24);
    expect(panels.filter(({ type }) => type === 'stat')).toEqual(first);
  });

  it('says of each panel what it shows, and draws no two in one place or under one id or title', () => {
    for (const { title, description } of panels) expect([title, description.length > 30]).toEqual([title, true]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('narrows every query by the namespaces and replicas that are chosen', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace', 'instance']);
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const series = expr.match(/\b(?:postern|nodejs|process)_\w+(?:\{[^}]*\})?/g) ?? [];
        expect([title, series.length > 0]).toEqual([title, true]);
        for (const each of series) expect(each).toMatch(/namespace=~"\$namespace",instance=~"\$instance"\}$/);
      }
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
