/** `jwt_verify` alone; configured compares `exp`, `iss` and `aud` too, which HAProxy does not by itself. */
export function configure({ job, use, port, directory }) {
  const key = job.algorithm === 'HS256' ? `"${job.secret}"` : `"${directory}/key.pem"`;
  const claims = [
    `http-request set-var(txn.exp) http_auth_bearer,jwt_payload_query('$.exp','int')`,
    `http-request set-var(txn.now) date()`,
    `http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }`,
    `http-request deny deny_status 401 unless { http_auth_bearer,jwt_payload_query('$.iss') -m str ${job.issuer} }`,
    `http-request deny deny_status 401 unless { http_auth_bearer,jwt_payload_query('$.aud') -m str ${job.audience} }`,
  ];
  const text = `global
  stats timeout 2s
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend edge
  bind 127.0.0.1:${port}
  http-request deny deny_status 401 unless { http_auth_bearer,jwt_header_query('$.alg') -m str ${job.algorithm} }
  http-request deny deny_status 401 unless { http_auth_bearer,jwt_verify("${job.algorithm}",${key}) 1 }
  ${use === 'configured' ? claims.join('\n  ') : ''}
  http-request return status 200
`;
  const args = ['-db', '-f'];
  return { file: 'haproxy.cfg', text, extra: { 'key.pem': job.pem }, command: process.env.HAPROXY ?? 'haproxy', args };
}
