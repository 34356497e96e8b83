import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../../../src/files/make-directories';
import { temporaryDirectory } from '../../support/embedded/embedded';

describe('makeDirectories', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await temporaryDirectory();
  });
  const captureCode = (path: string) => {
    try {
      makeDirectories(path);
      return 'made';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };

  test('makes what is missing for the owner only, and leaves what is there', () => {
    mkdirSync(join(parent, 'there'), { mode: 0o755 });
    for (const _ of ['first', 'again']) expect(captureCode(join(parent, 'there', 'a', 'b', 'c'))).toBe('made');
    const modes = ['there', 'there/a', 'there/a/b', 'there/a/b/c'].map(
      (path) => statSync(join(parent, path)).mode & 0o777,
    );
    expect(modes).toEqual([0o755, 0o700, 0o700, 0o700]);
  });

  test('ends with an error where nothing can be made: below a file, and below a link that leads nowhere', () => {
    writeFileSync(join(parent, 'file'), '');
    symlinkSync(join(parent, 'nowhere', 'else'), join(parent, 'link'));
    expect(captureCode(join(parent, 'file', 'a', 'b'))).toBe('ENOTDIR');
    expect(captureCode(join(parent, 'link', 'a', 'b'))).toBe('ENOENT');
  });
});
