const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_NAME_LENGTH = 1024;

/** Whether a text can be the id of anything; no other reaches a query. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text);
}

/** Whether a text can be a comparison key; no other reaches a query. Lone surrogates would become U+FFFD on the wire. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_NAME_LENGTH && text.isWellFormed();
}
