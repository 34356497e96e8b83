import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Networks } from '../../auth/api-keys/networks';

/** Networks by ipaddr.js and the block lists of Node. */
export function createNetworks(): Networks {
  return {
    parse(cidr) {
      const text = isIP(cidr) === 0 ? cidr : `${cidr}/${isIP(cidr) === 6 ? 128 : 32}`;
      if (!ipaddr.isValidCIDR(text)) return undefined;
      // `010.0.0.0/8` is octal to some and decimal to others; only what all programs read alike is taken.
      if (isIP(text.split('/')[0] ?? '') === 0) return undefined;
      const [address, bits] = ipaddr.parseCIDR(text);
      const isMapped = address.kind() === 'ipv6' && (address as ipaddr.IPv6).isIPv4MappedAddress() && bits >= 96;
      // Addresses of calls are never written as IPv4 in IPv6.
      if (isMapped) return firstAddress((address as ipaddr.IPv6).toIPv4Address(), bits - 96);
      return firstAddress(address, bits);
    },
    matcher(cidrs) {
      const allowed = new BlockList();
      for (const cidr of cidrs) {
        const [address, bits] = ipaddr.parseCIDR(cidr);
        allowed.addSubnet(address.toString(), bits, address.kind());
      }
      return (address) => {
        const family = isIP(address);
        return family !== 0 && allowed.check(address, family === 6 ? 'ipv6' : 'ipv4');
      };
    },
  };
}

/** The network with its first address: `10.1.2.3/8` is `10.0.0.0/8`. */
function firstAddress(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const cidr = `${address.toString()}/${bits}`;
  const { IPv4, IPv6 } = ipaddr;
  const first = address.kind() === 'ipv6' ? IPv6.networkAddressFromCIDR(cidr) : IPv4.networkAddressFromCIDR(cidr);
  return `${first.toString()}/${bits}`;
}
