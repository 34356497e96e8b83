/** A mail as a server got it. */
export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[]; readonly secure: boolean };
  readonly raw: string;
  /** By name in lower case, unfolded; of several of one name the values in their order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly messageId: string;
  readonly text: string;
  readonly html: string;
}

/** Takes a mail of a text and an HTML part apart (RFC 5322, RFC 2045). */
export function readMail(raw: string, envelope: ReceivedMail['envelope']): ReceivedMail {
  const { headers, body } = readPart(raw);
  const [, boundary = ''] = /boundary="?([^";]+)"?/.exec(headers['content-type']?.[0] ?? '') ?? [];
  const parts = boundary === '' ? [raw] : body.split(`--${boundary}`).slice(1, -1);
  const find = (type: string) => {
    const part = parts.map((each) => readPart(each.replace(/^\r\n/, ''))).find(isOfType(type));
    return part === undefined ? '' : decodeBody(part);
  };
  return {
    envelope,
    raw,
    headers,
    messageId: headers['message-id']?.[0] ?? '',
    text: find('text/plain'),
    html: find('text/html'),
  };
}

interface Part {
  readonly headers: Record<string, string[]>;
  readonly body: string;
}

function readPart(raw: string): Part {
  const end = raw.indexOf('\r\n\r\n');
  const headers: Record<string, string[]> = {};
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const [name = '', ...value] = line.split(':');
    headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value.join(':').trim()];
  }
  return { headers, body: raw.slice(end + 4) };
}

const isOfType =
  (type: string) =>
  ({ headers }: Part) =>
    headers['content-type']?.[0]?.startsWith(type);

function decodeBody({ headers, body }: Part): string {
  const encoding = headers['content-transfer-encoding']?.[0]?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body.replaceAll('\r\n', '\n');
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n');
}
