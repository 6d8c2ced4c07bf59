import type { ParameterStyle } from '../../openapi/model.ts';

/** How one text holds items or members: what a style and `explode` come down to once the text is decoded. */
export interface TextStyle {
  /** Stands before everything: `.` for label, `;` for matrix. */
  readonly lead: '' | '.' | ';';
  /** Stands before a value or each exploded item: `color=` for matrix. */
  readonly label: string;
  readonly itemDelimiter: string;
  readonly memberDelimiter: string;
  /** Members are written `name=value` instead of name and value in turn. */
  readonly exploded: boolean;
  /** White space around a delimiter does not count: header lists (RFC 9110, section 5.6.1). */
  readonly trimmed: boolean;
}

const DELIMITERS: Readonly<Partial<Record<ParameterStyle, string>>> = {
  spaceDelimited: ' ',
  pipeDelimited: '|',
  tabDelimited: '\t',
};

/**
 * The text style of a parameter (OpenAPI 3.1, 4.8.12.3; RFC 6570). A delimiter counts whether or not it was percent-encoded: texts are
 * decoded first and split then, as clients that encode a whole value expect and most servers do. An item that holds the delimiter
 * is therefore checked as two.
 */
export function textStyle(name: string, style: ParameterStyle, explode: boolean, trimmed: boolean): TextStyle {
  if (style === 'label') {
    const delimiter = explode ? '.' : ',';
    return { lead: '.', label: '', itemDelimiter: delimiter, memberDelimiter: delimiter, exploded: explode, trimmed };
  }
  if (style === 'matrix') {
    const delimiter = explode ? ';' : ',';
    return {
      lead: ';',
      label: `${name}=`,
      itemDelimiter: delimiter,
      memberDelimiter: delimiter,
      exploded: explode,
      trimmed,
    };
  }
  const delimiter = DELIMITERS[style] ?? ',';
  return { lead: '', label: '', itemDelimiter: delimiter, memberDelimiter: delimiter, exploded: explode, trimmed };
}

/** The text of a scalar; null where the style's lead or label is missing. */
export function toScalarText(style: TextStyle, text: string): string | null {
  const lead = style.lead + style.label;
  return text.startsWith(lead) ? text.slice(lead.length) : null;
}

/** The texts of the items; null where the style's lead or label is missing. */
export function toItemTexts(style: TextStyle, text: string): readonly string[] | null {
  if (style.label !== '' && style.exploded) {
    if (!text.startsWith(style.lead)) return null;
    const items: string[] = [];
    for (const part of text.slice(1).split(style.itemDelimiter)) {
      if (!part.startsWith(style.label)) return null;
      items.push(part.slice(style.label.length));
    }
    return items;
  }
  const list = toScalarText(style, text);
  return list === null ? null : split(style, list, style.itemDelimiter);
}

/** Names and values in turn; null where the style's lead is missing, a member has no `=`, or a name has no value. */
export function toMemberTexts(style: TextStyle, text: string): readonly string[] | null {
  if (style.exploded) {
    if (!text.startsWith(style.lead)) return null;
    const members: string[] = [];
    for (const part of split(style, text.slice(style.lead.length), style.memberDelimiter)) {
      const equals = part.indexOf('=');
      if (equals < 0) return null;
      members.push(part.slice(0, equals), part.slice(equals + 1));
    }
    return members;
  }
  const list = toScalarText(style, text);
  if (list === null) return null;
  const members = split(style, list, style.memberDelimiter);
  return members.length % 2 === 0 ? members : null;
}

function split(style: TextStyle, text: string, delimiter: string): readonly string[] {
  const parts = text.split(delimiter);
  return style.trimmed ? parts.map((part) => part.trim()) : parts;
}
