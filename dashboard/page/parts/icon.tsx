/** Small signs, always beside a word. Drawn in the colour of the text. */

const PATHS = {
  done: 'M3 8.5l3.2 3.2L13 4.8',
  failed: 'M4 4l8 8M12 4l-8 8',
  runs: 'M5 3.2v9.6l8-4.8z',
  waits: 'M8 4.4V8l2.6 1.8M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z',
  warns: 'M8 2.2 14.4 13.4H1.6zM8 6.4v3.2M8 11.4v.4',
  asks: 'M5.6 6a2.4 2.4 0 1 1 3.4 2.2c-.7.3-1 .8-1 1.5M8 12v.4M8 1.4a6.6 6.6 0 1 0 0 13.2A6.6 6.6 0 0 0 8 1.4z',
  cut: 'M2 8h3.4M10.6 8H14M6.4 5.2l3.2 5.6',
  stopped: 'M4 4h8v8H4z',
  left: 'M3 8h10',
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  queued: 'M3 4.5h10M3 8h10M3 11.5h6',
  overview: 'M2.5 2.5h4.6v4.6H2.5zM8.9 2.5h4.6v4.6H8.9zM2.5 8.9h4.6v4.6H2.5zM8.9 8.9h4.6v4.6H8.9z',
  jobs: 'M2.5 5h11v8.5h-11zM6 5V2.8h4V5M2.5 8.6h11',
  work: 'M8 1.8 14 5 8 8.2 2 5zM2.4 8 8 11l5.6-3M2.4 11 8 14l5.6-3',
  agents: 'M2.5 2.8h11v4h-11zM2.5 9.2h11v4h-11zM5 4.8h.2M5 11.2h.2',
  classes: 'M2.5 4h5l1.2 1.6h4.8v7h-11z',
  statecharts: 'M2 6h4v4H2zM10 2h4v4h-4zM10 10h4v4h-4zM6 8h2V4h2M8 8v4h2',
  history: 'M2.4 8A5.6 5.6 0 1 1 4 11.9M2.4 13v-3h3M8 5v3l2.2 1.4',
  scenarios: 'M2.5 3h11v10h-11zM6.5 5.8v4.4L10.2 8z',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4 14 14',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13 9.4A5.4 5.4 0 0 1 6.6 3a5.4 5.4 0 1 0 6.4 6.4z',
  system: 'M2.5 3.5h11v7.4h-11zM5.6 13.6h4.8',
  keys: 'M1.8 4.5h12.4v7H1.8zM4.4 7h.2M7 7h.2M9.6 7h.2M12 7h.2M5 9.3h6',
  person: 'M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM3 13.6c.6-2.6 2.5-3.8 5-3.8s4.4 1.2 5 3.8',
  close: 'M4 4l8 8M12 4l-8 8',
  next: 'M6 3.5 10.5 8 6 12.5',
  previous: 'M10 3.5 5.5 8 10 12.5',
  info: 'M8 7.4v4M8 4.8v.4M8 1.6a6.4 6.4 0 1 0 0 12.8A6.4 6.4 0 0 0 8 1.6z',
} as const;

export type IconName = keyof typeof PATHS;

const FILLED = new Set<IconName>(['runs', 'stopped']);

export function Icon({ name, size = 14 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path
        d={PATHS[name]}
        fill={FILLED.has(name) ? 'currentColor' : 'none'}
        stroke="currentColor"
        stroke-width="1.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
