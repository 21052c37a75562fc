/**
 * The documents of the statecharts, made from the charts: for people a picture and its words, for Stately's
 * editor the definition. `npm run docs:machines` writes them; a test finds what is stale.
 *
 *   machines/*.ts ─▶ machineDefinitions ─▶ docs/machines/<name>.md     Mermaid, states, transitions
 *                                          docs/machines/<name>.json   to import into Stately's editor
 *                                          docs/machines/README.md     all of them
 */
import {
  machineDefinitions,
  machineNames,
  type MachineDefinition,
  type MachineName,
} from '../../machines/definitions.ts';
import { stateDiagram } from '../../machines/diagram.ts';

/** Every file of docs/machines with what it has to hold. */
export function machineDocs(): ReadonlyMap<string, string> {
  const files = new Map([['README.md', overview()]]);
  for (const name of machineNames) {
    const definition = machineDefinitions[name];
    files.set(`${kebab(name)}.md`, document(definition));
    files.set(`${kebab(name)}.json`, `${JSON.stringify(definition, null, 2)}\n`);
  }
  return files;
}

const MADE = '<!-- Made from machines/*.ts by `npm run docs:machines`; edit it there. -->';

const kebab = (name: MachineName) => name.replace(/[A-Z]/g, (big) => `-${big.toLowerCase()}`);

function overview(): string {
  const rows = machineNames.map((name) => {
    const { description, states } = machineDefinitions[name];
    const links = `[${name}](${kebab(name)}.md) | [JSON](${kebab(name)}.json)`;
    return `| ${links} | ${Object.keys(states).length} | ${description} |`;
  });
  return `${MADE}

# Statecharts

Everything in Lifeline that can be in a state is one of these. The pictures are drawn from the charts that run, and so are
those of the dashboard.

| machine | definition | states | what it is |
| --- | --- | --- | --- |
${rows.join('\n')}

**In Stately's editor**: paste one of the JSON files where the editor imports code or JSON; it is the chart without its
code: guards and actions are names. \`GET /api/v1/machines/NAME\` of a controller gives the same definition, with how many
actors are in each state now. **While they run**: \`lifeline inspect\` shows them in Stately's inspector.

**In your own program** they are XState machines like any other:

\`\`\`ts
import { createActor } from 'xstate';
import { lease } from 'lifeline/machines';
\`\`\`
`;
}

function document({ id, description, states, ...rest }: MachineDefinition): string {
  const stateRows = Object.entries(states).map(([name, state]) => {
    const final = state.type === 'final' ? ' (final)' : '';
    return `| \`${name}\`${final} | ${state.description} | ${codes(state.entry)} |`;
  });
  const transitionRows = Object.entries(states).flatMap(([name, { on = {} }]) =>
    Object.entries(on).flatMap(([event, branches]) =>
      branches.map(
        ({ target, guard, actions, description: what }) =>
          `| \`${name}\` | \`${event}\` | ${guard ? `\`${guard}\`` : ''} | ${target ? `\`${target}\`` : 'stays'} | ${codes(actions)} | ${what} |`,
      ),
    ),
  );
  return `${MADE}

# ${id}

${description}

\`\`\`mermaid
${stateDiagram({ id, description, states, ...rest })}\`\`\`

Events that lead to no other state are not in the picture; the table has them.

## States

| state | what it means | on entry |
| --- | --- | --- |
${stateRows.join('\n')}

## Transitions

Of several for one event the first is taken whose condition holds.

| in | event | if | to | does | what happens |
| --- | --- | --- | --- | --- | --- |
${transitionRows.join('\n')}
`;
}

const codes = (names: readonly string[] = []) => names.map((name) => `\`${name}\``).join(', ');
