import { networkInterfaces } from 'node:os';

/** Where the simulator's callbacks come from: any address of this machine. */
export function readMeta(): { webhook_ip_ranges: string[] } {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const ranges = addresses.map(({ address, family }) => `${address}/${family === 'IPv4' ? 32 : 128}`);
  return { webhook_ip_ranges: [...new Set(ranges)] };
}
