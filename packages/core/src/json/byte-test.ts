/** Valid, invalid, or not told by the bytes alone: the test on the text then says. */
export type ByteVerdict = 1 | 0 | -1;

/**
 * A test of a text on its UTF-8 bytes, `start` up to but not with `end`, without making a string of them. Whoever calls it has shown the
 * bytes to be valid UTF-8 and to hold no JSON escape. It never says other than the text's own test: where it cannot know, it gives -1.
 * Linear in the bytes; never throws.
 */
export type ByteTest = (bytes: Uint8Array, start: number, end: number) => ByteVerdict;
