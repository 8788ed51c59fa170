import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deviceRow, keyRow, shopRow } from '../src/common/registry-rows.ts';
import { AdminError } from './admin-error.ts';
import { readDevice, shopKey } from './keys.ts';
import type { Registry } from './registry.ts';

export interface Values {
  key?: string | undefined;
  'key-prefix'?: string | undefined;
  signature?: string | undefined;
  file?: string | undefined;
}

/** @returns what is printed, as JSON */
type Command = (registry: Registry, args: readonly string[], values: Values) => Promise<object>;

export const COMMANDS: Readonly<Record<string, { usage: string; run: Command }>> = {
  'shop set': {
    usage: 'shop set <shop> --signature demanded|optional',
    async run(registry, [shopId = ''], { signature = '' }) {
      if (!/^[A-Za-z0-9_-]{1,100}$/.test(shopId)) {
        throw new AdminError('A shop id has 1 to 100 letters, digits, "-" and "_".');
      }
      if (!['demanded', 'optional'].includes(signature)) {
        throw new AdminError('Say --signature demanded or --signature optional.');
      }
      await registry.put(shopRow(shopId, signature === 'demanded'));
      return { shop_id: shopId, signature };
    },
  },
  'key add': {
    usage: 'key add <shop> [--key ARN|ALIAS] [--key-prefix alias/KeyL-]',
    async run(registry, [shopId = ''], { key, 'key-prefix': prefix = 'alias/KeyL-' }) {
      await registry.shop(shopId);
      const entry = await shopKey(key ?? `${prefix}${shopId}`);
      await registry.put(keyRow(shopId, entry, new Date().toISOString()));
      return { shop_id: shopId, kid: entry.kid, key_arn: entry.keyId };
    },
  },
  'key remove': {
    usage: 'key remove <shop> <kid>',
    async run(registry, [shopId = '', kid = '']) {
      await registry.remove(shopId, `key#${kid}`);
      return { shop_id: shopId, removed: kid };
    },
  },
  'device add': {
    usage: 'device add <shop> [--file device.json]   (else from standard input)',
    async run(registry, [shopId = ''], { file }) {
      await registry.shop(shopId);
      const { device, kid } = readDevice(readInput(file));
      await registry.put(deviceRow(shopId, device, kid));
      return { shop_id: shopId, till_id: device.tillId, thumbprint: kid };
    },
  },
  'device remove': {
    usage: 'device remove <shop> <till id> <thumbprint>',
    async run(registry, [shopId = '', tillId = '', kid = '']) {
      await registry.remove(shopId, `device#${tillId}#${kid}`);
      return { shop_id: shopId, till_id: tillId, removed: kid };
    },
  },
  'shop show': {
    usage: 'shop show <shop>',
    run: async (registry, [shopId = '']) => ({ shop_id: shopId, ...(await registry.shop(shopId)) }),
  },
};

/** Standard input where no file is named. A script of pnpm runs elsewhere than it was called: `INIT_CWD` is where that was. */
function readInput(file: string | undefined): string {
  if (file === undefined) return readFileSync(0, 'utf8');
  try {
    return readFileSync(resolve(process.env['INIT_CWD'] ?? '.', file), 'utf8');
  } catch (cause) {
    throw new AdminError(`The file ${JSON.stringify(file)} cannot be read.`, { cause });
  }
}
