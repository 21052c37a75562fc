/**
 * The page that shows Stately's inspector: its own page in a frame, which is told what comes by the socket.
 *
 *   socket of this server ─▶ page ── postMessage ─▶ frame of stately.ai
 *                              ▲ `@statelyai.connected`: only then is the socket opened
 *
 * The frame comes from stately.ai, so it needs the internet, and what is shown is told to that page; it is told to
 * nobody else, since both ways are checked for their origin.
 */

const INSPECTOR = 'https://stately.ai/inspect';
/** Pages of Stately: the inspector may send its frame on to another of them. */
const FRAMES = 'https://stately.ai https://*.stately.ai';

/** What the page may load and whom it may ask; `port` is that of the server. */
export const contentSecurityPolicy = (port: number): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    `frame-src ${FRAMES}`,
    `connect-src 'self' ws://127.0.0.1:${port} ws://localhost:${port}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Lifeline in Stately's inspector</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/page.css">
  </head>
  <body>
    <p id="says" role="status">Loading the inspector from stately.ai …</p>
    <iframe id="inspector" src="${INSPECTOR}" title="Stately's inspector"></iframe>
    <script src="/page.js"></script>
  </body>
</html>
`;

const CSS = `html, body { height: 100%; margin: 0; }
html { color-scheme: light dark; }
body { display: flex; flex-direction: column; font: 14px/1.5 system-ui, sans-serif; }
p { margin: 0; padding: 0.25rem 0.75rem; }
iframe { flex: 1; width: 100%; border: 0; }
`;

const SCRIPT = `'use strict';
const says = document.getElementById('says');
const frame = document.getElementById('inspector');
const isStately = (origin) => /^https:\\/\\/([a-z0-9-]+\\.)*stately\\.ai$/.test(origin);
const OFFLINE = 'stately.ai has not answered. Its inspector needs the internet; without it the dashboard of lifeline shows the same under Statecharts.';
const SILENT_MS = 10_000;
const AGAIN_MS = 1_000;
let socket;

const offline = setTimeout(() => {
  says.textContent = OFFLINE;
  frame.hidden = true;
}, SILENT_MS);

addEventListener('message', ({ source, origin, data }) => {
  if (source !== frame.contentWindow || !isStately(origin)) return;
  if (data?.type !== '@statelyai.connected') return;
  clearTimeout(offline);
  frame.hidden = false;
  if (socket) socket.onclose = null;
  socket?.close();
  listen(origin);
});

function listen(origin) {
  const own = new WebSocket(location.origin.replace('http', 'ws'));
  socket = own;
  own.onopen = () => { says.textContent = 'Connected: what happens is shown as it happens.'; };
  own.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    frame.contentWindow.postMessage(message, origin);
    const { event } = message;
    if (message.type === '@xstate.event' && event.type === 'leftOut') {
      says.textContent = 'Connected: too much happens to show all of it, ' + event.total + ' facts were left out so far.';
    }
  };
  own.onclose = () => {
    says.textContent = 'The bridge does not answer; trying again. Is lifeline still running?';
    setTimeout(() => { if (socket === own) listen(origin); }, AGAIN_MS);
  };
}
`;

/** What is served, by path. */
export const PAGES: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  '/': { type: 'text/html; charset=utf-8', text: HTML },
  '/page.css': { type: 'text/css; charset=utf-8', text: CSS },
  '/page.js': { type: 'text/javascript; charset=utf-8', text: SCRIPT },
};
