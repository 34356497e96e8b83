import { readFileSync } from 'node:fs';

/** The text of a drawing without its white space: words and lines of a terminal stand in elements of their own. */
const text = (svg: string) => pack(svg.replace(/<style>.*?<\/style>/s, '').replaceAll(/<[^>]*>/g, ' '));
const pack = (said: string) => said.replaceAll(/[\s\u00a0]+/g, '');

describe('the pictures of the README', () => {
  const readme = readFileSync('README.md', 'utf8');
  const tour = readFileSync('docs/pictures/tour.svg', 'utf8');
  const dashboard = readFileSync('docs/pictures/dashboard.svg', 'utf8');

  it('are shown, load quickly and have an alternative text', () => {
    for (const [name, svg] of Object.entries({ tour, dashboard })) {
      expect(readme).toMatch(new RegExp(`!\\[[^\\]]{20,}\\]\\(docs/pictures/${name}\\.svg\\)`));
      expect(svg.length).toBeLessThan(160_000);
    }
  });

  it('hold no script, no token, no API key and no path of the machine that made them', () => {
    for (const svg of [tour, dashboard]) {
      expect(svg).not.toMatch(/<script|eyJ[\w-]{10}|pst[nv]_\w{10}|\/(?:tmp|root|home|work|Users)\b/);
    }
  });

  it('say in the recording what its script types, and that the ended session is refused', () => {
    const script = readFileSync('scripts/pictures/tour.sh', 'utf8');
    const shown = text(tour);
    const methods = [...script.matchAll(/\$AUTH\/(\w+)/g)].map(([, method]) => `AuthService/${method}`);
    expect(new Set(methods).size).toBeGreaterThanOrEqual(4);
    for (const said of [...methods, 'npm start', 'postern.js audit', 'Code: Unauthenticated', 'session.ended']) {
      expect(shown).toContain(pack(said));
    }
  });

  it('keep the end of the recording, the audit log, on the screen for seconds before it begins again', () => {
    const duration = Number(/animation-duration:([\d.]+)s/.exec(tour)?.[1]);
    const shownSince = new Map(
      [...tour.matchAll(/([\d.]+)%\{transform:translateX\(-(\d+)px\)/g)].map(([, percent, x]) => [x, Number(percent)]),
    );
    const lines = new Map([...tour.matchAll(/<symbol id="(\w+)">(.*?)<\/symbol>/gs)].map(([, id, line]) => [id, line]));
    const draw = (screen = '') => screen.replaceAll(/<use xlink:href="#(\w+)"/g, (_use, id) => lines.get(id) ?? '');
    const screens = [...tour.matchAll(/<svg x="(\d+)">(.*?)<\/svg>/gs)];
    const ends = screens.filter(([, , screen]) => draw(screen).includes('user.registered')).map(([, x]) => x);
    const [since = 100] = ends.flatMap((x) => shownSince.get(x) ?? []).sort((one, other) => one - other);
    expect((duration * (100 - since)) / 100).toBeGreaterThan(2);
  });

  it('show every panel of the first rows of the dashboard, in the place where Grafana has it', () => {
    const { panels } = JSON.parse(readFileSync('k8s/monitoring/grafana-dashboard.json', 'utf8'));
    const places = [
      ...dashboard.matchAll(
        /<svg x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="[\d.]+"><rect[^>]*><text[^>]*>([^<]+)/g,
      ),
    ];
    const drawn = places.map(([, x, y, title]) => ({ title, x: Number(x), y: Number(y) }));
    const rows = panels.filter(({ gridPos }: { gridPos: { y: number } }) => gridPos.y < 28);
    expect(drawn).toEqual(
      rows.map(({ title, gridPos }: { title: string; gridPos: { x: number; y: number } }) => ({
        title,
        x: gridPos.x * 50 + 4,
        y: gridPos.y * 22 + 40,
      })),
    );
    expect(drawn.length).toBeGreaterThanOrEqual(10);
  });
});
