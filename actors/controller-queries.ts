/**
 * The asking half of a controller: what is recorded, and what a running one knows beside that. Decides nothing.
 *
 *   list, show, explain, history, … ─▶ queries over the store
 *   agents, agent, progress, status ─▶ the same, with what the present term knows
 */
import { listAgents, showAgent, type AgentFilter, type AgentSummary } from './agent-queries.ts';
import { auditPage, type AuditBounds, type AuditPage } from './audit.ts';
import type { ControllerStatus } from './controller-status.ts';
import type { ControllerNode, ControllerPorts } from './controller.ts';
import { explain, type Sentence } from './explain.ts';
import { listHandlers, showHandler } from './handler-queries.ts';
import type { HandlerSummary, HandlerView } from './handler-queries.ts';
import { history, type HistoryFilter, type HistoryPage } from './history.ts';
import { listJobs, show, type JobList, type JobPage, type Shown } from './queries.ts';
import { readLog, type LogView } from './read-log.ts';
import type { Entry } from './records.ts';
import { report, type ReportFilter, type ReportView } from './report.ts';
import { factView, instantOrNull, type AgentView, type FactView } from './views.ts';

/** See `Controller` for what each gives. */
export class ControllerQueries {
  readonly #node: ControllerNode;
  readonly #ports: Pick<ControllerPorts, 'clock' | 'logger'>;

  constructor(node: ControllerNode, ports: Pick<ControllerPorts, 'clock' | 'logger'>) {
    this.#node = node;
    this.#ports = ports;
  }

  status(): ControllerStatus {
    return this.#node.status();
  }

  handlers(): readonly HandlerSummary[] {
    return listHandlers(this.#node.store);
  }

  handler(name: string, version?: number): HandlerView {
    return showHandler(this.#node.store, name, version);
  }

  list(page?: JobPage): JobList {
    return listJobs(this.#node.store, this.#ports.clock.now(), page);
  }

  agents(filter?: AgentFilter): readonly AgentSummary[] {
    return listAgents(this.#node.store, this.#node, filter);
  }

  agent(id: string): AgentView {
    return showAgent(this.#node.store, id, this.#node);
  }

  show(name: string): Shown {
    const shown = show(this.#node.store, name, this.#ports.clock.now(), this.#node);
    if (shown.kind === 'subTransaction') {
      const told = this.#node.toldOf(shown.birth);
      return {
        ...shown,
        progress: told?.progress ?? null,
        toldAt: instantOrNull(told?.at ?? null),
      };
    }
    return shown;
  }

  explain(id: string): readonly Sentence[] {
    return explain(this.#node.store, id);
  }

  history(filter: HistoryFilter = {}): HistoryPage {
    return history(this.#node.store, filter);
  }

  audit(job: string, page?: AuditBounds): AuditPage {
    return auditPage(this.#node.store, job, page);
  }

  report(filter: ReportFilter): Promise<ReportView> {
    const { clock } = this.#ports;
    const pause = () => new Promise<void>((resolve) => void clock.after(0, resolve));
    return report(this.#node.store, filter, pause);
  }

  log(id: string, options: { readonly attempt?: number } = {}): LogView {
    return readLog(this.#node.store, id, options);
  }

  follow(listener: (facts: readonly FactView[]) => void): () => void {
    return this.#node.follow((entries: readonly (readonly [number, Entry])[]) => {
      try {
        listener(entries.map(([n, entry]) => factView({ n, ...entry })));
      } catch (error) {
        // It must not end the term: the facts are on record whatever the listener makes of them.
        this.#ports.logger.error({ err: error }, 'a listener that follows the facts threw');
      }
    });
  }
}
