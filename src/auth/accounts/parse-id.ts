import type { FieldCheck } from './account-fields';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The id in lower case, as it is stored (RFC 9562 section 4: input is case-insensitive); undefined when the text is no
 * id.
 */
export function parseId(text: string): string | undefined {
  const id = text.toLowerCase();
  return UUID.test(id) ? id : undefined;
}

/** Reads a field that must be an id; adds the violation when it is none, and gives the empty text then. */
export function readId(check: FieldCheck, field: string, text: string): string {
  const id = parseId(text);
  check.add(field, id === undefined ? idFault(text) : undefined);
  return id ?? '';
}

function idFault(text: string): string {
  return text === '' ? 'Give an id' : 'Must be an id such as 0198c5f2-6a1b-7c3d-8e4f-5a6b7c8d9e0f';
}
