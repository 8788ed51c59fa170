import type { Options } from 'tsup';

/** What all packages are built with. */
export const base = {
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  removeNodeProtocol: false,
  clean: true,
  silent: true,
} satisfies Options;

/** A command brings all that it needs. */
export const command = { ...base, noExternal: [/./] } satisfies Options;
