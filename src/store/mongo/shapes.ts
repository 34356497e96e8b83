const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What no id and no text of ours ever is. */
const NOBODY = '';

/** An id as it may stand in a query; what cannot be one becomes what nothing has. */
export function idOf(id: string): string {
  return typeof id === 'string' && ID.test(id) ? id : NOBODY;
}

/** A text as it may stand in a query. Lone surrogates would become U+FFFD on the wire, and two texts one. */
export function textOf(text: string): string {
  return typeof text === 'string' && text.isWellFormed() ? text : NOBODY;
}
