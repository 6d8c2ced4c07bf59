/** A file that the reader of documents does not hand out; `code` tells the loader whether it will not or cannot. The message names the reference, never what stands in the file. */
export class DocumentFileError extends Error {
  override readonly name = 'DocumentFileError';
  readonly code: 'DOCUMENT_REFERENCE_FORBIDDEN' | 'DOCUMENT_REFERENCE_BROKEN';

  constructor(code: DocumentFileError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
