import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileRegistry, type DescFile, type FileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** Written by `buf build`, with all comments; found from `src/grpc` and from `dist/grpc` alike. */
export const DESCRIPTOR_SET = join(__dirname, '..', '..', 'proto', 'descriptors.binpb');

/** The proto files of this server as descriptors. */
export class Descriptors {
  readonly #registry: FileRegistry;

  constructor(set: Uint8Array = readFileSync(DESCRIPTOR_SET)) {
    this.#registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
  }

  services(): string[] {
    return [...this.#registry]
      .filter((type) => type.kind === 'service')
      .map(({ typeName }) => typeName)
      .sort();
  }

  /** The encoded file and all that it imports, itself first. */
  fileNamed(name: string): Buffer[] | undefined {
    const file = this.#registry.getFile(name);
    return file === undefined ? undefined : closure(file);
  }

  /** The same for the file that declares a type, a service, or a member of one. */
  fileDeclaring(symbol: string): Buffer[] | undefined {
    const parent = symbol.slice(0, symbol.lastIndexOf('.'));
    const type = this.#registry.get(symbol) ?? this.#registry.get(parent);
    return type === undefined ? undefined : closure(type.file);
  }
}

function closure(file: DescFile): Buffer[] {
  const found = new Set<DescFile>();
  const visit = (next: DescFile): void => {
    if (found.has(next)) return;
    found.add(next);
    next.dependencies.forEach(visit);
  };
  visit(file);
  return [...found].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
}
