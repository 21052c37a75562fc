/** The keys, as a list. */
import { Dialog } from './parts/dialog.tsx';
import { routes } from './routes.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'Search by name or id'],
  ['j k ↓ ↑', 'Move in a table; Enter opens'],
  ['← → Space', 'Step through a scenario; let it go on'],
  ['t', 'Turn the theme'],
  ['?', 'These keys'],
  ['Esc', 'Close'],
];

export function KeyList({ onClose }: { readonly onClose: () => void }) {
  const views = routes.flatMap(({ key, title }) => (key ? [[`g ${key}`, title] as const] : []));
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="key-list">
        {[...KEYS, ...views].map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
