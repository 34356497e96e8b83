// prometheus-rules.mjs DIRECTORY: writes what promtool reads from what is under k8s/monitoring: rules.yaml, the groups
// of alerts.yaml, and dashboard-rules.yaml, with every expression of the dashboard as a recording rule.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from './project.mjs';

const [directory] = process.argv.slice(2);
const read = (name) => readFileSync(join(root, 'k8s/monitoring', name), 'utf8');
const write = (name, groups) => writeFileSync(join(directory, name), stringify({ groups }));

write('rules.yaml', parse(read('alerts.yaml')).spec.groups);

const expressions = [
  ...JSON.stringify(JSON.parse(read('grafana-dashboard.json'))).matchAll(/"expr":("(?:[^"\\]|\\.)*")/g),
];
if (expressions.length < 10) throw new Error('The dashboard has hardly any expressions');
const rules = expressions.map(([, text], index) => ({
  record: `dashboard:panel:${index}`,
  expr: JSON.parse(text)
    .replaceAll('$__rate_interval', '5m')
    .replaceAll(/\$(namespace|instance)\b/g, '.*'),
}));
write('dashboard-rules.yaml', [{ name: 'dashboard', rules }]);
