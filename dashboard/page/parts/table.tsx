/**
 * A table of things that have a view of their own. Its rows are reached by the keyboard:
 *
 *   j k, arrows   the next, the one before         Home End   the first, the last
 *   Enter         opens it                         on a phone the columns marked `wide` are left out
 */
import type { ComponentChildren } from 'preact';
import { useLocation } from 'wouter-preact';
import { Icon } from './icon.tsx';

export interface Column<T> {
  readonly head: string;
  readonly cell: (item: T) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** Left out where there is little room. */
  readonly isWide?: boolean;
  /** Takes the room that is left; its text may wrap. */
  readonly isMain?: boolean;
  /** In px, so that several tables of a view stand in line. */
  readonly width?: number;
}

export interface TableProps<T> {
  /** What it lists, for those who cannot see it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string | number;
  /** Address of the view of an item. */
  readonly hrefOf?: (item: T) => string;
  /** Instead of a view: what happens when a row is chosen. */
  readonly onPick?: (item: T) => void;
  /** Says more of an item, below its row. */
  readonly more?: (item: T) => ComponentChildren;
}

export function Table<T>({ label, columns, items, keyOf, hrefOf, onPick, more }: TableProps<T>) {
  const [, go] = useLocation();
  const isOpening = hrefOf !== undefined || onPick !== undefined;
  const open = (item: T) => (onPick ? onPick(item) : hrefOf && go(hrefOf(item)));
  const classOf = ({ isNumber, isWide, isMain }: Column<T>) =>
    [isNumber && 'number', isWide && 'wide', isMain && 'main'].filter(Boolean).join(' ');
  return (
    <div class="table-frame" role="region" aria-label={label} tabIndex={-1}>
      <table class={isOpening ? 'table opens' : 'table'} onKeyDown={moveAmongRows}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.head}
                scope="col"
                class={classOf(column)}
                style={column.width === undefined ? undefined : { minWidth: `${column.width}px` }}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => {
            const told = more?.(item);
            return [
              <tr
                key={keyOf(item)}
                class={told ? 'has-more' : undefined}
                tabIndex={isOpening ? 0 : undefined}
                data-row={isOpening ? '' : undefined}
                onClick={(event) => {
                  if (isOpening && !isOnControl(event) && !event.metaKey && !event.ctrlKey)
                    open(item);
                }}
                onKeyDown={(event) => {
                  if (event.key === 'Enter' && event.target === event.currentTarget) open(item);
                }}
              >
                {columns.map((column) => (
                  <td key={column.head} class={classOf(column)}>
                    {column.cell(item)}
                  </td>
                ))}
              </tr>,
              told && (
                <tr
                  key={`${keyOf(item)} more`}
                  class="more"
                  onClick={(event) => {
                    if (isOpening && !isOnControl(event)) open(item);
                  }}
                >
                  <td colSpan={columns.length}>{told}</td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

const isOnControl = ({ target }: Event): boolean =>
  target instanceof Element && target.closest('a, button, input, select, label') !== null;

const STEPS: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

function moveAmongRows(event: KeyboardEvent & { readonly currentTarget: HTMLTableElement }): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  const { key } = event;
  const to = key === 'Home' ? 0 : key === 'End' ? rows.length - 1 : at + (STEPS[key] ?? 0);
  if (to === at) return;
  event.preventDefault();
  rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus();
}

/** Moves among the pages of a list. `next`: of the answer; `onFirst` undefined: this is the first page. */
export function Pager({
  next,
  onNext,
  onFirst,
  children,
}: {
  readonly next: unknown;
  readonly onNext: () => void;
  readonly onFirst?: (() => void) | undefined;
  readonly children?: ComponentChildren;
}) {
  if (next === null && !onFirst && !children) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <span class="faint">{children}</span>
      <button type="button" class="button quiet" disabled={!onFirst} onClick={onFirst}>
        <Icon name="previous" /> First page
      </button>
      <button type="button" class="button quiet" disabled={next === null} onClick={onNext}>
        Next page <Icon name="next" />
      </button>
    </nav>
  );
}
