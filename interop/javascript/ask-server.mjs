import { once } from 'node:events';
import { createServer } from 'node:http';

/** A verifier that asks a server with the token and takes every answer but 200 for a refusal. */
export function askServer(listener) {
  return async (token) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers });
    const text = await response.text();
    server.close();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  };
}
