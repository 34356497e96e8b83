import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where a call comes from. */
export interface Source {
  /** Canonical text of the address; `unix` for a Unix socket. */
  readonly ipAddress: string;
  /** What limits count by: the address, an IPv6 one by its /64, because one customer usually holds that many. */
  readonly key: string;
  /** The names in the verified client certificate of the peer. */
  readonly clientNames?: readonly string[];
}

/**
 * A connection as the system distinguishes it from all others that are open; one port of a peer may lead to several
 * addresses of ours.
 */
export interface Peer {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** How Unix sockets are named in TRUSTED_PROXIES and in the log; all who can open the socket are one source. */
const UNIX_PEER = 'unix';

/** Hops of one `x-forwarded-for` that are looked at. */
const MAX_HOPS = 32;
const MAX_KNOWN = 10_000;

/**
 * Distinguishes sources. `x-forwarded-for` is believed only from a peer listed in TRUSTED_PROXIES, and from the right:
 * each hop that is itself trusted vouches for the one to its left; the first that is not, or that is no address, ends
 * the search.
 */
export class SourceAddresses {
  readonly #trusted = new BlockList();
  readonly #trustsUnix: boolean;
  readonly #trustsAny: boolean;
  readonly #known = new Map<string, Source>();
  readonly #certified = new Map<string, Source>();

  /** @param trustedProxies addresses, CIDRs and `unix` */
  constructor(trustedProxies: readonly string[]) {
    for (const entry of trustedProxies) if (entry !== UNIX_PEER) this.#trust(entry);
    this.#trustsUnix = trustedProxies.includes(UNIX_PEER);
    this.#trustsAny = trustedProxies.length > 0;
  }

  /** @param peer the address of the connection, undefined for a Unix socket */
  of(peer: string | undefined, forwardedFor: () => string): Source {
    const direct = this.#known.get(peer ?? UNIX_PEER) ?? this.#remember(peer ?? UNIX_PEER);
    if (!this.#trustsAny || !this.#isTrusted(direct.ipAddress)) return direct;
    const header = forwardedFor();
    return header === '' ? direct : this.#behind(direct, header);
  }

  /**
   * From now until `forgotten` is called, calls on this connection come from the client that these names of its
   * verified certificate name, and limits count by the first of them. Connections over a Unix socket cannot be
   * distinguished: nothing is remembered.
   */
  certify(peer: Peer, clientNames: readonly string[]): { forgotten(): void } {
    const { remoteAddress, remotePort } = peer;
    if (remoteAddress === undefined || remotePort === undefined) return { forgotten: () => {} };
    const id = connectionId(peer);
    const [first] = clientNames;
    this.#certified.delete(id);
    if (first === undefined) return { forgotten: () => {} };
    const source = { ...this.of(remoteAddress, () => ''), key: `san:${first}`, clientNames };
    this.#certified.set(id, source);
    const forgotten = (): void => {
      // The next connection may have been given the same port already.
      if (this.#certified.get(id) === source) this.#certified.delete(id);
    };
    return { forgotten };
  }

  /** Whether some connection is certified. */
  get knowsClients(): boolean {
    return this.#certified.size > 0;
  }

  /**
   * As `of`, with the client's certificate for what a peer asks for itself; what a trusted proxy passes on is not the
   * proxy's own.
   */
  ofConnection(peer: Peer, forwardedFor: () => string): Source {
    const certified = this.#certified.size === 0 ? undefined : this.#certified.get(connectionId(peer));
    if (certified === undefined) return this.of(peer.remoteAddress, forwardedFor);
    const passesOn = this.#isTrusted(certified.ipAddress) && forwardedFor() !== '';
    return passesOn ? this.of(peer.remoteAddress, forwardedFor) : certified;
  }

  /** Whether a peer is one of TRUSTED_PROXIES. */
  trusts(peer: string | undefined): boolean {
    return (
      this.#trustsAny &&
      this.#isTrusted((this.#known.get(peer ?? UNIX_PEER) ?? this.#remember(peer ?? UNIX_PEER)).ipAddress)
    );
  }

  #behind(proxy: Source, header: string): Source {
    let source = proxy;
    // Empty elements do not count (RFC 9110 section 5.6.1.2).
    const hops = header
      .split(',')
      .map((hop) => hop.trim())
      .filter((hop) => hop !== '');
    for (const hop of hops.slice(-MAX_HOPS).reverse()) {
      const address = canonical(hop);
      if (address === undefined) return source;
      source = { ipAddress: address, key: limitKey(address) };
      if (!this.#isTrusted(address)) return source;
    }
    return source;
  }

  #isTrusted(address: string): boolean {
    if (address === UNIX_PEER) return this.#trustsUnix;
    return this.#trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  #trust(entry: string): void {
    const [range, bits] = ipaddr.parseCIDR(entry.includes('/') ? entry : `${entry}/${isIP(entry) === 6 ? 128 : 32}`);
    this.#trusted.addSubnet(range.toString(), bits, range.kind());
  }

  #remember(peer: string): Source {
    const address = canonical(peer) ?? peer;
    const source = { ipAddress: address, key: limitKey(address) };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(peer, source);
    return source;
  }
}

function connectionId({ localAddress, localPort, remoteAddress, remotePort }: Peer): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}

/**
 * The one way to write an address, IPv4 in IPv6 as IPv4; also with a port, as some proxies write it. Undefined: not an
 * address.
 */
function canonical(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const [address = ''] = bare.split('%');
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString();
}

/** What limits count an address by: itself, an IPv6 one by its /64. Any other text is a source of its own. */
export function limitKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const parts = (ipaddr.parse(address) as ipaddr.IPv6).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}
