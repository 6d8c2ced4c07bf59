import type { ByteTest } from '../../json/byte-test.ts';
import { type CharSet, complement, overlaps } from './char-set.ts';
import { parsePattern } from './parse-pattern.ts';
import { ACCEPT, type GraphNode, PatternGraph } from './pattern-graph.ts';

/** Work that making a table may cost: some milliseconds. Beyond, the pattern is run on texts. */
const MAX_STEPS = 50_000;
const MAX_NODES = 4000;
/** Offsets in a table are 16 bits wide. */
const MAX_CELLS = 65_536;

const BEYOND_ASCII = complement([0, 0x7f]);

/** The states before all others: no match whatever follows, a match whatever follows, and one that bytes do not tell. */
const DEAD = 0;
const MATCHED = 1;
const UNKNOWN = 2;

/**
 * Compiles a pattern, as `compilePattern` reads it, to a table that is walked with one look a byte: no backtracking, so patterns that cost
 * other engines polynomial or exponential time are linear here. Every text of ASCII is told; a character beyond it is told where
 * the pattern treats all of those alike, else the verdict is -1.
 *
 * Null for what tables do not do (word boundaries, lookaround, backreferences, syntax that `parsePattern` does not read) and where the
 * table would be large or slow to make: then the pattern is run on the text. Expects what `new RegExp` accepts.
 */
export function compileBytePattern(source: string): ByteTest | null {
  try {
    return new TableWriter(new PatternGraph(parsePattern(source, isUnicode(source)), MAX_NODES)).write();
  } catch (error) {
    // A SyntaxError is syntax that is not read, a RangeError a graph or a table too large.
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

function isUnicode(source: string): boolean {
  try {
    return new RegExp(source, 'u').unicode;
  } catch {
    return false;
  }
}

type SetNode = Extract<GraphNode, { kind: 'set' }>;

/** Rows are states, columns are classes of bytes that no set of the pattern tells apart; the last column says whether the text may end. */
class TableWriter {
  readonly #graph: PatternGraph;
  /** By byte, its column. */
  readonly #columns = new Uint8Array(256);
  /** By column of ASCII, a byte in it. */
  readonly #samples: number[] = [];
  readonly #rows: number[][] = [];
  /** States by the nodes they stand for. */
  readonly #states = new Map<string, number>();
  /** States whose rows are to be filled. */
  readonly #open: { readonly row: number[]; readonly sets: readonly SetNode[] }[] = [];
  #width = 0;
  #steps = 0;

  constructor(graph: PatternGraph) {
    this.#graph = graph;
  }

  write(): ByteTest {
    this.#classify();
    const others = this.#samples.length;
    this.#width = others + 3;
    this.#columns.fill(others, 0xc0);
    // A byte that continues a character leaves the state where the first byte led.
    this.#columns.fill(others + 1, 0x80, 0xc0);
    for (const state of [DEAD, MATCHED, UNKNOWN]) this.#rows.push(new Array<number>(this.#width).fill(state));
    const first = this.#state([this.#graph.entry], true);
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      const { row, sets } = next;
      for (const [column, byte] of this.#samples.entries())
        row[column] = this.#after(sets.filter(({ set }) => this.#holds(set, byte)));
      const beyond = sets.filter(({ set }) => overlaps(set, BEYOND_ASCII));
      row[others] = beyond.every(({ set }) => holdsAllBeyondAscii(set)) ? this.#after(beyond) : UNKNOWN;
    }
    const table = new Uint16Array(this.#rows.length * this.#width);
    for (const [state, row] of this.#rows.entries()) {
      const last = this.#width - 1;
      for (const [column, cell] of row.entries())
        table[state * this.#width + column] = column === last ? cell : cell * this.#width;
    }
    return tableTest(this.#columns, table, this.#width, first);
  }

  /** Gives the bytes of ASCII that the same sets hold one column. */
  #classify(): void {
    const sets = new Map<string, CharSet>();
    for (const node of this.#graph.nodes) if (node.kind === 'set') sets.set(node.set.join(), node.set);
    const columns = new Map<string, number>();
    for (let byte = 0; byte < 0x80; byte++) {
      const holders = [...sets.values()].map((set) => (this.#holds(set, byte) ? '1' : '0')).join('');
      const column = columns.get(holders) ?? columns.size;
      if (column === columns.size) {
        columns.set(holders, column);
        this.#samples.push(byte);
      }
      this.#columns[byte] = column;
    }
  }

  /** The state after a character that these sets took. Where the pattern allows it a match may also begin there. */
  #after(taken: readonly SetNode[]): number {
    return this.#state([...taken.map(({ next }) => next), this.#graph.entry], false);
  }

  #state(from: readonly number[], atStart: boolean): number {
    const reached = this.#reach(from, atStart, false);
    if (reached.has(ACCEPT)) return MATCHED;
    const sets: SetNode[] = [];
    const ids: number[] = [];
    let mayEnd = false;
    for (const id of [...reached].sort((a, b) => a - b)) {
      const node = this.#graph.nodes[id];
      if (node?.kind === 'end') mayEnd ||= this.#reach(from, atStart, true).has(ACCEPT);
      if (node?.kind !== 'set') continue;
      sets.push(node);
      ids.push(id);
    }
    if (ids.length === 0 && !mayEnd) return DEAD;
    const key = `${ids.join()} ${String(mayEnd)}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state = this.#rows.length;
    if ((state + 1) * this.#width > MAX_CELLS) throw new RangeError('the table is too large');
    const row = new Array<number>(this.#width).fill(state);
    row[this.#width - 1] = mayEnd ? 1 : 0;
    this.#rows.push(row);
    this.#states.set(key, state);
    this.#open.push({ row, sets });
    return state;
  }

  /** Every node that is reached without another character. */
  #reach(from: readonly number[], atStart: boolean, atEnd: boolean): ReadonlySet<number> {
    const reached = new Set<number>();
    const open = [...from];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      this.#step();
      const node = this.#graph.nodes[id];
      if (node === undefined || reached.has(id)) continue;
      reached.add(id);
      if (node.kind === 'fork') open.push(...node.next);
      else if ((node.kind === 'start' && atStart) || (node.kind === 'end' && atEnd)) open.push(node.next);
    }
    return reached;
  }

  #holds(set: CharSet, byte: number): boolean {
    this.#step();
    for (let at = 0; at < set.length && (set[at] as number) <= byte; at += 2)
      if (byte <= (set[at + 1] as number)) return true;
    return false;
  }

  #step(): void {
    if (++this.#steps > MAX_STEPS) throw new RangeError('the table costs too much to make');
  }
}

function holdsAllBeyondAscii(set: CharSet): boolean {
  return !overlaps(complement(set), BEYOND_ASCII);
}

function tableTest(columns: Uint8Array, table: Uint16Array, width: number, first: number): ByteTest {
  const matched = MATCHED * width;
  const lastTold = UNKNOWN * width;
  const begin = first * width;
  const endColumn = width - 1;
  return (bytes, start, end) => {
    let row = begin;
    for (let at = start; at < end; at++) {
      row = table[row + (columns[bytes[at] as number] as number)] as number;
      if (row <= lastTold) return row === matched ? 1 : row === DEAD ? 0 : -1;
    }
    return table[row + endColumn] === 1 ? 1 : 0;
  };
}
