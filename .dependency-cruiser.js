/** Which way imports point: docs/ARCHITECTURE.md. @type {import('dependency-cruiser').IConfiguration} */
const adapters = ['config', 'store', 'crypto', 'mail', 'observability'];
const transports = ['grpc', 'http', 'gateway'];
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-nothing-outside-itself',
      severity: 'error',
      from: { path: '^src/auth/' },
      to: { pathNot: '^src/auth/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...adapters.map((room) => ({
      name: `${room}-knows-only-the-domain`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [`^src/${room}/`, '^src/(auth|files)/'] },
    })),
    {
      name: 'files-import-nothing',
      severity: 'error',
      from: { path: '^src/files/' },
      to: { path: '^src/', pathNot: '^src/files/' },
    },
    {
      name: 'transport-knows-only-the-domain',
      severity: 'error',
      from: { path: '^src/transport/' },
      to: { path: '^src/', pathNot: '^src/(transport|auth|gen)/' },
    },
    ...transports.map((room) => ({
      name: `${room}-knows-transport-and-the-domain`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [`^src/${room}/`, '^src/(transport|auth|gen)/'] },
    })),
    {
      name: 'workers-start-whole-applications',
      severity: 'error',
      from: { path: '^src/workers/' },
      to: { path: '^src/', pathNot: '^src/(workers|app|auth|composition|config|observability|store)([./]|$)' },
    },
    {
      name: 'main-only-chooses',
      severity: 'error',
      from: { path: '^src/(main|create-service)' },
      to: { path: '^src/', pathNot: '^src/(create-service|app|composition|config|next-tick-shape|workers)([./]|$)' },
    },
    {
      name: 'generated-types-stop-at-the-wire',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(transport|grpc|http|gateway|gen)/' },
      to: { path: '^src/gen/' },
    },
    { name: 'main-only-starts', severity: 'error', from: { pathNot: '^src/(main|cli/)' }, to: { path: '^src/main' } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, parser: 'swc' },
};
