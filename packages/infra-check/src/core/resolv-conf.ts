import { addressFamily } from './address.ts';
import { normalName } from './names.ts';

/** What /etc/resolv.conf says to the system's own resolver (glibc). */
export interface ResolvConf {
  /** At most three, in the order in which they are asked. */
  servers: string[];
  search: string[];
  /** Seconds that the first try waits for each server. */
  timeoutSeconds: number;
  /** Whether each look-up begins with another server. */
  rotate: boolean;
}

const MOST_SERVERS = 3;

/** Reads it as glibc does: an invalid line is ignored, and without any server the one of this host is asked. */
export function parseResolvConf(text: string): ResolvConf {
  const read: ResolvConf = { servers: [], search: [], timeoutSeconds: 5, rotate: false };
  for (const line of text.split('\n')) {
    const [, keyword, rest = ''] = /^(nameserver|search|domain|options)[ \t]+(.*)$/s.exec(line) ?? [];
    const words = rest.split(/[ \t]+/).filter(Boolean);
    const [first = ''] = words[0]?.split(/[;#]/) ?? [];
    if (keyword === 'nameserver' && addressFamily(first) !== 0) read.servers.push(first);
    if (keyword === 'search') read.search = words.map((one) => normalName(one.trim()));
    if (keyword === 'domain') read.search = [normalName(first)];
    if (keyword === 'options') applyOptions(read, words);
  }
  const servers = read.servers.slice(0, MOST_SERVERS);
  return { ...read, servers: servers.length > 0 ? servers : ['127.0.0.1'] };
}

function applyOptions(read: ResolvConf, options: readonly string[]): void {
  for (const option of options) {
    const seconds = /^timeout:(\d{1,3})/.exec(option)?.[1];
    if (seconds !== undefined) read.timeoutSeconds = Math.min(Number(seconds), 30);
    if (option === 'rotate') read.rotate = true;
  }
}

/** The addresses that /etc/hosts gives a name. */
export const addressesInHosts = (text: string, name: string): string[] =>
  text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
    return names.some((one) => one.toLowerCase() === name) ? [address] : [];
  });

/** The sources of host names in /etc/nsswitch.conf, in their order; glibc's own without such a line. */
export function hostSources(text: string): string[] {
  const line = /^\s*hosts:(.*)$/m.exec(text)?.[1];
  if (line === undefined) return ['dns', 'files'];
  return line
    .replace(/#.*|\[[^\]]*\]/g, ' ')
    .split(/\s+/)
    .filter(Boolean);
}
