import { constants } from 'node:os';
import { isOutOfSpace } from '../../../src/store/embedded/engine/out-of-space';

const { EIO, ENOSPC, EDQUOT, EFBIG, EBADF } = constants.errno;
const fault = (code: number, message: string) => Object.assign(new Error(message), { code });
const PAGE = 'Attempting to write page at position 94208, size 4096, blocks 1';

describe('isOutOfSpace', () => {
  test.each([
    ENOSPC,
    EDQUOT,
    EFBIG,
  ])('takes errno %i of a page that could not be written for a full disk', async (code) => {
    expect(await isOutOfSpace(fault(code, `Refused: ${PAGE}`), '/nowhere/data.mdb')).toBe(true);
  });

  test.each([
    ENOSPC,
    EDQUOT,
    EFBIG,
  ])('takes errno %i of a flush for a failed disk: what reached it is not known', async (code) => {
    expect(await isOutOfSpace(fault(code, 'No space left on device'), '/nowhere/data.mdb')).toBe(false);
  });

  test('takes an error of input and output for a failed disk unless no space is left', async () => {
    expect(await isOutOfSpace(fault(EIO, 'Input/output error'), '/nowhere/data.mdb')).toBe(false);
    expect(await isOutOfSpace(fault(EBADF, `Bad file descriptor: ${PAGE}`), '/nowhere/data.mdb')).toBe(false);
    expect(await isOutOfSpace(new Error(PAGE), '/nowhere/data.mdb')).toBe(false);
  });
});
