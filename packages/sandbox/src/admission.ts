import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { GatewayRefusal, GatewayRequest } from '@amis-shop/shop-client/testing';
import { createAuthority, issueCertificate } from './certificates.ts';
import type { Demand } from './demands.ts';
import { refusalOfSignature } from './sigv4.ts';
import type { SandboxAdmission } from './types.ts';

/** The AWS credentials that all doors of the sandbox take. */
export const AWS_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' } as const;

/** Who is let in by the gateway, and with what. */
export interface Admission {
  /** What a till needs, where anything is demanded. */
  readonly needed: SandboxAdmission | undefined;
  /** PEM of the authority whose certificates clients must have. */
  readonly clientAuthority: string | undefined;
  /** Why the method lets this request not in. */
  refuse(request: GatewayRequest): GatewayRefusal | undefined;
}

export function admissionFor({ demands, region }: { demands: readonly Demand[]; region: string }): Admission {
  if (demands.length === 0) return { needed: undefined, clientAuthority: undefined, refuse: () => undefined };
  const authority = createAuthority('shop-sandbox tills CA');
  const certificate = issueCertificate(authority, {
    names: [],
    commonName: 'a till of shop-sandbox',
    usage: 'clientAuth',
  });
  const apiKey = randomBytes(20).toString('hex');
  const verifier = { ...AWS_CREDENTIALS, region, service: 'execute-api', now: Date.now };
  return {
    needed: { authority, certificate, apiKey },
    clientAuthority: demands.includes('client-certificate') ? authority.cert : undefined,
    refuse: (request) => {
      const refusal = demands.includes('sigv4') ? refusalOfSignature(request, verifier) : undefined;
      if (refusal !== undefined || !demands.includes('api-key')) return refusal;
      return isSame(request.headers['x-api-key'], apiKey) ? undefined : FORBIDDEN;
    },
  };
}

const FORBIDDEN: GatewayRefusal = { errorType: 'ForbiddenException', message: 'Forbidden' };

const isSame = (given: string | undefined, wanted: string): boolean =>
  given !== undefined && timingSafeEqual(digest(given), digest(wanted));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Where a till finds what it needs, as files beside the sandbox's other ones. */
export const ADMISSION_FILES = { cert: 'till.pem', key: 'till-key.pem', apiKey: 'api-key' } as const;

/** The environment by which `shop-send` meets the demands. @param path of a file, by its name */
export const admissionEnv = (
  demands: readonly Demand[],
  path: (file: string) => string,
): Record<string, string> => ({
  ...(demands.includes('client-certificate') && {
    SHOP_SEND_CERT: path(ADMISSION_FILES.cert),
    SHOP_SEND_KEY: path(ADMISSION_FILES.key),
  }),
  ...(demands.includes('sigv4') && { SHOP_SEND_SIGV4: 'true' }),
  ...(demands.includes('api-key') && { SHOP_SEND_API_KEY_FILE: path(ADMISSION_FILES.apiKey) }),
});
