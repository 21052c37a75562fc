/** The routes about statecharts: how many are in which state, who these are, and what was said about one of them. */
import { messagesOf } from '../../actors/messages.ts';
import { nearest } from '../../actors/nearest.ts';
import { Refused } from '../../actors/refused.ts';
import { machineDefinitions, machineNames, type MachineName } from '../../machines/definitions.ts';
import { machineActors, machineView, machineViews } from './machines.ts';
import { afterOf, limitOf } from './pages.ts';
import { get, type Route } from './route.ts';

export const machineRoutes: readonly Route[] = [
  get({
    path: '/api/v1/machines',
    answer: (ground) => ({ items: machineViews(ground), next: null }),
  }),
  get({
    path: '/api/v1/machines/:name',
    names: 'machine name',
    answer: (ground, { name }) => machineView(ground, known(name)),
  }),
  get({
    path: '/api/v1/machines/:name/actors',
    names: 'machine name',
    query: ['state', 'after', 'limit'],
    answer(ground, { name, query }) {
      const machine = known(name);
      const states = Object.keys(machineDefinitions[machine].states);
      // A birth for sub-transactions, a name for all others.
      const after = machine === 'subTransaction' ? String(afterOf(query)) : query.text('after');
      const [state] = query.choices('state', states) ?? [];
      return machineActors(ground, machine, { state, after, limit: limitOf(query) });
    },
  }),
  get({
    path: '/api/v1/sub-transactions/:name/messages',
    names: 'id',
    query: ['after', 'limit', 'newest'],
    answer: ({ store }, { name, query }) =>
      messagesOf(store, name, {
        after: afterOf(query),
        limit: limitOf(query),
        newest: query.flag('newest'),
      }),
  }),
];

/** @throws {Refused} `unknown` */
function known(name: string): MachineName {
  if ((machineNames as readonly string[]).includes(name)) return name as MachineName;
  const meant = nearest(name, machineNames);
  const hint =
    meant === undefined ? `they are ${machineNames.join(', ')}.` : `do you mean "${meant}"?`;
  throw new Refused('unknown', `There is no statechart "${name}"; ${hint}`);
}
