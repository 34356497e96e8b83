const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Equal to no id and no text that is stored. */
const NO_MATCH = '\0';

/** Returns the id if it has the shape of one, else a value that matches no document. */
export function queryableId(id: string): string {
  return typeof id === 'string' && ID.test(id) ? id : NO_MATCH;
}

/**
 * Returns the text if UTF-8 can encode it, else a value that matches no document. Lone surrogates would become U+FFFD
 * on
 * the wire, and two texts one.
 */
export function queryableText(text: string): string {
  return typeof text === 'string' && text.isWellFormed() ? text : NO_MATCH;
}
