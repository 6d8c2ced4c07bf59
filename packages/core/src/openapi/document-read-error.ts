/**
 * Thrown by a `DocumentReader` for a file that it does not hand out. Readers outside the core need not use this class: an error whose `code`
 * is `DOCUMENT_REFERENCE_FORBIDDEN` is reported as such, any other as a broken reference. The message is for people and names the
 * reference, never what stands in the file.
 */
export class DocumentReadError extends Error {
  override readonly name = 'DocumentReadError';
  readonly code: 'DOCUMENT_REFERENCE_FORBIDDEN' | 'DOCUMENT_REFERENCE_BROKEN';

  constructor(code: DocumentReadError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
