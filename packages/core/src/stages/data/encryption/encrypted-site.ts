import type { MarkedValue } from '../marked-value.ts';

/** Where a value that is encrypted comes to stand. */
export interface EncryptedSite {
  /** A patch puts it into an item of a list. */
  readonly inList: boolean;
  /** Whether something can be put into a member beside it. */
  readonly hasRoom: boolean;
  setBeside(name: string, text: string | null): void;
}

export type SiteVisitor = (value: MarkedValue, site: EncryptedSite) => void;

/** The site of a value that stands in the body where it will stand in the record. */
export function siteOf(value: MarkedValue, inList: boolean): EncryptedSite {
  return { inList, hasRoom: value.hasRoomBeside(), setBeside: (name, text) => value.setBeside(name, text) };
}
