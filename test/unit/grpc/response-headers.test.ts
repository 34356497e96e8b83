import { encodeGrpcMessage, statusTrailers } from '../../../src/grpc/wire/response-headers';

test.each([
  ['printable ASCII as it is', 'Say "no" ~ once!', 'Say "no" ~ once!'],
  ['the percent sign', '100 % of 5%41', '100 %25 of 5%2541'],
  ['control characters, so that no header is split', 'a\r\nb\x00\x7f', 'a%0D%0Ab%00%7F'],
  ['the bytes of UTF-8', 'ü€😀', '%C3%BC%E2%82%AC%F0%9F%98%80'],
  ['an unpaired surrogate as the replacement character', 'x\ud800y', 'x%EF%BF%BDy'],
])('grpc-message carries %s', (_what, text, encoded) => {
  expect(encodeGrpcMessage(text)).toBe(encoded);
  expect(statusTrailers({ code: 3, message: text }, undefined)['grpc-message']).toBe(encoded);
  expect(decodeURIComponent(encoded)).toBe(Buffer.from(text).toString());
});
