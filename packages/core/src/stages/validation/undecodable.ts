/** A text that cannot be read as what its schema allows. Never holds the text: what a client sent may be a secret. */
export class Undecodable {
  /** JSON Pointer into the value that was being read. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;

  constructor(keyword: string, message: string, pointer = '') {
    this.keyword = keyword;
    this.message = message;
    this.pointer = pointer;
  }
}
