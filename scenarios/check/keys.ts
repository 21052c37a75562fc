/**
 * The parts of a key of the store.
 *
 *   held/a1/0000000000000007     section `held`, parts `held`, `a1` and the birth
 */

/** What stands before the first `/`: `held`. */
export const sectionOf = (key: string): string => key.slice(0, Math.max(0, key.indexOf('/')));

export const partsOf = (key: string): readonly string[] => key.split('/');
