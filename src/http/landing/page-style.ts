/** Light or dark as the system is, from the width of a phone on, without anything from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --page: #fff; --panel: #f3f5f7; --line: #d0d7de;
  --link: #0550ae; --good: #116329; --bad: #a40e26; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --soft: #9da7b3; --page: #0d1117; --panel: #161b22; --line: #3d444d; --link: #79c0ff;
    --good: #56d364; --bad: #ff9492; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
a { color: var(--link); }
h1 { margin: 0; }
h2 { margin-top: 2rem; border-bottom: 1px solid var(--line); }
h4 { margin: 1rem 0 0; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; }
.state { font-weight: bold; color: var(--bad); }
.ready { color: var(--good); }
.type, .soft { color: var(--soft); }
.call { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 1rem 0; }
.call h3 { flex: 1; margin: 0; font-size: 1rem; }
pre { flex-basis: 100%; margin: 0; padding: .75rem; overflow-x: auto; background: var(--panel);
  border: 1px solid var(--line); border-radius: .25rem; }
pre code { user-select: all; }
button { min-height: 2.25rem; padding: 0 .75rem; font: inherit; color: inherit; background: var(--panel);
  border: 1px solid var(--line); border-radius: .25rem; cursor: pointer; }
dl { margin: .5rem 0; }
dd { margin: 0 0 .75rem 1rem; }
dd p, .body p { margin: .25rem 0; }
details { border: 1px solid var(--line); border-radius: .25rem; margin: .5rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; }
.body { padding: 0 .75rem .75rem; }
`;
