/** Whether an address lies in one of some networks. An address that is none (a Unix socket) lies in no network. */
export type NetworkMatcher = (ipAddress: string) => boolean;

/** Networks in CIDR notation (RFC 4632, RFC 4291 section 2.3); an address alone is a network of one. */
export interface Networks {
  /** The one way to write a network, or undefined when the text is none. */
  parse(cidr: string): string | undefined;
  /** @param cidrs as `parse` writes them */
  matcher(cidrs: readonly string[]): NetworkMatcher;
}
