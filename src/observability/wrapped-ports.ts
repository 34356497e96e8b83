export type Method = (...args: unknown[]) => unknown;

/** `instead` where it has something, else the target itself, whose private fields only its own methods may touch. */
export function overlay<T extends object>(target: T, instead: Partial<T>): T {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(instead, name)) return Reflect.get(instead, name);
      if (!bound.has(name)) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        bound.set(name, value.bind(target));
      }
      return bound.get(name);
    },
  });
}

/** The same port with each method in a wrap, made when it is first asked for; an operation is called `port.method`. */
export function wrappedPort<T extends object>(
  port: string,
  target: T,
  wrap: (operation: string, method: Method) => Method,
): T {
  const wrapped = new Map<PropertyKey, Method>();
  return new Proxy(target, {
    get(_, name) {
      let method = wrapped.get(name);
      if (method === undefined) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        method = wrap(`${port}.${String(name)}`, value.bind(target));
        wrapped.set(name, method);
      }
      return method;
    },
  });
}
