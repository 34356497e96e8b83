/** How files begin that hold no text as it is read here, and what to do with each. */
const BEGINNINGS: readonly { readonly bytes: readonly number[]; readonly fault: string }[] = [
  { bytes: [0xff, 0xfe], fault: 'is UTF-16; save it as UTF-8' },
  { bytes: [0xfe, 0xff], fault: 'is UTF-16; save it as UTF-8' },
  { bytes: [0x1f, 0x8b], fault: compressed('gzip', 'gunzip -c') },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], fault: compressed('zstd', 'zstd -dc') },
  { bytes: [0xfd, 0x37, 0x7a, 0x58], fault: compressed('xz', 'xz -dc') },
  { bytes: [0x42, 0x5a, 0x68], fault: compressed('bzip2', 'bzip2 -dc') },
  { bytes: [0x50, 0x4b, 0x03, 0x04], fault: compressed('zip', 'unzip -p') },
];

/** How many bytes of an export `headFault` needs. */
export const HEAD_BYTES = Math.max(...BEGINNINGS.map(({ bytes }) => bytes.length));

/** What is wrong with an export that begins so, or undefined. */
export function headFault(head: Uint8Array): string | undefined {
  return BEGINNINGS.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte))?.fault;
}

function compressed(name: string, command: string): string {
  return `is compressed (${name}); run: ${command} FILE | postern users import - --from FORMAT`;
}
