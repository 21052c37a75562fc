/**
 * `lifeline/dashboard`: the dashboard and the JSON interface for a controller of one's own.
 *
 * ```ts
 * const dashboard = await openDashboard({ controller, store });
 * console.log(dashboard.address);
 * ```
 *
 * @module dashboard
 */
export {
  openDashboard,
  type Dashboard,
  type DashboardOptions,
} from '../dashboard/server/open-dashboard.ts';
