import type { ProbeReport, ShopClient, ShopKey } from '@amis-shop/shop-client';
import { type ClientWarning, loggerOf, openClient } from '../client.ts';
import type { Context, Run } from '../context.ts';
import {
  adviceOfProbe,
  type Check,
  checkCachedKey,
  checkClock,
  checkCredentials,
  checkIdentity,
  checkKmsKey,
  failed,
} from '../doctor-checks.ts';
import { EXIT, exitCodeOf, worst } from '../exit-codes.ts';
import { explain, type Failure, ofUnusedProxy, whereTried } from '../failure.ts';
import { givenKey } from '../given-key.ts';

/** `shop-send doctor [shop-id] [url]`: walks the road in order and sends no sale; each step is told once it is known. */
export const run: Run = async (context) => {
  const checks: Check[] = [];
  for await (const check of examine(context)) {
    context.terminal.judged(check);
    checks.push(check);
  }
  context.terminal.result([], {
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

async function* examine(context: Context): AsyncGenerator<Check> {
  const warnings: ClientWarning[] = [];
  const client = await open(context, warnings);
  if (!('settings' in client)) {
    yield failed('configuration', client);
    return;
  }
  yield configuration(context, client);
  const identity = checkIdentity(client.identity, warnings);
  if (identity) yield identity;
  yield* await keys(context, client, warnings);
  const report = await client.probe({ signal: context.world.signal });
  yield address(context, client, report);
  const clock = checkClock(report.clockProblem);
  if (clock) yield clock;
  const { outbox } = context.settings.values;
  if (outbox === undefined) return;
  const { checkOutbox } = await import('../queue.ts');
  yield checkOutbox(outbox, client.settings);
}

async function open(context: Context, warnings: ClientWarning[]) {
  const { settings, terminal } = context;
  try {
    const { outbox } = settings.values;
    const known = outbox === undefined ? {} : (await import('../queue.ts')).rememberedIn(outbox, context);
    return await openClient(settings, terminal, {
      ...known,
      logger: loggerOf(terminal, (warning) => warnings.push(warning)),
    });
  } catch (error) {
    settings.signal.throwIfAborted();
    return explain(error, { settings });
  }
}

function configuration({ settings: { values, warnings } }: Context, client: ShopClient<unknown>): Check {
  const { shopId, keyAlias, url } = client.settings;
  const from = values.config ? ` (${values.config})` : '';
  const detail = `${shopId}, ${keyAlias}, ${url}${from}`;
  if (warnings.length === 0) return { status: 'ok', what: 'configuration', detail };
  return {
    status: 'warn',
    what: 'configuration',
    detail: `${detail}. ${warnings.join(' ')}`,
    hint: 'Correct or unset it.',
  };
}

/** Without a cached key the first question goes to KMS already; a cached one is told of last, as the road goes. */
async function keys(
  context: Context,
  client: ShopClient<unknown>,
  warnings: readonly ClientWarning[],
): Promise<Check[]> {
  const {
    settings,
    world: { signal },
  } = context;
  if (client.settings.keyIsGiven) return await givenKey(context, client);
  const ask = (refresh: boolean) =>
    client.publicKey({ refresh, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      return explain(error, { settings });
    });
  const startedAt = Date.now();
  const held = await ask(false);
  const cached = isKey(held) && (held.fetchedAt ?? startedAt) < startedAt ? held : undefined;
  const result = cached ? await ask(true) : held;
  const [named, failure] = isKey(result) ? [result, undefined] : [undefined, result];
  const bearable = cached !== undefined && settings.values.sealWith !== 'kms';
  return [
    checkCredentials(failure, bearable),
    checkKmsKey(result, bearable),
    checkCachedKey({ cached, named, keeps: client.settings.keepsKey, warnings }),
  ];
}

const isKey = (result: ShopKey | Failure): result is ShopKey => 'kid' in result;

function address({ settings }: Context, client: ShopClient<unknown>, report: ProbeReport): Check {
  const what = 'address';
  if (report.reached) {
    return {
      status: 'ok',
      what,
      detail: `the gateway answers (${report.statusCode}, request ${report.requestId}); only a sale proves the path`,
    };
  }
  const { code } = report;
  const { message, hint } = adviceOfProbe(code, report, new URL(client.settings.url).host);
  const detail = message + whereTried(code, settings);
  return {
    status: 'fail',
    what,
    detail,
    hint: hint + ofUnusedProxy(code, settings),
    code,
    exitCode: exitCodeOf(code),
  };
}
