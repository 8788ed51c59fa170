import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { type FakeGateway, type GatewayRequest, MAX_BODY_BYTES } from '@amis-shop/shop-client/testing';
import type { Broken } from './breaks.ts';
import { answerInstead, answerStranger, misled } from './gateway-breaks.ts';
import { listen, readBody, send, shut, TIMEOUTS } from './http.ts';
import { openOnOnePort } from './one-port.ts';
import type { Certificate } from './types.ts';

/** HTTPS in front of the gateway, on one port at each of its addresses. */
export interface GatewayDoor {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Presents these certificates from the next connection on, one for each address; where they are broken, idle connections end. */
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

interface GatewayPlace {
  addresses: readonly string[];
  port: number;
  certificate: Certificate;
  /** PEM of the authority whose certificates clients must have, if they must. */
  clientAuthority: string | undefined;
}

/** @param broken what is broken at the moment @throws PortError */
export async function openGateway(
  gateway: FakeGateway,
  { addresses, port, certificate, clientAuthority }: GatewayPlace,
  broken: () => Broken,
): Promise<GatewayDoor> {
  const answer: RequestListener = (request, response) => {
    pass(gateway, broken(), request, response).catch(() => request.socket.destroy());
  };
  const mutual = clientAuthority === undefined ? {} : { ...MUTUAL, ca: clientAuthority };
  const serve = (tls: Listening['tls'], demanded = false): Server => {
    const strict = demanded ? { requestCert: true, rejectUnauthorized: true } : {};
    const server = createServer({ ...tls, ...TIMEOUTS, ...mutual, ...strict }, answer);
    if (clientAuthority !== undefined) server.on('secureConnection', endWithoutCertificate);
    return server;
  };
  const open = async (address: string, at: number): Promise<Listening> => {
    const tls = tlsOf(certificate, {});
    const server = serve(tls);
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
        one.server.setSecureContext({ ...one.tls, ...mutual });
        if (now.certificate || now.tls) one.server.closeIdleConnections();
      }
    },
    demandCertificates: async (demanded) => {
      if (demanded === demands) return;
      demands = demanded;
      for (const one of listening) {
        await reopen(one, serve(one.tls, demanded));
      }
    },
    close: async () => void (await Promise.all(listening.map((one) => one.close()))),
  };
}

/** Without an authority nobody is asked for a certificate. A foreign one is let in as far as the answer 403. */
const MUTUAL = { requestCert: true, rejectUnauthorized: false };

/** As API Gateway does: no alert, no answer. */
function endWithoutCertificate(socket: TLSSocket): void {
  if (socket.getPeerX509Certificate() === undefined) socket.destroy();
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
  const stranger = isStranger(request) ? answerStranger() : undefined;
  const answer =
    stranger ?? answerInstead(broken) ?? (await gateway.answer(misled(await asked(request), broken)));
  if ('drop' in answer) request.socket.destroy();
  else send(response, answer);
}

/** With a certificate, and not one that this gateway believes. */
const isStranger = ({ socket }: IncomingMessage): boolean => {
  const { authorized, authorizationError } = socket as TLSSocket;
  return !authorized && Boolean(authorizationError);
};

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
