import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type FakeGateway, type GatewayRequest, MAX_BODY_BYTES } from '@amis-shop/shop-client/testing';
import type { Broken } from './breaks.ts';
import { answerInstead, misled } from './gateway-breaks.ts';
import { listen, readBody, send, shut, TIMEOUTS } from './http.ts';
import { openOnOnePort } from './one-port.ts';
import type { Certificate } from './types.ts';

/** HTTPS in front of the gateway, on one port at each of its addresses. */
export interface GatewayDoor {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Presents these certificates from the next connection on, one for each address. */
  present(certificates: readonly Certificate[], broken: Broken): void;
  /** Says whether clients must have certificates; where that changes, all connections end. @throws PortError */
  demandCertificates(demanded: boolean): Promise<void>;
  close(): Promise<void>;
}

interface Listening {
  readonly address: string;
  readonly port: number;
  tls: ReturnType<typeof tlsOf>;
  server: Server;
  close(): Promise<void>;
}

/** @param broken what is broken at the moment @throws PortError */
export async function openGateway(
  gateway: FakeGateway,
  { addresses, port, certificate }: { addresses: readonly string[]; port: number; certificate: Certificate },
  broken: () => Broken,
): Promise<GatewayDoor> {
  const answer: RequestListener = (request, response) => {
    pass(gateway, broken(), request, response).catch(() => request.socket.destroy());
  };
  const open = async (address: string, at: number): Promise<Listening> => {
    const tls = tlsOf(certificate, {});
    const server = createServer({ ...tls, ...TIMEOUTS }, answer);
    const chosen = await listen(server, at, address);
    const one: Listening = { address, port: chosen, tls, server, close: () => shut(one.server) };
    return one;
  };
  const listening = await openOnOnePort(port, addresses, open);
  let demands = false;

  return {
    port: listening[0]?.port ?? 0,
    addresses: listening.map(({ address }) => address),
    present: (certificates, now) => {
      for (const [i, one] of listening.entries()) {
        one.tls = tlsOf(certificates[i] ?? certificate, now);
        one.server.setSecureContext(one.tls);
      }
    },
    demandCertificates: async (demanded) => {
      if (demanded === demands) return;
      demands = demanded;
      for (const one of listening) {
        await reopen(one, createServer({ ...one.tls, ...TIMEOUTS, requestCert: demanded }, answer));
      }
    },
    close: async () => void (await Promise.all(listening.map((one) => one.close()))),
  };
}

/** What a server asks of its clients is settled when it is made. */
async function reopen(one: Listening, server: Server): Promise<void> {
  await shut(one.server);
  one.server = server;
  await listen(server, one.port, one.address);
}

/** Weak keys and old versions need OpenSSL's security level 0. */
function tlsOf({ cert, key }: Certificate, { certificate, tls }: Broken) {
  const weak = tls === 'tls-old' || certificate?.startsWith('certificate-weak') === true;
  return {
    cert,
    key,
    ...(weak && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    ...(tls === 'tls-old'
      ? { minVersion: 'TLSv1' as const, maxVersion: 'TLSv1.1' as const }
      : { minVersion: 'TLSv1.2' as const }),
  };
}

async function pass(
  gateway: FakeGateway,
  broken: Broken,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (broken.gateway === 'gateway-silent') return;
  if (broken.gateway === 'gateway-endless-body') return babble(response);
  const answer = answerInstead(broken) ?? (await gateway.answer(misled(await asked(request), broken)));
  if ('drop' in answer) request.socket.destroy();
  else send(response, answer);
}

const asked = async (request: IncomingMessage): Promise<GatewayRequest> => ({
  method: request.method ?? '',
  host: request.headers.host ?? '',
  path: request.url ?? '/',
  headers: flat(request.headers),
  body: await readBody(request, MAX_BODY_BYTES),
});

const flat = (headers: IncomingMessage['headers']): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

const MORE = Buffer.alloc(16_384, 'x');

/** Sends for as long as somebody reads. */
function babble(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = () => {
    while (!response.destroyed && response.write(MORE));
  };
  response.on('drain', more);
  more();
}
