import { faultText } from '../core/fault.ts';

/**
 * A defect of ours in a callback of Node's would end the process with 1, which a monitor reads as a warning, and `serve` with all its
 * targets. What it was about stays unseen, hence unknown when the time of its run is up.
 */
export function surviveFaults(): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      process.stderr.write(`infra-check: Internal error (${faultText(error)}).\n  Report this defect.\n`);
    });
  }
}
