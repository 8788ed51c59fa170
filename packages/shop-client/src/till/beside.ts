import { resolve } from 'node:path';
import { openingProblemOf, type RescuedFile, rescuedBeside } from '../adapters/sqlite/beside.ts';
import type { Logger } from '../ports.ts';

/** With what to do about it. */
export type RescuedSales = RescuedFile & { hint: string };

/** What is seen beside the file of an outbox, and not in it. */
export interface Beside {
  /** Files beside the outbox with sales that a till saved there when the outbox was taken away, and that nobody has delivered. */
  rescued: RescuedSales[];
  /** Why no till opens the outbox from now on, though it can be read: it has a second name, or is mounted as a single file. */
  openingProblem: { message: string; hint: string } | undefined;
}

/** An outbox whose sales can be asked for by their ids. */
export interface SaleFinder {
  find(saleId: string): unknown;
}

export function lookBeside(file: string, outbox: SaleFinder): Beside {
  return { rescued: rescuedSales(file, outbox), openingProblem: openingProblem(file) };
}

/** Once, when a till is opened. */
export function warnOfRescued(file: string, outbox: SaleFinder, logger: Logger | undefined): void {
  if (logger === undefined) return;
  for (const { file: rescued, sales, hint } of rescuedSales(file, outbox)) {
    logger.warn(
      { file: rescued, sales },
      `sales that a till saved beside the outbox are not delivered. ${hint}`,
    );
  }
}

/**
 * The files beside an outbox with sales that a till saved there and nobody has delivered, also where the outbox itself is gone;
 * reads only.
 * @param outbox whose sales count as safe
 */
export function rescuedSales(file: string, outbox: SaleFinder = NOTHING): RescuedSales[] {
  const holds = (saleId: string) => holdsSale(outbox, saleId);
  return rescuedBeside(resolve(file), holds).map((found) => ({ ...found, hint: deliver(found.file) }));
}

/** An outbox that was taken away from its till holds nothing for good, whatever the till still has open. */
function holdsSale(outbox: SaleFinder, saleId: string): boolean {
  try {
    return outbox.find(saleId) !== undefined;
  } catch {
    return false;
  }
}

const NOTHING: SaleFinder = { find: () => undefined };

const deliver = (file: string): string =>
  `Deliver them with shop-send outbox flush --outbox ${file}, then delete the file.`;

function openingProblem(file: string): Beside['openingProblem'] {
  try {
    const problem = openingProblemOf(file);
    return problem && { message: problem.message, hint: problem.hint };
  } catch {
    return;
  }
}
