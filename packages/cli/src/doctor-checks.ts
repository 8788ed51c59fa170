import type { DeliveryErrorCode, ShopKey, TillIdentity } from '@amis-shop/shop-client';
import type { ClientWarning } from './client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Failure } from './failure.ts';
import type { JudgedLine } from './terminal.ts';

/** One judged step of the road; `code` names the failure. */
export interface Check extends JudgedLine {
  code?: Failure['error']['code'];
  exitCode?: ExitCode;
}

export const failed = (what: string, { error: { code, message, hint }, exitCode }: Failure): Check => ({
  status: 'fail',
  what,
  detail: message,
  hint,
  code,
  exitCode,
});

/** What this till proves, where anything; whether the shop believes it, a sale shows. */
export function checkIdentity(
  { deviceKey, certificate, sigV4, apiKey }: TillIdentity,
  warnings: readonly ClientWarning[],
): Check | undefined {
  const proofs = [
    deviceKey && `sales are signed with the device key ${deviceKey}`,
    certificate &&
      `client certificate ${certificate.subject}, until ${new Date(certificate.notAfter).toISOString()}`,
    sigV4 && 'requests are signed with the AWS credentials',
    apiKey && 'an API key is sent',
  ].filter((proof) => typeof proof === 'string');
  if (proofs.length === 0) return;
  const what = 'this till';
  const detail = proofs.join('; ');
  const warning = warnings.find(({ option }) => option === 'auth.cert');
  if (warning === undefined) return { status: 'ok', what, detail };
  return {
    status: 'warn',
    what,
    detail: `${detail}. ${warning.sentence.replace(/\.$/, '')}`,
    hint: 'Have a new one issued for this till, and check the clock.',
  };
}

const OF_CREDENTIALS: ReadonlySet<string> = new Set([
  'clock_skew',
  'credentials_missing',
  'credentials_rejected',
]);

/** What is wrong with the key itself stays wrong, and only who is let in by KMS is told of it. */
export const OF_THE_KEY: ReadonlySet<string> = new Set([
  'key_access_denied',
  'key_disabled',
  'key_not_found',
  'key_not_pinned',
  'key_wrong_usage',
]);

/** Only KMS can judge credentials: what it said to the request for the key. */
export function checkCredentials(failure: Failure | undefined, bearable: boolean): Check {
  const what = 'AWS credentials';
  if (failure === undefined || OF_THE_KEY.has(failure.error.code)) {
    return { status: 'ok', what, detail: 'KMS took them' };
  }
  if (!OF_CREDENTIALS.has(failure.error.code)) {
    return { status: 'skip', what, detail: 'not judged: see the next line' };
  }
  return { ...failed(what, failure), ...(bearable && { status: 'warn' }) };
}

/** @param bearable whether a KMS out of reach can wait, because a key is cached */
export function checkKmsKey(result: ShopKey | Failure, bearable: boolean): Check {
  const what = 'KMS key';
  if ('kid' in result) return { status: 'ok', what, detail: `${result.kid}, ${result.keyId}` };
  const { code } = result.error;
  if (OF_CREDENTIALS.has(code)) {
    return { status: 'skip', what, detail: 'not asked for: the AWS credentials come first' };
  }
  return { ...failed(what, result), ...(bearable && !OF_THE_KEY.has(code) && { status: 'warn' }) };
}

export interface CachedKey {
  /** What lay there before KMS was asked. */
  cached: ShopKey | undefined;
  /** What KMS named, if it did. */
  named: ShopKey | undefined;
  /** Whether there is a place for a copy. */
  keeps: boolean;
  /** What the client warned of meanwhile. */
  warnings: readonly ClientWarning[];
}

export function checkCachedKey({ cached, named, keeps, warnings }: CachedKey): Check {
  const what = 'cached key';
  if (!keeps) {
    return {
      status: 'warn',
      what,
      detail: 'there is no folder to keep it in',
      hint: `Set HOME or ${CACHE_VARIABLE}: ${NEEDS_KMS}.`,
    };
  }
  const warning = warnings.findLast(({ file, kid }) => file !== undefined && kid === undefined);
  if (named && warning) {
    return { status: 'warn', what, detail: warning.sentence.replace(/\.$/, ''), hint: hintOfCache(warning) };
  }
  if (named) return checkAgainst(cached, named);
  if (cached) return { status: 'ok', what, detail: `${cached.kid}, fetched ${timeOf(cached)}` };
  return {
    status: 'fail',
    what,
    detail: 'there is none that may be used',
    hint: 'Mend what fails above; then it is kept for work offline.',
    code: 'key_unavailable',
    exitCode: EXIT.accepted,
  };
}

function hintOfCache({ code }: ClientWarning): string {
  if (code === undefined) return 'It was replaced now; see to it that nobody else can write to that folder.';
  const mend = DISK_FULL.has(code) ? 'Free space on that disk' : 'Let this user write there';
  return `${mend}, or name another folder by ${CACHE_VARIABLE}: ${NEEDS_KMS}.`;
}

const DISK_FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

const CACHE_VARIABLE = process.platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME';
const NEEDS_KMS = 'without a copy each run needs KMS';

const timeOf = ({ fetchedAt }: ShopKey): string => new Date(fetchedAt ?? 0).toISOString();

function checkAgainst(cached: ShopKey | undefined, named: ShopKey): Check {
  const what = 'cached key';
  if (cached === undefined) {
    return { status: 'ok', what, detail: 'there was none; it is kept from now on' };
  }
  if (cached.kid === named.kid) {
    return { status: 'ok', what, detail: `the same, fetched ${timeOf(cached)}; renewed now` };
  }
  return {
    status: 'warn',
    what,
    detail: `it was another one, ${cached.kid}, fetched ${timeOf(cached)}; renewed now`,
    hint: 'The alias was pointed at another key: check that the shop did so.',
  };
}

/** @param problem as the library says it, by the gateway's clock where that answered */
export function checkClock(problem: string | undefined): Check | undefined {
  if (problem === undefined) return;
  const hint =
    'Set it, best by NTP: certificates and signatures are checked by it, and sales are stamped with it.';
  return { status: 'warn', what: 'clock', detail: problem.replace(/\.$/, ''), hint };
}

/** What the library says of a post that came to this; a probe puts no sale at stake. */
export function adviceOfProbe(
  code: DeliveryErrorCode,
  said: { message: string; hint: string; proxy?: string },
  host: string,
): { message: string; hint: string } {
  if (code === 'answer_lost') {
    return {
      message: `${host} was reached, but its answer was not.`,
      hint: 'Try again, with a longer --timeout; then look at what stands between this machine and the shop.',
    };
  }
  if (code !== 'not_reached' || said.proxy !== undefined) return said;
  return {
    message: said.message,
    hint: 'Check the name and its DNS, the port and the network, and what stands between here and the shop.',
  };
}
