import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidSaleError, type SaleIssue } from '../errors.ts';
import { type FieldRules, fieldRules, type NumberRules, type RuleProblem } from './number-rules.ts';
import { decimalForm, decimalProblem, ITEM_NO_FORM, itemNoProblem } from './numbers.ts';

/** One item of a customer's purchase. Numbers are decimal strings, so that no digit is lost on the way. */
export interface SaleLine {
  /** 1 to 15 digits, such as `'12345'`. */
  item_no: string;
  /**
   * How many were sold, such as `'5'` or `'0.350'`; negative for goods that came back. At most 15 significant digits and
   * 6 decimals.
   */
  gross_number: string;
  /** What they brought in, such as `'60.00'`; negative for money that was paid back. The same bounds. */
  gross_turnover: string;
}

/** One customer's purchase. */
export interface Sale {
  sales: SaleLine[];
}

/** A schema by which a payload is checked: the shop's own sale, or a caller's. See https://standardschema.dev. */
export type SaleSchema<Payload = unknown> = StandardSchemaV1<Payload, unknown>;

type LineField = keyof SaleLine;

/** What is wrong with the text of a field by the protocol, and what is said of a value that is no text. */
const LINE_FIELDS: Record<LineField, { problem: RuleProblem; form: string }> = {
  item_no: { problem: itemNoProblem, form: ITEM_NO_FORM },
  gross_number: decimalField('5'),
  gross_turnover: decimalField('60.00'),
};

const FIELD_NAMES = Object.keys(LINE_FIELDS) as LineField[];

function decimalField(example: string) {
  return { problem: (text: string) => decimalProblem(text, example), form: decimalForm(example) };
}

/** What is wrong with a sale, and whether it is the value of a number alone. */
interface FoundIssue extends SaleIssue {
  ofNumber?: true;
}

/** The shop's own sale as a Standard Schema; the value that it gives holds the known fields alone, in one order. */
export const saleSchema: StandardSchemaV1<Sale, Sale> = schemaBy();

/** The same with a shop's own rules, narrower than the protocol's. */
export const saleSchemaWith = (rules: NumberRules): StandardSchemaV1<Sale, Sale> =>
  schemaBy(fieldRules(rules));

function schemaBy(rules?: FieldRules): StandardSchemaV1<Sale, Sale> {
  return {
    '~standard': {
      version: 1,
      vendor: 'amis-shop',
      validate: (value) => {
        const issues = saleIssues(value, rules);
        return issues.length === 0 ? { value: inFieldOrder(value as Sale) } : { issues };
      },
    },
  };
}

/** Whether nothing is wrong with the form of a sale, only numbers that break the protocol's bounds. */
export const areOfNumbers = (issues: readonly object[]): boolean =>
  Array.isArray(issues) && issues.length > 0 && issues.every((issue) => issue && 'ofNumber' in issue);

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

function saleIssues(value: unknown, rules?: FieldRules): FoundIssue[] {
  if (!isRecord(value)) return [{ path: [], message: `the sale must be an object, not ${kindOf(value)}` }];
  const unknown = unknownFields(value, ['sales'], []);
  const lines = value['sales'];
  if (!Array.isArray(lines)) {
    const problem = lines === undefined ? 'is missing' : `must be a list of lines, not ${kindOf(lines)}`;
    return [{ path: ['sales'], message: `sales ${problem}` }, ...unknown];
  }
  if (lines.length === 0)
    return [{ path: ['sales'], message: 'sales must hold at least one line' }, ...unknown];
  return [...Array.from(lines, (line, index) => lineIssues(line, index, rules)).flat(), ...unknown];
}

function lineIssues(line: unknown, index: number, rules?: FieldRules): FoundIssue[] {
  const path = ['sales', index];
  if (!isRecord(line)) {
    return [{ path, message: `sale line ${index + 1} must be an object, not ${kindOf(line)}` }];
  }
  const fields = FIELD_NAMES.flatMap((name): FoundIssue[] => {
    const value = line[name];
    const problem = fieldProblem(name, value, rules);
    if (problem === undefined) return [];
    const issue = { path: [...path, name], message: `sale line ${index + 1}: ${name} ${problem}` };
    return [typeof value === 'string' ? { ...issue, ofNumber: true } : issue];
  });
  return [...fields, ...unknownFields(line, FIELD_NAMES, path, `sale line ${index + 1}: `)];
}

function fieldProblem(name: LineField, value: unknown, rules: FieldRules | undefined): string | undefined {
  const { problem, form } = LINE_FIELDS[name];
  if (value === undefined) return 'is missing';
  if (typeof value !== 'string') return `${form}, not ${kindOf(value)}`;
  return problem(value) ?? rules?.[name](value);
}

function unknownFields(
  value: Record<string, unknown>,
  known: readonly string[],
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

/** Field names come from outside: quoted, escaped and cut. */
function printable(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
