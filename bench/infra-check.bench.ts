/**
 * infra-check against what it cannot do without: one TCP and TLS handshake. And as a whole process against the three
 * programs that a person would run in its place. Needs `pnpm build`; the second half needs dig, openssl and curl.
 * blackbox_exporter is measured too where it is installed. Half a minute goes by before the first figure.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect, createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { startBlackbox } from './lib/blackbox.ts';
import { type Command, compareProcesses, compareRates, print } from './lib/ratio.ts';
import type { Road, RoadWorld } from './lib/road-world.ts';
import type { Report } from './lib/table.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const program = file('../packages/infra-check/dist/bin.js');
if (!existsSync(program)) throw new Error(`${program} is missing: run pnpm build first.`);

/** As it is published: in one file. */
const { checkInfra }: typeof import('@amis-shop/infra-check') = await import(
  file('../packages/infra-check/dist/index.js')
);

/**
 * Of each contender. A run does most things once, so V8 is done with it only after some twelve thousand; until then it
 * gets cheaper and cheaper, and the handshake hardly does (docs/decisions/0033).
 */
const WARM_UP = 6_000;

/** What a run may take. */
const MOST_HANDSHAKES = 1.6;

/** From a shop to its region. */
const ROUND_TRIP_MS = 15;

const folder = mkdtempSync(join(tmpdir(), 'infra-check-bench-'));
const caFile = join(folder, 'ca.pem');
const server = spawn(
  process.execPath,
  ['--conditions=source', file('lib/road-world.ts'), String(ROUND_TRIP_MS)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);

try {
  const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
  const world = JSON.parse(line) as RoadWorld;
  writeFileSync(caFile, world.ca);
  print(
    ...(await warm(world)),
    ...(await cold(world, world.near, 'on loopback')),
    ...(await cold(world, world.far, `${ROUND_TRIP_MS} ms away`)),
  );
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function warm({ name, twice, near, ca }: RoadWorld): Promise<Report[]> {
  const { port, dnsPort } = near;
  const secureContext = createSecureContext({ ca });
  const handshake = (host = '127.0.0.1') =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port, servername: name, secureContext }, () => {
        // Node's own Finished message is sent behind this: without it the server would never end the handshake.
        setImmediate(() => {
          socket.destroy();
          resolve();
        });
      });
      socket.on('error', reject);
    });
  const expectations = { resolvers: [`127.0.0.1:${dnsPort}`], allowPrivate: true, ca };
  const check = (more: object, host: string) => async () => {
    const { status } = await checkInfra(`https://${host}:${port}/shop`, { ...expectations, ...more });
    if (status !== 'ok') throw new Error(`the road is ${status}`);
  };
  const withoutCaa = check({ skip: ['dns.caa'] }, name);
  const byDefault = check({}, name);
  const atBoth = check({}, twice);
  const handshakes = async () => void (await Promise.all([handshake(), handshake('127.0.0.2')]));
  for (let left = WARM_UP; left > 0; left -= 1) {
    for (const run of [() => handshake(), withoutCaa, byDefault, atBoth]) await run();
  }
  const blackbox = await startBlackbox(folder, { name, caFile, road: near });
  try {
    const one = await compareRates({
      title: 'Look at one road, process warm',
      rounds: 41,
      contenders: [
        { name: 'limit: one TCP + TLS handshake', run: () => handshake() },
        ...(blackbox ? [{ name: 'blackbox_exporter: DNS, TLS and HTTPS apart', run: blackbox.look }] : []),
        { name: 'DNS + certificate + gateway', run: withoutCaa, aim: 1 / MOST_HANDSHAKES },
        { name: 'the same with CAA, as by default', run: byDefault, aim: 1 / MOST_HANDSHAKES },
      ],
    });
    const two = await compareRates({
      title: 'Look at one road with two addresses, process warm',
      rounds: 41,
      contenders: [
        { name: 'limit: two TCP + TLS handshakes side by side', run: handshakes },
        { name: 'infra-check, which asks both addresses', run: atBoth, aim: 1 / MOST_HANDSHAKES },
      ],
    });
    return [one, two];
  } finally {
    blackbox?.stop();
  }
}

async function cold({ name, ca }: RoadWorld, { port, dnsPort }: Road, where: string): Promise<Report[]> {
  const missing = ['dig', 'openssl', 'curl'].filter((one) => spawnSync(one, ['-h']).error);
  if (missing.length > 0) {
    process.stderr.write(`infra-check from cold is left out: install ${missing.join(', ')}.\n`);
    return [];
  }
  const url = `https://${name}:${port}/shop`;
  const shell = [
    `dig @127.0.0.1 -p ${dnsPort} ${name} A`,
    `openssl s_client -verify_return_error -connect 127.0.0.1:${port} -servername ${name} -CAfile ${caFile} </dev/null`,
    `curl -s --cacert ${caFile} --resolve ${name}:${port}:127.0.0.1 ${url}`,
  ].join(' >/dev/null 2>&1 && ');
  const options = ['--resolver', `127.0.0.1:${dnsPort}`, '--allow-private', '--ca', caFile];
  const bareFile = join(folder, 'bare.cjs');
  const peer = { host: '127.0.0.1', port, servername: name, ca };
  writeFileSync(
    bareFile,
    `const socket = require('node:tls').connect(${JSON.stringify(peer)}, () => setImmediate(() => socket.destroy()));`,
  );
  const bare: Command = {
    name: "one TLS handshake in Node, which is Node's own limit",
    command: [process.execPath, bareFile],
  };
  const ours: Command = {
    name: 'infra-check',
    command: [process.execPath, program, url, ...options],
    aim: 1,
  };
  return [
    await compareProcesses({
      title: `Look at one road, from cold, ${where}`,
      contenders: [
        { name: 'sh: dig; openssl s_client; curl', command: ['sh', '-c', `${shell} >/dev/null 2>&1`] },
        bare,
        ours,
      ],
    }),
  ];
}
