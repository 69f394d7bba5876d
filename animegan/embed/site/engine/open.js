// What openEngine gives: a drawing comes back as pixels or as an ImageBitmap, as its photo came. engine.d.ts explains the
// calls.

import {EngineError} from './errors.js';

export async function openWith(engine, {style: first, onBytes} = {}) {
  const {styles, ...about} = await engine.start({style: first, onBytes});
  const ids = styles.map(({id}) => id);
  const known = (style = first ?? ids[0]) => {
    if (ids.includes(style)) return style;
    throw new EngineError('no-style', `there is no style '${style}': choose one of ${ids.join(', ')}`);
  };
  try {
    known();
  } catch (error) {
    engine.close();
    throw error;
  }
  const shown = ({id, title, caption, terms, card}) => ({id, title, caption, terms, card: card && new URL(card, engine.base).href});
  return {
    ...about,
    styles: () => styles.map(shown),
    async draw(source, {style, ...options} = {}) {
      const drawn = await engine.draw(source, {...options, style: known(style)});
      return source.data ? drawn : {...drawn, image: await createImageBitmap(drawn.image)};
    },
    async clip(file, {style, ...options} = {}) {
      return engine.clip(file, {...options, style: known(style)});
    },
    frame: async (pixels, {style} = {}) => engine.frame(pixels, {style: known(style)}),
    prefetch: async ({style} = {}) => engine.prefetch({style: known(style)}),
    cancel: () => engine.cancel(),
    close: () => engine.close(),
  };
}
