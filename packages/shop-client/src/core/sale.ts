import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidSaleError, type SaleIssue } from '../errors.ts';

/** One item of a customer's purchase. Numbers are decimal strings, so that no digit is lost on the way. */
export interface SaleLine {
  /** 1 to 15 digits, such as `'12345'`. */
  item_no: string;
  /** How many were sold, such as `'5'` or `'0.350'`; negative for goods that came back. */
  gross_number: string;
  /** What they brought in, such as `'60.00'`. */
  gross_turnover: string;
}

/** One customer's purchase. */
export interface Sale {
  sales: SaleLine[];
}

/** A schema by which a payload is checked: the shop's own sale, or a caller's. See https://standardschema.dev. */
export type SaleSchema<Payload = unknown> = StandardSchemaV1<Payload, unknown>;

const LINE_FIELDS = {
  item_no: { pattern: /^\d{1,15}$/, wanted: '1 to 15 digits, such as "12345"' },
  gross_number: decimal('5'),
  gross_turnover: decimal('60.00'),
} as const;

/** DynamoDB, where the shop adds these up, keeps 38 digits. */
function decimal(example: string) {
  return {
    pattern: /^-?(?=[\d.]{1,39}$)\d{1,38}(\.\d{1,37})?$/,
    wanted: `a decimal string of at most 38 digits, such as "${example}"`,
  };
}

/** The shop's own sale as a Standard Schema; the value that it gives holds the known fields alone, in one order. */
export const saleSchema: StandardSchemaV1<Sale, Sale> = {
  '~standard': {
    version: 1,
    vendor: 'amis-shop',
    validate: (value) => {
      const issues = saleIssues(value);
      return issues.length === 0 ? { value: inFieldOrder(value as Sale) } : { issues };
    },
  },
};

/**
 * Checks a payload by a schema and gives its JSON, the bytes that are sealed.
 * @throws {InvalidSaleError} naming the first line and field that are wrong, with all of them in `issues`
 */
export async function validateSale(payload: unknown, schema: SaleSchema = saleSchema): Promise<string> {
  const { issues, value } = await judgeBy(schema, payload);
  if (issues !== undefined) throw invalidSale(issues);
  const json = toJson(value);
  if (!json?.startsWith('{'))
    throw invalidSale([{ path: [], message: 'the sale must be an object in JSON' }]);
  return json;
}

async function judgeBy(
  schema: SaleSchema,
  payload: unknown,
): Promise<{ issues?: SaleIssue[]; value?: unknown }> {
  try {
    const result = await schema['~standard'].validate(payload);
    if (result.issues !== undefined) return { issues: Array.from(result.issues, plainIssue) };
    return { value: result.value };
  } catch (cause) {
    throw new InvalidSaleError(
      'The schema failed on this sale.',
      'Mend the schema; nothing was sent.',
      [],
      cause,
    );
  }
}

/** `undefined` for what has no JSON form: cycles, BigInt, functions. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return;
  }
}

/** The lines of the shop's own sale, or `undefined` for another payload. */
export function saleLines(json: string): SaleLine[] | undefined {
  const value: unknown = JSON.parse(json);
  return saleIssues(value).length === 0 ? (value as Sale).sales : undefined;
}

function saleIssues(value: unknown): SaleIssue[] {
  if (!isRecord(value)) return [{ path: [], message: `the sale must be an object, not ${kindOf(value)}` }];
  const unknown = unknownFields(value, ['sales'], []);
  const lines = value['sales'];
  if (!Array.isArray(lines)) {
    const problem = lines === undefined ? 'is missing' : `must be a list of lines, not ${kindOf(lines)}`;
    return [{ path: ['sales'], message: `sales ${problem}` }, ...unknown];
  }
  if (lines.length === 0)
    return [{ path: ['sales'], message: 'sales must hold at least one line' }, ...unknown];
  return [...Array.from(lines, lineIssues).flat(), ...unknown];
}

function lineIssues(line: unknown, index: number): SaleIssue[] {
  const path = ['sales', index];
  if (!isRecord(line)) {
    return [{ path, message: `line ${index + 1} must be an object, not ${kindOf(line)}` }];
  }
  const fields = Object.entries(LINE_FIELDS).flatMap(([name, { pattern, wanted }]): SaleIssue[] => {
    const value = line[name];
    if (typeof value === 'string' && pattern.test(value)) return [];
    const problem = value === undefined ? 'is missing' : `must be ${wanted}${butIs(value)}`;
    return [{ path: [...path, name], message: `line ${index + 1}: ${name} ${problem}` }];
  });
  return [...fields, ...unknownFields(line, Object.keys(LINE_FIELDS), path, `line ${index + 1}: `)];
}

function unknownFields(
  value: Record<string, unknown>,
  known: string[],
  path: PropertyKey[],
  where = '',
): SaleIssue[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: [...path, name],
      message: `${where}${printable(name)} is not a field of the shop's sale`,
    }));
}

function inFieldOrder({ sales }: Sale): Sale {
  return {
    sales: sales.map(({ item_no, gross_number, gross_turnover }) => ({
      item_no,
      gross_number,
      gross_turnover,
    })),
  };
}

function invalidSale(issues: SaleIssue[]): InvalidSaleError {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new InvalidSaleError(
    `The sale is not valid: ${first?.message ?? 'the schema refused it'}${more}.`,
    'Correct the sale; nothing was sent.',
    issues,
  );
}

function plainIssue({ message, path = [] }: StandardSchemaV1.Issue): SaleIssue {
  return { message, path: path.map((step) => (typeof step === 'object' ? step.key : step)) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function butIs(value: unknown): string {
  return typeof value === 'string' ? '' : `, not ${kindOf(value)}`;
}

/** Field names come from outside: quoted, escaped and cut. */
function printable(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
