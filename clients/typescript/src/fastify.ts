import type { FastifyPluginCallback } from 'fastify';
import type { Authenticator } from './authenticator';
import { type Demand, type Rule, readDemand } from './middleware/rules';
import type { Principal } from './principal';
import type { Reason } from './reasons';
import { createWebGuard, type WebOptions } from './web/web-guard';

export type { Rule } from './middleware/rules';
export type { WebOptions } from './web/web-guard';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where a rule is `public`, or `optional` and nobody is known. */
    principal: Principal | undefined;
    /** Why nobody is known, where a rule is `optional`. */
    anonymousReason: Reason | undefined;
  }
  interface FastifyContextConfig {
    /** What this route demands, whatever the rules say of its path. */
    postern?: Omit<Rule, 'match' | 'methods'>;
  }
}

/** A plugin that lets through whom the rules let through, with `request.principal`: `app.register(protect(client))`. */
export function protect(client: Authenticator, options?: WebOptions): FastifyPluginCallback {
  const guard = createWebGuard(client, options);
  const demands = new WeakMap<object, Demand>();
  const findDemand = (config: Omit<Rule, 'match'> | undefined): Demand | undefined => {
    if (config === undefined) return undefined;
    const demand = demands.get(config) ?? readDemand(config);
    demands.set(config, demand);
    return demand;
  };
  const plugin: FastifyPluginCallback = (app, _options, done) => {
    app.decorateRequest('principal', undefined);
    app.decorateRequest('anonymousReason', undefined);
    // A mistake is to show at the start, not at the first request.
    app.addHook('onRoute', ({ config }) => void findDemand(config?.postern));
    app.addHook('onRequest', async (request, reply) => {
      const { method, headers, routeOptions } = request;
      // What is routed counts, not what came before a rewrite of the URL.
      const outcome = await guard({ method, url: request.raw.url, headers }, findDemand(routeOptions.config?.postern));
      // Its caller has gone while it was decided about: a handler would never hear of it.
      if (reply.raw.closed) return reply.hijack();
      if (outcome.refusal === undefined) {
        Object.assign(request, outcome.identity);
        outcome.watch(reply.raw);
        return;
      }
      const { status, headers: ofRefusal, body } = outcome.refusal;
      return reply.code(status).headers(ofRefusal).send(body);
    });
    done();
  };
  // The hook is for the whole application, not for what is registered inside this plugin.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
