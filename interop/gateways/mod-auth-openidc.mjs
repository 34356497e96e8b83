import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';

const MODULES = '/usr/lib/apache2/modules';
const LOADED = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'auth_openidc'];

/** The key set over https, which mod_auth_openidc demands, with a certificate of its own. */
async function serveKeys({ jwks }, directory) {
  const [key, cert] = [join(directory, 'tls.key'), join(directory, 'tls.crt')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    ...subject,
    '-keyout',
    key,
    '-out',
    cert,
  ];
  execFileSync('openssl', args, { stdio: 'ignore' });
  const options = { key: await readFile(key), cert: await readFile(cert) };
  const server = createServer(options, (_request, response) => response.end(JSON.stringify(jwks)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `https://127.0.0.1:${server.address().port}/.well-known/jwks.json`, close: () => server.close() };
}

/** `AuthType oauth20`, which looks at neither `aud` nor `iss`; configured demands both. */
export async function configure({ job, use, port, directory }) {
  const keys = job.algorithm === 'HS256' ? undefined : await serveKeys(job, directory);
  const source =
    keys === undefined
      ? `OIDCOAuthVerifySharedKeys "plain#${job.secret}"`
      : `OIDCOAuthVerifyJwksUri ${keys.url}\nOIDCOAuthSSLValidateServer Off`;
  const claims = [`Require claim iss:${job.issuer}`, `Require claim aud:${job.audience}`].join('\n    ');
  // Its processes run as another user when root has started it.
  await chmod(directory, 0o755);
  const text = `ServerRoot ${directory}
ServerName localhost
User www-data
Group www-data
PidFile ${directory}/httpd.pid
ErrorLog ${directory}/error.log
Listen 127.0.0.1:${port}
${LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
DocumentRoot ${directory}
DirectoryIndex ok
ErrorDocument 401 " "
OIDCCryptoPassphrase not-used-by-oauth20
${source}
<Location />
  AuthType oauth20
  <RequireAll>
    Require valid-user
    ${use === 'configured' ? claims : ''}
  </RequireAll>
</Location>
`;
  const args = ['-DFOREGROUND', '-f'];
  const command = process.env.APACHE2 ?? 'apache2';
  return { file: 'httpd.conf', text, extra: { ok: 'ok' }, command, args, close: keys?.close };
}
