// To be required by a process: reports on standard error, when it ends, which packages of OpenTelemetry it has loaded.
process.on('exit', () => {
  const names = Object.keys(require.cache).flatMap((path) => /@opentelemetry\/([^/]+)/.exec(path)?.[1] ?? []);
  const own = Object.keys(require.cache).filter((path) => path.includes('/observability/tracing/'));
  process.stderr.write(`loaded: ${JSON.stringify([...new Set(names), ...own])}\n`);
});
