/** Text tables: columns as wide as their widest cell, numbers to the right. */

export interface Column {
  readonly title: string;
  /** Default: left. */
  readonly align?: 'right';
}

/** The lines of a table, the titles first. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, i) => {
        const width = widths[i]!;
        return columns[i]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of `name  value`, the values below each other; what has no value is left out. */
export function fieldLines(fields: readonly (readonly [string, string | null])[]): string[] {
  const shown = fields.filter((field): field is readonly [string, string] => field[1] !== null);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
