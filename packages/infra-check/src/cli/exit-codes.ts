/** As Nagios plugins use them; wrong input is `unknown` too. */
export const EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
