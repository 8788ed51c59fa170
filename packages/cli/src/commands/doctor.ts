import type { ShopClient, ShopKey } from '@amis-shop/shop-client';
import { openClient } from '../client.ts';
import { unknownVariables } from '../config.ts';
import type { Context, Run } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf, worst } from '../exit-codes.ts';
import { explain, type Failure } from '../failure.ts';
import type { JudgedLine } from '../terminal.ts';

/** One judged step of the road; `code` names the failure. */
interface Check extends JudgedLine {
  code?: Failure['error']['code'];
  exitCode?: ExitCode;
}

/** `shop-send doctor [shop-id] [url]`: walks the road in order and sends no sale. */
export const run: Run = async (context) => {
  const checks = await examine(context);
  context.terminal.judged(checks, {
    status:
      (['fail', 'warn'] as const).find((status) => checks.some((check) => check.status === status)) ?? 'ok',
    checks: checks.map(({ what, status, detail, hint, code }) => ({
      check: what,
      status,
      detail,
      code,
      hint,
    })),
  });
  return worst(
    checks.map(({ status, exitCode }) => (status === 'fail' ? (exitCode ?? EXIT.ourFault) : EXIT.accepted)),
  );
};

async function examine(context: Context): Promise<Check[]> {
  const { settings, terminal } = context;
  try {
    const client = await openClient(settings, terminal);
    return [configuration(context, client), ...(await keys(context, client)), await address(context, client)];
  } catch (error) {
    return [
      failed('configuration', explain(error, { labels: settings.labels, signal: context.world.signal })),
    ];
  }
}

function configuration({ settings, world }: Context, client: ShopClient): Check {
  const { shopId, keyAlias, url } = client.settings;
  const from = settings.values.config ? ` (${settings.values.config})` : '';
  const [unknown] = unknownVariables(world.env);
  const detail = `${shopId}, ${keyAlias}, ${url}${from}`;
  if (unknown === undefined) return { status: 'ok', what: 'configuration', detail };
  return {
    status: 'warn',
    what: 'configuration',
    detail: `${detail}. ${unknown}`,
    hint: 'Correct or unset it.',
  };
}

/** The cache is looked at first, for asking KMS renews it; it is told of second, as the road goes. */
async function keys({ settings, world: { signal } }: Context, client: ShopClient): Promise<Check[]> {
  const startedAt = Date.now();
  const held = await client.publicKey({ signal }).catch(() => undefined);
  const cached = held && held.fetchedAt < startedAt ? held : undefined;
  try {
    const named = await client.publicKey({ refresh: true, signal });
    return [
      { status: 'ok', what: 'KMS key', detail: `${named.kid}, ${named.keyId}` },
      cachedAgainst(cached, named),
    ];
  } catch (error) {
    const failure = explain(error, { labels: settings.labels, signal });
    return [kmsFailed(failure, cached, settings.values.sealWith === 'kms'), cachedAlone(cached)];
  }
}

function cachedAgainst(cached: ShopKey | undefined, named: ShopKey): Check {
  const what = 'cached key';
  if (cached === undefined) return { status: 'ok', what, detail: 'there was none; it was fetched now' };
  const since = new Date(cached.fetchedAt).toISOString();
  if (cached.kid === named.kid)
    return { status: 'ok', what, detail: `the same, fetched ${since}; renewed now` };
  return {
    status: 'warn',
    what,
    detail: `it was another one, ${cached.kid}, fetched ${since}; renewed now`,
    hint: 'The alias was pointed at another key: check that the shop did so.',
  };
}

const cachedAlone = (cached: ShopKey | undefined): Check =>
  cached
    ? {
        status: 'ok',
        what: 'cached key',
        detail: `${cached.kid}, fetched ${new Date(cached.fetchedAt).toISOString()}`,
      }
    : {
        status: 'fail',
        what: 'cached key',
        detail: 'there is none that may be used',
        hint: 'Mend the KMS key first; then it is kept for work offline.',
        code: 'key_unavailable',
        exitCode: EXIT.accepted,
      };

/** What is wrong with the key itself stays wrong; a KMS out of reach can wait where a key is cached. */
const ABOUT_THE_KEY = new Set(['key_disabled', 'key_not_found', 'key_not_pinned', 'key_wrong_usage']);

function kmsFailed(failure: Failure, cached: ShopKey | undefined, needed: boolean): Check {
  const check = failed('KMS key', failure);
  const bearable = cached !== undefined && !needed && !ABOUT_THE_KEY.has(failure.error.code);
  return bearable && failure.exitCode !== EXIT.interrupted ? { ...check, status: 'warn' } : check;
}

async function address({ world: { signal }, settings }: Context, client: ShopClient): Promise<Check> {
  try {
    const report = await client.probe({ signal });
    if (report.reached) {
      return {
        status: 'ok',
        what: 'address',
        detail: `the gateway answers (${report.statusCode}, request ${report.requestId}); only a sale proves the path`,
      };
    }
    const { code, message, hint } = report;
    return { status: 'fail', what: 'address', detail: message, hint, code, exitCode: exitCodeOf(code) };
  } catch (error) {
    return failed('address', explain(error, { labels: settings.labels, signal }));
  }
}

const failed = (what: string, { error: { code, message, hint }, exitCode }: Failure): Check => ({
  status: 'fail',
  what,
  detail: message,
  hint,
  code,
  exitCode,
});
