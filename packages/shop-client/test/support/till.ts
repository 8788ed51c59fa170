import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Answer, PostResult } from '../../src/core/outcome.ts';
import { type SealedMessage, Till, type TillOptions, type Transport } from '../../src/index.ts';
import type { TillPorts } from '../../src/till/till-ports.ts';
import { shopKey } from './vectors.ts';

export const answer = (statusCode: number, more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  statusCode,
  content: statusCode === 200 ? '"OK"' : '',
  ...more,
});

export const lost: PostResult = {
  kind: 'failure',
  reason: 'lost',
  detail: 'ECONNRESET',
  cause: new Error('reset'),
};

export const unreachable: PostResult = {
  kind: 'failure',
  reason: 'unreachable',
  detail: 'ECONNREFUSED',
  cause: new Error('refused'),
};

/** A folder of the test's own, gone when it ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'till-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A shop that answers each post as `reply` says, in the same turn or later; it remembers what was posted. */
export function shopThat(reply: (message: SealedMessage, post: number) => PostResult | Promise<PostResult>) {
  const posted: SealedMessage[] = [];
  const transport: Transport = {
    post: async (message, { signal } = {}) => {
      posted.push(message);
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      return Promise.race([reply(message, posted.length), aborted]);
    },
    probe: async () => answer(403),
  };
  return { posted, transport, ids: () => posted.map(({ id }) => id) };
}

const noop = () => undefined;

/** A till that has its key already and meets no network; it is closed when the test ends. */
export async function openTill(
  options: Partial<TillOptions> = {},
  ports: Partial<TillPorts> = {},
): Promise<Till> {
  const publicKey = shopKey('RSA_2048');
  const till = await Till.open(
    {
      shopId: 'AMIS1',
      url: 'https://api.retsema.eu/shop',
      tillId: 'till-07',
      file: join(temporaryFolder(), 'outbox.db'),
      keyCacheDir: false,
      ...options,
    },
    {
      publicKeys: { current: async () => publicKey, refresh: async () => publicKey },
      random: () => 0.02,
      ...ports,
    },
  );
  onTestFinished(() => till.close({ signal: AbortSignal.abort() }).then(noop, noop));
  return till;
}
