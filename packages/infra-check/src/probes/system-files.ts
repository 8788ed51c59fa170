import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { addressesInHosts, hostSources, parseResolvConf, type ResolvConf } from '../core/resolv-conf.ts';
import type { NameServer } from './dns-exchange.ts';

/** How this system looks names up. Each run reads it anew, since it changes under a process that goes on for months. */
export interface SystemResolver extends Omit<ResolvConf, 'servers'> {
  servers: NameServer[];
}

/** What Node knew at the start; other servers than those were set by the program itself (`dns.setServers`). */
const AT_START = dns.getServers().join();

export function systemResolver(): SystemResolver {
  const isLinux = process.platform === 'linux';
  const read = parseResolvConf(isLinux ? textOf('/etc/resolv.conf') : '');
  const search = read.search.length > 0 ? read.search : [domainOfHost()].filter(Boolean);
  const set = dns.getServers();
  if (set.join() !== AT_START) return { ...read, search, servers: set.map(serverOf) };
  if (!isLinux) return { ...read, search, servers: new dns.Resolver().getServers().map(serverOf) };
  const servers = read.servers.map((address) => ({ address, port: 53 }));
  return { ...read, search, servers: read.rotate ? rotated(servers) : servers };
}

const rotated = <T>(items: readonly T[]): T[] => {
  const from = Math.floor(Math.random() * items.length);
  return [...items.slice(from), ...items.slice(0, from)];
};

/** `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`, as Node writes them. */
function serverOf(text: string): NameServer {
  const [, address, port] = /^\[(.+)\]:(\d+)$/.exec(text) ?? /^([\d.]+):(\d+)$/.exec(text) ?? [];
  return address === undefined ? { address: text, port: 53 } : { address, port: Number(port) };
}

/** Where nothing is said of search domains, glibc takes the domain of the host itself. */
const domainOfHost = (): string => os.hostname().split('.').slice(1).join('.').toLowerCase();

/** What /etc/hosts has for a name, and whether the system asks it before DNS. */
export function hostsFile(name: string): { addresses: string[]; comesFirst: boolean } {
  const addresses = addressesInHosts(textOf('/etc/hosts'), name);
  if (addresses.length === 0) return { addresses, comesFirst: false };
  const sources = systemSources();
  const [files, inDns] = [sources.indexOf('files'), sources.indexOf('dns')];
  return { addresses: files < 0 ? [] : addresses, comesFirst: inDns < 0 || files < inDns };
}

export const systemSources = (): string[] => hostSources(textOf('/etc/nsswitch.conf'));

/** A file that cannot be read is to the system as one that is empty. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
