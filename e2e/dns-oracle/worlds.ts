import { appendFileSync, writeFileSync } from 'node:fs';
import { beside } from './beside.ts';
import { RIGHT } from './mutations.ts';
import { a, FLAG, labels, packetBytes, soa, TYPE } from './packet.ts';
import { type Query, type Script, startServer } from './server.ts';

/** How a name server of the system behaves. */
type Behaviour = 'sound' | 'silent' | 'NXDOMAIN' | number;

const NAME = 'api.shop.test';
const SEARCHED = `${NAME}.corp.test`;

function script(behaviour: Behaviour, known: readonly string[]): Script {
  return ({ id, name, type }: Query) => {
    if (behaviour === 'silent') return;
    const isKnown = behaviour === 'sound' && known.includes(name);
    const rcode = typeof behaviour === 'number' ? behaviour : isKnown ? 0 : 3;
    const answers = isKnown && type === TYPE.A ? RIGHT.v4.map((one) => a(labels(name), one)) : [];
    return packetBytes({
      id,
      flags: FLAG.QR | FLAG.RD | FLAG.RA | rcode,
      questions: [{ name: labels(name), type, class: 1 }],
      answers,
      authorities: answers.length > 0 ? [] : [soa(labels('test'))],
      additionals: [],
      miscount: { questions: 0, answers: 0 },
      trailing: Buffer.alloc(0),
    });
  };
}

interface World {
  what: string;
  name?: string;
  /** At 127.0.0.1, 127.0.0.2 and so on; nobody listens where it is undefined. */
  servers: readonly (Behaviour | undefined)[];
  knows?: readonly string[];
  options?: string;
  search?: string;
  hosts?: string;
  nsswitch?: string;
}

const IN_HOSTS = `${RIGHT.v4[0]} ${NAME}\n`;

export const WORLDS: readonly World[] = [
  { what: 'one sound server', servers: ['sound'] },
  { what: 'a closed port, then a sound server', servers: [undefined, 'sound'] },
  { what: 'a silent server, then a sound one', servers: ['silent', 'sound'] },
  { what: 'two silent servers, then a sound one', servers: ['silent', 'silent', 'sound'] },
  ...[1, 2, 4, 5].map((rcode) => ({
    what: `rcode ${rcode}, then a sound server`,
    servers: [rcode, 'sound'] as Behaviour[],
  })),
  { what: 'NXDOMAIN, then a sound server', servers: ['NXDOMAIN', 'sound'] },
  { what: 'a sound server, then SERVFAIL', servers: ['sound', 2] },
  { what: 'a fourth server that is never asked', servers: [2, 2, 2, 'sound'] },
  { what: 'rotation over two sound servers', servers: ['sound', 'sound'], options: 'rotate' },
  { what: 'SERVFAIL by all', servers: [2, 2] },
  { what: 'silence by all', servers: ['silent'] },
  { what: 'the search domain alone', servers: ['sound'], knows: [SEARCHED], search: 'corp.test' },
  {
    what: 'the search domain, asked with a dot at the end',
    name: `${NAME}.`,
    servers: ['sound'],
    knows: [SEARCHED],
    search: 'corp.test',
  },
  {
    what: 'the name and the search domain',
    servers: ['sound'],
    knows: [NAME, SEARCHED],
    search: 'corp.test',
  },
  { what: '/etc/hosts beside DNS', servers: ['sound'], hosts: IN_HOSTS },
  { what: '/etc/hosts alone', servers: ['sound'], knows: [], hosts: IN_HOSTS },
  {
    what: '/etc/hosts alone, asked with a dot at the end',
    name: `${NAME}.`,
    servers: ['sound'],
    knows: [],
    hosts: IN_HOSTS,
  },
  { what: '/etc/hosts where nobody answers', servers: ['silent'], hosts: IN_HOSTS },
  {
    what: '/etc/hosts that is not looked at',
    servers: ['sound'],
    knows: [],
    hosts: IN_HOSTS,
    nsswitch: 'dns',
  },
  { what: 'DNS that is not looked at', servers: ['sound'], nsswitch: 'files' },
  { what: 'DNS before /etc/hosts', servers: ['sound'], hosts: IN_HOSTS, nsswitch: 'dns files' },
];

/** In a namespace of its own: one world after the other, under one process that goes on, and a line of JSON for each. */
async function main(): Promise<void> {
  for (const {
    what,
    name = NAME,
    servers,
    knows = [NAME],
    options = '',
    search,
    hosts = '',
    nsswitch,
  } of WORLDS) {
    const addresses = servers.map((_, i) => `127.0.0.${i + 1}`);
    const lines = [
      ...addresses.map((one) => `nameserver ${one}`),
      `options timeout:1 attempts:1 ${options}`,
      ...(search ? [`search ${search}`] : []),
    ];
    writeFileSync('/etc/resolv.conf', `${lines.join('\n')}\n`);
    writeFileSync('/etc/hosts', '127.0.0.1 localhost\n');
    appendFileSync('/etc/hosts', hosts);
    writeFileSync('/etc/nsswitch.conf', `hosts: ${nsswitch ?? 'files dns'}\n`);
    await using running = new AsyncDisposableStack();
    for (const [i, behaviour] of servers.entries())
      if (behaviour !== undefined)
        running.use(await startServer(addresses[i] ?? '', script(behaviour, knows)));
    console.log(JSON.stringify({ what, ...(await beside(name, null)) }));
  }
}

await main();
