import { abortable } from '../abortable.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Row } from '../terminal.ts';
import { openKnownTill } from './open.ts';

/** `shop-send outbox verify` */
export const run: Run = async (context) => {
  const { terminal, world } = context;
  await using till = await openKnownTill(context);
  const proof = await abortable(till.verify(), world.signal);
  const { ok, recorded, accepted, queued, rejected, resolved, pruned, queuedBytes, head, problems } = proof;
  terminal.result(
    [
      ['Verified', ok ? 'yes' : 'no'],
      ['Recorded', String(recorded)],
      ['Accepted', String(accepted)],
      ['Queued', String(queued)],
      ['Rejected', String(rejected)],
      ...(resolved > 0 ? ([['Resolved', String(resolved)]] satisfies Row[]) : []),
      ...(pruned > 0 ? ([['Pruned', `${pruned} of the accepted sales`]] satisfies Row[]) : []),
      ['Head', head],
      ...problems.map((problem): Row => ['Problem', problem]),
    ],
    { ok, recorded, accepted, queued, rejected, resolved, pruned, queued_bytes: queuedBytes, head, problems },
  );
  if (ok) return EXIT.accepted;
  terminal.warning(
    'The outbox is not what was recorded. Bring out what can be read: shop-send outbox export.',
  );
  return EXIT.ourFault;
};
