/**
 * Draws with Mermaid, which is loaded when the first picture is shown. Its own colours are taken off: the page's
 * style sheets give each picture those of the theme, and nothing is drawn again when that changes.
 */
import type { Mermaid } from 'mermaid';

let loading: Promise<Mermaid> | undefined;
let count = 0;

function load(): Promise<Mermaid> {
  return (loading ??= import('mermaid').then(prepared, (error: unknown) => {
    // The controller may be away: the next picture asks again.
    loading = undefined;
    throw error;
  }));
}

function prepared({ default: mermaid }: { readonly default: Mermaid }): Mermaid {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    theme: 'base',
    fontSize: 13,
    themeVariables: { fontSize: '13px' },
    fontFamily: getComputedStyle(document.body).fontFamily,
    state: { nodeSpacing: 24, rankSpacing: 28, useMaxWidth: false },
    sequence: {
      useMaxWidth: false,
      mirrorActors: false,
      wrap: false,
      messageMargin: 28,
      actorMargin: 40,
      boxMargin: 4,
      noteMargin: 6,
      diagramMarginX: 8,
      diagramMarginY: 8,
      height: 32,
    },
  });
  return mermaid;
}

/** Draws a text of Mermaid's; without colours. */
export async function drawn(text: string): Promise<SVGSVGElement> {
  const mermaid = await load();
  const { svg } = await mermaid.render(`drawing-${count++}`, text);
  const frame = document.createElement('div');
  frame.innerHTML = svg;
  const picture = frame.querySelector('svg')!;
  for (const style of picture.querySelectorAll('style')) style.remove();
  return picture;
}
