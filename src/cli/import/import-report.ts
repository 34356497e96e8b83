import { type FileHandle, open } from 'node:fs/promises';
import { CommandError } from '../command';

/** Why a row was refused, as the report and the screen say it. */
export interface RefusedRow {
  readonly at: string;
  readonly field: string;
  readonly reason: string;
  readonly description: string;
  /** Of a row that cannot be read: what stands there, or the columns that could be read. */
  readonly text?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * The refused rows as NDJSON: each as `--from ndjson` reads it, with what was wrong beside it in `refused`. Hashes
 * stand in it, so no other user of the machine may read it.
 */
export class ImportReport {
  private constructor(private readonly file: FileHandle | undefined) {}

  /** @throws CommandError when the file is there already, or cannot be made */
  static async open(path: string | undefined): Promise<ImportReport> {
    if (path === undefined) return new ImportReport(undefined);
    try {
      return new ImportReport(await open(path, 'wx', 0o600));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CommandError(
        code === 'EEXIST'
          ? `${path} is there already; name a new file for --report`
          : `${path} cannot be made: ${code}`,
      );
    }
  }

  async add(fields: Readonly<Record<string, unknown>>, refused: RefusedRow): Promise<void> {
    await this.file?.write(`${JSON.stringify({ ...fields, refused })}\n`);
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}
