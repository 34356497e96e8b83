/** Control characters, line and paragraph separators. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Characters that turn the order of what stands after them around (UAX #9), so that one text reads like another. */
const BIDI_CONTROLS = /\p{Bidi_Control}/gu;

/**
 * A text of a caller as it may stand in lists that people read: without control characters, which become one space each
 * run, and without bidirectional controls. Emoji and joiners stay.
 */
export function printableText(text: string): string {
  return text.replace(BREAKS, ' ').replace(BIDI_CONTROLS, '').trim();
}
