import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Till, type TillOptions } from '@amis-shop/shop-client';
import type { Facts } from './facts.ts';
import { stubKeys } from './stub-shop.ts';

const publicKeys = stubKeys();
const BACKUP = /^backup-.*\.db$/;

/** A backup that was reported is there; and one that has its name is whole, reported or not. @returns what is wrong */
export async function checkBackups(
  folder: string,
  options: Omit<TillOptions, 'file'>,
  { backups }: Facts,
): Promise<string[]> {
  const names = readdirSync(folder).filter((name) => BACKUP.test(name));
  const missing = [...backups.keys()].filter((name) => !names.includes(name));
  const problems = missing.map((name) => `${name} was reported as made and is missing`);
  for (const name of names) {
    try {
      problems.push(...(await checkBackup({ ...options, file: join(folder, name) }, backups.get(name))));
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  return problems;
}

async function checkBackup(options: TillOptions, sales: number | undefined): Promise<string[]> {
  const till = await Till.open({ ...options, deliver: false, create: false }, { publicKeys });
  try {
    const { ok, recorded, problems } = await till.verify();
    if (!ok) return [`verify() of ${options.file}: ${problems.join('; ')}`];
    if (sales !== undefined && recorded !== sales)
      return [`${options.file} holds ${recorded} sales and not ${sales}`];
    return [];
  } finally {
    await till.close();
  }
}
