import type { CaaRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Sandbox, SandboxDns } from '../../src/index.ts';
import { callKms } from './client.ts';
import { askUdp } from './dns.ts';

export type OpenSandbox = Sandbox & { readonly dns: SandboxDns };

const NAME = 'api.shop.test';

/** A link that says nothing for so long is silent. */
const PATIENCE_MS = 2000;

/** What a stranger sees of each link, in words that can be compared. */
export async function observe(sandbox: OpenSandbox) {
  const [names, tls, gateway, publicKey] = await Promise.all([
    observeNames(sandbox),
    observeTls(sandbox),
    observeGateway(sandbox),
    observeKey(sandbox),
  ]);
  return { ...names, ...tls, ...gateway, publicKey };
}

export type Observation = Awaited<ReturnType<typeof observe>>;

/** As each of the two name servers says, through c-ares. */
async function observeNames({ dns }: OpenSandbox) {
  const each = (ask: (resolver: Resolver, server: string) => Promise<readonly unknown[]>) =>
    Promise.all(
      dns.servers.map(async (server) => {
        const resolver = resolverAt(server);
        const said = await Promise.race([ask(resolver, server).then(asText, codeOf), silence()]);
        resolver.cancel();
        return said;
      }),
    );
  const [addresses, cname, truncated, serial, validation, caa, aliasTarget] = await Promise.all([
    each((resolver) => addressesOf(resolver, NAME)),
    each((resolver) => resolver.resolveCname(NAME)),
    each(async (_resolver, server) => [(await askUdp(server, NAME, 'A', PATIENCE_MS)).flag_tc]),
    each(async (resolver) => [(await resolver.resolveSoa(dns.zone)).serial]),
    each((resolver) => resolver.resolveCname(dns.validation.name)),
    each(async (resolver) => (await resolver.resolveCaa(dns.zone)).map(propertyOf)),
    each((resolver) => addressesOf(resolver, dns.aliasTarget)),
  ]);
  return { addresses, cname, truncated, serial, validation, caa, aliasTarget };
}

export function resolverAt(server: string): Resolver {
  const resolver = new Resolver();
  resolver.setServers([server]);
  return resolver;
}

/** The addresses that come in turns, together. */
async function addressesOf(resolver: Resolver, name: string): Promise<string[]> {
  const answers = await Promise.all([1, 2, 3].map(() => resolver.resolve4(name)));
  return [...new Set(answers.flat())].sort();
}

const propertyOf = ({ issue, issuewild }: CaaRecord): string =>
  issuewild === undefined ? `issue ${issue}` : `issuewild ${issuewild}`;

const asText = (values: readonly unknown[]): string => values.join(', ');

const codeOf = (error: unknown): string => {
  const { code, name } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || name === 'TimeoutError' ? 'silent' : (code ?? String(error));
};

const silence = (): Promise<string> => setTimeout(PATIENCE_MS, 'silent', { ref: false });

/** At each address, as a client that takes every version and looks at everything before it judges. */
async function observeTls(sandbox: OpenSandbox) {
  const { dns } = sandbox;
  const addresses = await addressesOf(resolverAt(dns.servers[0] ?? ''), dns.aliasTarget);
  const seen = await Promise.all(addresses.map((address) => handshake(sandbox, address, 'TLSv1')));
  const today = await handshake(sandbox, '127.0.0.1', 'TLSv1.2').then(({ protocol }) => protocol, codeOf);
  return { certificates: new Set(seen.map((one) => one.certificate)).size, today, ...seen[0] };
}

const ECDSA_WITH_SHA1 = Buffer.from('06072a8648ce3d0401', 'hex');
const DAY_MS = 86_400_000;

async function handshake({ url, ca }: OpenSandbox, host: string, minVersion: 'TLSv1' | 'TLSv1.2') {
  const port = Number(new URL(url).port);
  const socket = connect({ host, port, servername: NAME, ca, ...LENIENT, minVersion });
  try {
    await once(socket, 'secureConnect');
    const leaf = socket.getPeerX509Certificate();
    if (leaf === undefined) throw new Error('no certificate was served');
    const inDays = (date: string) => Math.round((Date.parse(date) - Date.now()) / DAY_MS) + 0;
    return {
      protocol: socket.getProtocol(),
      verdict: socket.authorized ? 'verified' : codeOf(socket.authorizationError),
      certificate: leaf.serialNumber,
      san: leaf.subjectAltName,
      issuer: leaf.issuer,
      days: [inDays(leaf.validFrom), inDays(leaf.validTo)],
      key: leaf.publicKey.asymmetricKeyType,
      bits: leaf.publicKey.asymmetricKeyDetails?.modulusLength,
      sha1: leaf.raw.includes(ECDSA_WITH_SHA1),
    };
  } finally {
    socket.destroy();
  }
}

const LENIENT = { rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0' };

/** A post that no receiver books, to the right path and two others. */
async function observeGateway(sandbox: OpenSandbox) {
  const [shop, withStage, store] = await Promise.all(
    ['/shop', '/prod/shop', '/store'].map((path) => post(sandbox, path).catch(codeOf)),
  );
  return { shop, withStage, store };
}

const ENDLESS_BYTES = 1_000_000;

async function post({ url, connect: at, ca }: OpenSandbox, path: string): Promise<string> {
  const [host, port] = at.split(':');
  const sent = request({
    ...{ host, port, path, ca, servername: NAME, agent: false, method: 'POST' },
    ...{ ...LENIENT, minVersion: 'TLSv1', signal: AbortSignal.timeout(PATIENCE_MS) },
    headers: { host: new URL(url).host, 'content-type': 'application/json' },
  });
  sent.end('{}');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    if (Buffer.concat(chunks).length > ENDLESS_BYTES) return 'endless';
  }
  const text = Buffer.concat(chunks).toString();
  const { 'x-amzn-errortype': errorType } = response.headers;
  return [response.statusCode, kindOf(response), errorType, text].filter(Boolean).join(' ');
}

function kindOf({ headers }: IncomingMessage): string {
  if (headers['x-amzn-requestid'] && headers['x-amz-apigw-id']) return 'REST';
  return headers['apigw-requestid'] ? 'HTTP' : 'nobody';
}

async function observeKey(sandbox: OpenSandbox): Promise<unknown> {
  const { __type, PublicKey } = await callKms(sandbox, 'GetPublicKey', { KeyId: 'alias/KeyL-AMIS1' });
  return __type ?? typeof PublicKey;
}
