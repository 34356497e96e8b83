/** The address with a name for its host: TLS of grpc-js to an IP address fails on Node 26, with any server. */
export function addressByName(address: string): string {
  return address.replace(/^127\.0\.0\.1:/, 'localhost:');
}
