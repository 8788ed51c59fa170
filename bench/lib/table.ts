export interface Row {
  contender: string;
  /** Median of the rounds, in the report's unit. */
  figure: number;
  /** To the first contender, the limit. */
  ratio: number;
  aim?: number;
}

export interface Report {
  title: string;
  /** Rates are better when larger, times, memory and sizes when smaller. */
  unit: 'per second' | 'ms' | 'MiB' | 'KiB';
  rows: Row[];
}

type Unit = Report['unit'];

const reached = (unit: Unit, ratio: number, aim: number): boolean =>
  unit === 'per second' ? ratio >= aim : ratio <= aim;

const figure = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });

const aimCells = (unit: Unit, { ratio, aim }: Row): string[] =>
  aim === undefined
    ? ['', '']
    : [`${unit === 'per second' ? '>=' : '<='} ${aim.toFixed(2)}`, reached(unit, ratio, aim) ? 'yes' : 'no'];

const cells = (unit: Unit, row: Row): string[] => [
  row.contender,
  figure(row.figure),
  row.ratio.toPrecision(3),
  ...aimCells(unit, row),
];

const align = (lines: readonly (readonly string[])[]): string[] => {
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd());
};

/** All reports as one table, each under its title. */
export const renderTable = (reports: readonly Report[]): string => {
  const lines = reports.flatMap(({ title, unit, rows }) => [
    [title, unit, 'ratio', 'aim', 'reached'],
    ...rows.map((row) => cells(unit, { ...row, contender: `  ${row.contender}` })),
  ]);
  return `${align(lines).join('\n')}\n`;
};
