/**
 * The views of the page and where each of them is. A view is a file of its own in views/.
 *
 *   path        as in the address; `:name` is given to the view, decoded
 *   icon, key   entry of the menu, and the letter that leads there after `g`
 */
import type { ComponentType } from 'preact';
import type { IconName } from './parts/icon.tsx';
import { Agent } from './views/agent.tsx';
import { Agents } from './views/agents.tsx';
import { Classes } from './views/classes.tsx';
import { History } from './views/history.tsx';
import { Job } from './views/job.tsx';
import { Jobs } from './views/jobs.tsx';
import { Machine } from './views/machine.tsx';
import { Overview } from './views/overview.tsx';
import { Parked } from './views/parked.tsx';
import { Scenarios } from './views/scenarios.tsx';
import { Statecharts } from './views/statecharts.tsx';
import { SubTransaction } from './views/sub-transaction.tsx';
import { Work } from './views/work.tsx';

/** What a view is given. */
export interface ViewProps {
  /** The `:name` of its path; '' where there is none. */
  readonly name: string;
  /** Parameters of the address: `?state=parked`. */
  readonly query: URLSearchParams;
}

export type View = ComponentType<ViewProps>;

export interface RouteOfPage {
  readonly path: string;
  readonly view: View;
  /** Title of the tab; of a view with a name, that follows. */
  readonly title: string;
  /** It is in the menu. */
  readonly icon?: IconName;
  readonly key?: string;
}

export const routes: readonly RouteOfPage[] = [
  { path: '/', title: 'Overview', icon: 'overview', key: 'o', view: Overview },
  { path: '/jobs', title: 'Jobs', icon: 'jobs', key: 'j', view: Jobs },
  { path: '/jobs/:name', title: 'Job', view: Job },
  { path: '/sub-transactions', title: 'Work', icon: 'work', key: 'w', view: Work },
  { path: '/sub-transactions/:name', title: 'Sub-transaction', view: SubTransaction },
  { path: '/parked', title: 'Parked', icon: 'asks', key: 'p', view: Parked },
  { path: '/agents', title: 'Agents', icon: 'agents', key: 'a', view: Agents },
  { path: '/agents/:name', title: 'Agent', view: Agent },
  { path: '/classes', title: 'Process classes', icon: 'classes', key: 'c', view: Classes },
  { path: '/statecharts', title: 'Statecharts', icon: 'statecharts', key: 's', view: Statecharts },
  { path: '/statecharts/:name', title: 'Statechart', view: Machine },
  { path: '/history', title: 'History', icon: 'history', key: 'h', view: History },
  { path: '/scenarios', title: 'Scenarios', icon: 'scenarios', key: 'n', view: Scenarios },
];
