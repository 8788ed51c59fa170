import { statSync } from 'node:fs';

/** Changes with each replacement and each change of the file, of what a link leads to as well; `none` where there is none. */
export function versionOf(path: string): string {
  try {
    const about = statSync(path, { bigint: true });
    return [about.dev, about.ino, about.size, about.mtimeNs, about.ctimeNs].join();
  } catch {
    return 'none';
  }
}

/** Whether each of these files is what it was. */
export const isUnchanged = (versions: ReadonlyMap<string, string>): boolean =>
  [...versions].every(([path, version]) => versionOf(path) === version);
