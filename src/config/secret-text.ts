import type { Diagnostics, Environment } from './environment';
import { errorCode, NotUtf8Error, readTextFile } from './text-file';

/**
 * The text of a secret, from `NAME` or from the file that `NAME_FILE` names, under one rule, so that replicas that are
 * given it in different ways have the same one: one line end at its end is dropped, what is no text is refused, all
 * else counts.
 */
export function readSecretText(name: string, from: Environment, diagnostics: Diagnostics): string | undefined {
  const text = from[name];
  const path = from[`${name}_FILE`];
  if (text && path) {
    diagnostics.faults.push(`${name}: is given twice, as ${name} and as ${name}_FILE; keep one of them`);
    return undefined;
  }
  return path ? readSecretFile(`${name}_FILE`, path, diagnostics) : text && checkSecretText(name, text, diagnostics);
}

function readSecretFile(name: string, path: string, diagnostics: Diagnostics): string | undefined {
  try {
    const text = checkSecretText(name, readTextFile(path), diagnostics);
    if (text === '') diagnostics.faults.push(`${name}: names an empty file; write the secret into it`);
    return text;
  } catch (cause) {
    const fault =
      cause instanceof NotUtf8Error
        ? 'the file holds bytes that are no UTF-8 text; write the secret as text, such as base64'
        : `the file cannot be read (${errorCode(cause)}); check the path and its permissions`;
    diagnostics.faults.push(`${name}: ${fault}`);
    return undefined;
  }
}

function checkSecretText(name: string, given: string, { faults, warnings }: Diagnostics): string | undefined {
  const text = given.replace(/\r?\n$/, '');
  if (/\p{Cc}/u.test(text)) {
    faults.push(`${name}: holds a line end or another control character; write the secret in one line of text`);
    return undefined;
  }
  // What Node makes of bytes in the environment that are no UTF-8: two different secrets could become one.
  if (text.includes('\uFFFD')) {
    faults.push(`${name}: holds bytes that are no UTF-8 text; write the secret as text, such as base64`);
    return undefined;
  }
  if (text.trim() !== text) {
    warnings.push(
      `${name} begins or ends with white space, which is taken as a part of it; remove it if it is not meant`,
    );
  }
  return text;
}
