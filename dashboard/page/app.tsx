/**
 * What is around each view: the menu, the search, the state of the connection, what was said.
 *
 *   ┌────────────┬─ search ───────────── live · theme · keys ┐
 *   │ Overview   │ banner, when there is something to say    │
 *   │ Jobs       ├───────────────────────────────────────────┤      on a phone the menu is above, behind a button
 *   │ …          │ view                                      │
 *   └────────────┴───────────────────────────────────────────┘
 */
import { Component, type ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link, Route, Switch, useLocation, useSearch } from 'wouter-preact';
import { Banner } from './banner.tsx';
import { areKeysShown, listenToKeys } from './keys.ts';
import { connection, type Connection } from './following.ts';
import { Chip, type Look } from './parts/chip.tsx';
import { Head } from './parts/head.tsx';
import { Icon } from './parts/icon.tsx';
import { KeyList } from './key-list.tsx';
import { Empty, Failed } from './parts/nothing.tsx';
import { routes, type RouteOfPage } from './routes.ts';
import { said, unsay } from './said.ts';
import { Search } from './search.tsx';
import { standing, useStanding } from './standing.ts';
import { theme, turnTheme } from './theme.ts';

export function App() {
  const [path, go] = useLocation();
  const [isMenuOpen, setMenuOpen] = useState(false);
  useStanding();
  useEffect(() => listenToKeys((to) => go(to)), []);
  useEffect(() => setMenuOpen(false), [path]);
  useTop(path);
  return (
    <div class="shell">
      <a class="skip" href="#view">
        Skip to the view
      </a>
      <header class="bar">
        <button
          type="button"
          class="button icon-only quiet menu-button"
          aria-label="Menu"
          aria-expanded={isMenuOpen}
          aria-controls="menu"
          onClick={() => setMenuOpen(!isMenuOpen)}
        >
          <Icon name="menu" />
        </button>
        <Link href="/" class="brand" aria-label="Lifeline, overview">
          <img src="/icon.svg" alt="" width={22} height={22} /> <span>Lifeline</span>
        </Link>
        <Search />
        <Tools />
      </header>
      <Menu path={path} isOpen={isMenuOpen} />
      <main id="view" class="view" tabIndex={-1}>
        <Banner />
        <Views path={path} />
      </main>
      <SaidList />
      {areKeysShown.value && <KeyList onClose={() => (areKeysShown.value = false)} />}
    </div>
  );
}

/** A view begins at its top, unless the browser goes back to where it was. */
function useTop(path: string): void {
  const isBack = useRef(false);
  useEffect(() => {
    const note = () => void (isBack.current = true);
    window.addEventListener('popstate', note);
    return () => window.removeEventListener('popstate', note);
  }, []);
  useEffect(() => {
    if (!isBack.current) window.scrollTo(0, 0);
    isBack.current = false;
  }, [path]);
}

function Menu({ path, isOpen }: { readonly path: string; readonly isOpen: boolean }) {
  const isHere = (route: RouteOfPage) =>
    route.path === '/' ? path === '/' : path === route.path || path.startsWith(`${route.path}/`);
  const link = connection.value;
  const parked = standing.value?.parked ?? 0;
  return (
    <nav id="menu" class={isOpen ? 'menu open' : 'menu'} aria-label="Views">
      <ul>
        {routes
          .filter(({ icon }) => icon)
          .map((route) => (
            <li key={route.path}>
              <Link
                href={route.path}
                class="menu-link"
                aria-current={isHere(route) ? 'page' : undefined}
              >
                <Icon name={route.icon!} size={15} /> {route.title}
                {route.path === '/parked' && parked > 0 && <span class="badge">{parked}</span>}
              </Link>
            </li>
          ))}
      </ul>
      {link.kind === 'live' && (
        <p class="menu-foot">
          {link.opened.namespace}
          <br />
          term {link.opened.term ?? '–'} · {link.opened.version}
        </p>
      )}
    </nav>
  );
}

const links: Readonly<Record<Connection['kind'], Look>> = {
  live: { tone: 'good', icon: 'done', text: 'live' },
  connecting: { tone: 'wait', icon: 'waits', text: 'connecting' },
  down: { tone: 'bad', icon: 'cut', text: 'not connected' },
};

function Tools() {
  const link = connection.value;
  const icons = { system: 'system', light: 'sun', dark: 'moon' } as const;
  return (
    <div class="tools">
      <Chip {...links[link.kind]}>
        <span class="chip-text">{links[link.kind].text}</span>
      </Chip>
      <button
        type="button"
        class="button icon-only quiet"
        aria-label={`Theme: ${theme.value}. Turn`}
        title={`Theme: ${theme.value} (t)`}
        onClick={turnTheme}
      >
        <Icon name={icons[theme.value]} size={16} />
      </button>
      <button
        type="button"
        class="button icon-only quiet keys-button"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => (areKeysShown.value = true)}
      >
        <Icon name="keys" size={16} />
      </button>
    </div>
  );
}

function Views({ path }: { readonly path: string }) {
  const query = new URLSearchParams(useSearch());
  return (
    <Switch>
      {routes.map((route) => (
        <Route key={route.path} path={route.path}>
          {(params: { readonly name?: string }) => (
            <Titled
              key={path}
              title={params.name ? `${params.name} · ${route.title}` : route.title}
            >
              <route.view name={params.name ?? ''} query={query} />
            </Titled>
          )}
        </Route>
      ))}
      <Route>
        <Titled title="Nothing here">
          <Head title="Nothing here" />
          <Empty hint={<Link href="/">To the overview</Link>}>There is no view at {path}.</Empty>
        </Titled>
      </Route>
    </Switch>
  );
}

interface TitledProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** Names the tab, and keeps what goes wrong in a view inside it. */
class Titled extends Component<TitledProps, { readonly error?: unknown }> {
  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override componentDidMount() {
    document.title = `${this.props.title} · Lifeline`;
  }
  override componentDidCatch(error: unknown) {
    reportError(error);
  }
  override render({ children }: TitledProps) {
    return this.state.error === undefined ? children : <Failed error={this.state.error} />;
  }
}

function SaidList() {
  return (
    <div class="said" role="status" aria-live="polite">
      {said.value.map((one) => (
        <p key={one.id}>
          <Icon name="done" /> <span>{one.text}</span>
          <button
            type="button"
            class="button icon-only quiet"
            aria-label="Close"
            onClick={() => unsay(one)}
          >
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  );
}
