/**
 * Which addresses are not of the public internet. Fails closed: of IPv6 only global unicast (2000::/3) is public, and what
 * is no address at all, or carries a zone, is not public either.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

interface BlockedRange {
  readonly cidr: string;
  readonly what: string;
}

const V4: readonly BlockedRange[] = [
  { cidr: '0.0.0.0/8', what: 'an address of this host' },
  { cidr: '10.0.0.0/8', what: 'a private address' },
  { cidr: '100.64.0.0/10', what: 'a carrier-internal address' },
  { cidr: '127.0.0.0/8', what: 'a loopback address' },
  { cidr: '169.254.0.0/16', what: 'a link-local address' },
  { cidr: '172.16.0.0/12', what: 'a private address' },
  { cidr: '192.0.0.0/24', what: 'a reserved address' },
  { cidr: '192.0.2.0/24', what: 'a documentation address' },
  { cidr: '192.88.99.0/24', what: 'a 6to4 relay' },
  { cidr: '192.168.0.0/16', what: 'a private address' },
  { cidr: '198.18.0.0/15', what: 'a benchmarking address' },
  { cidr: '198.51.100.0/24', what: 'a documentation address' },
  { cidr: '203.0.113.0/24', what: 'a documentation address' },
  { cidr: '224.0.0.0/4', what: 'a multicast address' },
  { cidr: '240.0.0.0/4', what: 'a reserved address' },
];

/** Those outside 2000::/3 are here for the word alone. */
const V6: readonly BlockedRange[] = [
  { cidr: '::1/128', what: 'a loopback address' },
  { cidr: '::/96', what: 'an IPv4 address in IPv6 form' },
  { cidr: '::ffff:0:0/96', what: 'an IPv4 address in IPv6 form' },
  { cidr: '64:ff9b::/96', what: 'a NAT64 address' },
  { cidr: '64:ff9b:1::/48', what: 'a NAT64 address' },
  { cidr: 'fc00::/7', what: 'a private address' },
  { cidr: 'fe80::/10', what: 'a link-local address' },
  { cidr: 'ff00::/8', what: 'a multicast address' },
  { cidr: '2001::/23', what: 'a tunnel or protocol address' },
  { cidr: '2001:db8::/32', what: 'a documentation address' },
  { cidr: '2002::/16', what: 'a 6to4 address' },
  { cidr: '3fff::/20', what: 'a documentation address' },
];

const BLOCKED = {
  ipv4: V4.map((range) => ({ ...range, list: listOf(range.cidr, 'ipv4') })),
  ipv6: V6.map((range) => ({ ...range, list: listOf(range.cidr, 'ipv6') })),
};
const GLOBAL_UNICAST = listOf('2000::/3', 'ipv6');

/** What kind of address it is, in words; null: a public one. */
export function findBlock(address: string): string | null {
  if (isIPv4(address)) return wordFor('ipv4', address);
  if (!isIPv6(address)) return 'no IP address';
  if (address.includes('%')) return 'a link-local address';
  return wordFor('ipv6', address) ?? (GLOBAL_UNICAST.check(address, 'ipv6') ? null : 'a reserved address');
}

function wordFor(family: 'ipv4' | 'ipv6', address: string): string | null {
  return BLOCKED[family].find(({ list }) => list.check(address, family))?.what ?? null;
}

function listOf(cidr: string, family: 'ipv4' | 'ipv6'): BlockList {
  const [net = '', prefix = ''] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(net, Number(prefix), family);
  return list;
}
