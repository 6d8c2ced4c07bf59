import type { UndeclaredMembers } from '../schema/schema-compiler.ts';
import { ClosedSchemas } from './closed-schemas.ts';
import { isObject } from './json-value.ts';
import { Lookalikes } from './lookalikes.ts';
import { textMatchSource } from './text-match.ts';
import { type Discriminator, discriminatorOf } from './walker-discriminator.ts';
import { own, type Schema, UnsupportedShape, type WalkerRoot } from './walker-root.ts';
import {
  countFailures,
  kindsOf,
  literalSources,
  numberSource,
  stringSource,
  type ScalarRules,
} from './walker-scalar-source.ts';
import {
  ARRAY,
  asksMore,
  BOOLEAN,
  EVERY_KIND,
  elementsOf,
  NULL,
  NUMBER,
  OBJECT,
  objectRulesOf,
  type RestRule,
  type Shape,
  STRING,
  shapeOf,
  shapeWith,
  type Union,
} from './walker-shape.ts';

/** Members beyond this many call a function each: V8 does not optimise functions of any length. */
const MAX_INLINE_MEMBERS = 60;

const CONTAINERS = ARRAY | OBJECT;

/** The first bytes that tell the kinds of value apart. */
const DISPATCH: readonly (readonly [kinds: number, condition: string])[] = [
  [OBJECT, 'c===123'],
  [ARRAY, 'c===91'],
  [STRING, 'c===34'],
  [NUMBER, '(c===45||c>=48&&c<=57)'],
  [BOOLEAN, '(c===116||c===102)'],
  [NULL, 'c===110'],
];

/**
 * Writes the bodies of JavaScript functions, one for a shape. Each function takes `(b,n,i,d)`: bytes, their end, where the value starts, arrays
 * and objects around it; it gives the index after the value, `~index` of where it stopped reading a value that fails the schema, or BAIL. Texts of the
 * document get into the source as numbers only, or stay outside it in `tests`.
 */
export class WalkerSource {
  readonly #root: WalkerRoot;
  readonly #rules: ScalarRules;
  readonly #functionFor: (shape: Shape, mode: UndeclaredMembers) => string;
  readonly #shapes = new Map<object, Shape>();
  readonly #closed: ClosedSchemas;
  readonly #kindsOfUnions = new Map<object, number>();

  /** `functionFor` names the function that takes values of a shape. */
  constructor(root: WalkerRoot, rules: ScalarRules, functionFor: (shape: Shape, mode: UndeclaredMembers) => string) {
    this.#root = root;
    this.#closed = new ClosedSchemas(root);
    this.#rules = rules;
    this.#functionFor = functionFor;
  }

  body(shape: Shape, mode: UndeclaredMembers): string {
    return shape.unions.length === 0 ? this.#plainBody(shape, mode) : this.#unionBody(shape, mode);
  }

  /** Of one schema once: branches within branches ask for the same ones over and over. */
  #shape(schemas: readonly Schema[]): Shape {
    const only = schemas.length === 1 ? schemas[0] : undefined;
    if (!isObject(only)) return shapeOf(this.#root, schemas);
    const known = this.#shapes.get(only) ?? shapeOf(this.#root, schemas);
    this.#shapes.set(only, known);
    return known;
  }

  /** Source that takes the value at `i` inside an array or object at nesting `d`. */
  #value(schemas: readonly Schema[], mode: UndeclaredMembers, inline = true): string {
    const shape = this.#shape(schemas);
    if (isFree(shape)) return 'i=skip(b,i,n,d+1);if(i<0||i>=n)return BAIL;';
    // `false` may stand for a member hidden in this direction, which the slow path drops or refuses: not a plain mismatch of a branch.
    if (shape.never) return 'return BAIL;';
    if (inline && shape.unions.length === 0 && (kindsOf(shape) & CONTAINERS) === 0)
      return `c=b[i];${this.#kindChain(shape, mode)}`;
    return `i=${this.#functionFor(shape, mode)}(b,n,i,d+1);if(i<0)return i;if(i>=n)return BAIL;`;
  }

  #plainBody(shape: Shape, mode: UndeclaredMembers): string {
    if (isFree(shape)) return 'return skip(b,i,n,d);';
    return `let c=b[i],j=0,p=0,x=0;${this.#kindChain(shape, mode)}return i;`;
  }

  #kindChain(shape: Shape, mode: UndeclaredMembers): string {
    const kinds = kindsOf(shape);
    const arms: { condition: string; body: string }[] = [];
    if ((kinds & OBJECT) !== 0) arms.push({ condition: 'c===123', body: this.#object(shape, mode) });
    if ((kinds & ARRAY) !== 0) arms.push({ condition: 'c===91', body: this.#array(shape, mode) });
    if ((kinds & STRING) !== 0) arms.push({ condition: 'c===34', body: stringSource(shape, this.#rules) });
    if ((kinds & NUMBER) !== 0)
      arms.push({ condition: 'c===45||c>=48&&c<=57', body: numberSource(shape, this.#rules) });
    arms.push(...literalSources(shape));
    return `${arms.map(({ condition, body }) => `if(${condition}){${body}}else `).join('')}return ~i;`;
  }

  #array(shape: Shape, mode: UndeclaredMembers): string {
    const { first, others } = elementsOf(shape);
    let element = this.#value(others, mode);
    for (const [index, schemas] of [...first.entries()].reverse())
      element = `if(m===${index}){${this.#value(schemas, mode)}}else{${element}}`;
    const failures = countFailures(shape, 'minItems', 'maxItems');
    const unique = shape.leaves.some((leaf) => uniqueOf(leaf));
    return [
      'if(d>=MAXD)return BAIL;let m=0;const a=i;i++;if(b[i]<=32)i=ws(b,i,n);',
      `if(b[i]!==93)for(;;){${element}m++;`,
      'if(b[i]<=32)i=ws(b,i,n);c=b[i];if(c===44){i++;if(b[i]<=32)i=ws(b,i,n);}else if(c===93)break;else return BAIL;}',
      'i++;',
      failures.length === 0 ? '' : `if(${failures.join('||')})return ~i;`,
      unique ? 'if(m>1){x=unique(b,a,i);if(x!==1)return x===0?~i:BAIL;}' : '',
    ].join('');
  }

  /**
   * Undeclared members are left out in runs: a run goes with the commas after it, up to the member that stays; the last run goes with the
   * comma before it. Where the number of members is bounded and one would be left out, the slow path says which number counts.
   */
  #object(shape: Shape, mode: UndeclaredMembers): string {
    const { members, required, unnamed, rest } = objectRulesOf(shape, mode);
    if (members.has('__proto__')) throw new UnsupportedShape('a member that is never taken');
    this.#refuseLookalikes(members, unnamed);
    const list = [...members];
    const inline = list.length <= MAX_INLINE_MEMBERS;
    const words = Math.ceil(list.length / 31);
    const needed = new Array<number>(words).fill(0);
    const cases = list.map(([name, schemas], index) => {
      const word = Math.floor(index / 31);
      const bit = 2 ** (index % 31);
      if (required.has(name)) needed[word] = (needed[word] as number) + bit;
      return `case ${index}:if(s${word}&${bit})return BAIL;s${word}|=${bit};${this.#value(schemas, mode, inline)}break;`;
    });
    const match = textMatchSource(list.map(([name], index) => [name, (length) => `p=${index};i+=${length + 1};`]));
    const failures = countFailures(shape, 'minProperties', 'maxProperties');
    const drops = rest.act === 'drop';
    const seen = needed.map((_, word) => `let s${word}=0;`).join('');
    return [
      `if(d>=MAXD)return BAIL;let m=0;const base=N.top;${seen}${drops ? 'let k=0,e=0,run=-1,prev=-1;' : ''}`,
      'i++;if(b[i]<=32)i=ws(b,i,n);',
      `if(b[i]!==125)for(;;){if(b[i]!==34)return BAIL;${drops ? 'k=i;' : ''}p=-1;`,
      list.length === 0 ? '' : `i++;${match}`,
      `if(p<0){${this.#otherName(rest, list)}}${drops ? 'else if(run>=0){S.cuts.push(run,k);run=-1;}' : ''}m++;`,
      'if(b[i]===58&&b[i+1]>32)i++;else{i=colon(b,i,n);if(i<0)return BAIL;}',
      list.length === 0 ? this.#rest(rest, mode) : `switch(p){${cases.join('')}default:${this.#rest(rest, mode)}}`,
      drops ? `if(p<0){${failures.length > 0 ? 'return BAIL;' : ''}if(run<0)run=k;e=i;}else prev=i;` : '',
      'if(b[i]<=32)i=ws(b,i,n);c=b[i];if(c===44){i++;if(b[i]<=32)i=ws(b,i,n);}else if(c===125)break;else return BAIL;}',
      drops ? 'if(run>=0)S.cuts.push(prev<0?run:prev,e);' : '',
      `i++;S.keys+=m;${rest.act === 'refuse' ? '' : 'N.close(d,base);'}`,
      ...needed.map((bits, word) => (bits === 0 ? '' : `if((s${word}&${bits})!==${bits})return ~i;`)),
      failures.length === 0 ? '' : `if(${failures.join('||')})return ~i;`,
    ].join('');
  }

  /** A name that is asked for and not declared may pass for a declared one, as any other name may. */
  #refuseLookalikes(members: ReadonlyMap<string, unknown>, unnamed: ReadonlySet<string>): void {
    if (this.#rules.lookalikes === null || unnamed.size === 0) return;
    const declared = new Lookalikes([...members.keys()].filter((name) => !unnamed.has(name)));
    if ([...unnamed].some((name) => declared.has(name)))
      throw new UnsupportedShape('a required member that could be taken for another');
  }

  /** Source for a name that is none of the known. */
  #otherName(rest: RestRule, known: readonly (readonly [string, unknown])[]): string {
    const { lookalikes } = this.#rules;
    if (lookalikes === null || rest.act !== 'check' || known.length === 0)
      return otherNameSource(rest, known.length > 0);
    lookalikes.push(new Lookalikes(known.map(([name]) => name)));
    return `i=plainName(b,i-1,n,d,base,K[${lookalikes.length - 1}]);if(i<0)return BAIL;`;
  }

  /** Source for the value of a member that no schema names. */
  #rest(rest: RestRule, mode: UndeclaredMembers): string {
    if (rest.act === 'refuse') return 'return ~i;';
    return this.#value(rest.act === 'drop' ? [] : rest.schemas, mode);
  }

  /**
   * A shape with `anyOf` or `oneOf`: the first byte leaves out the branches of other kinds. Where one branch is left in each union the
   * value is taken by all that applies at once; else the branches of one union are tried, and the value is then taken by what applies.
   */
  #unionBody(shape: Shape, mode: UndeclaredMembers): string {
    const arms = DISPATCH.map(([kinds, condition]) => {
      if ((kinds & kindsOf(shape)) === 0) return '';
      let left: Shape = { ...shape, unions: [] };
      const open: { readonly union: Union; readonly branches: readonly Shape[] }[] = [];
      for (const union of shape.unions) {
        const branches = union.branches
          .map((branch) => this.#shape([branch]))
          .filter((branch) => (this.#kinds(branch) & kinds) !== 0);
        const only = branches[0];
        if (only === undefined) return '';
        if (branches.length === 1) left = shapeWith(left, only, left.unions);
        else open.push({ union, branches });
      }
      const [tried, ...others] = open;
      if (tried === undefined) return `if(${condition})return ${this.#functionFor(left, mode)}(b,n,i,d);`;
      const rest: Shape = shapeWith(
        left,
        { never: false, leaves: [], unions: others.map(({ union }) => union) },
        left.unions,
      );
      const told = kinds === OBJECT ? discriminatorOf(this.#root, tried.branches) : null;
      const choice =
        told === null
          ? this.#trials(tried.union, tried.branches, rest, mode)
          : this.#told(told, tried.branches, rest, mode);
      return `if(${condition}){${choice}}`;
    });
    return `const c=b[i];${arms.join('')}return ~i;`;
  }

  /** Looks for the member that tells the branches apart, and goes on with the one branch it leaves. */
  #told(told: Discriminator, branches: readonly Shape[], rest: Shape, mode: UndeclaredMembers): string {
    this.#rules.names.push(new TextEncoder().encode(told.name));
    const texts = told.texts.flatMap((list, index) =>
      list.map((text): [string, () => string] => [text, () => `p=${index};`]),
    );
    const cases = branches.map(
      (branch, index) =>
        `case ${index}:return ${this.#functionFor(shapeWith(rest, branch, rest.unions), mode)}(b,n,i,d);`,
    );
    return [
      `const q=find(b,i,n,d,D[${this.#rules.names.length - 1}]);if(q===BAIL)return BAIL;`,
      'if((S.fuel-=(q<0?~q:q)-i+8)<0)return BAIL;if(q<0)return q;if(b[q]!==34)return ~q;',
      `const a=i;let p=-1;i=q+1;${textMatchSource(texts)}i=a;switch(p){${cases.join('')}}`,
      'const j=str(b,q+1,n);return j<0||F.escaped?BAIL:~j;',
    ].join('');
  }

  /** Tries every branch by plain JSON Schema at the same place; what a branch reads again is paid for in fuel. */
  #trials(union: Union, branches: readonly Shape[], rest: Shape, mode: UndeclaredMembers): string {
    if (mode === 'strip' && branches.some((branch) => this.#closed.reachedFrom(branch))) {
      // Whether a member that will be dropped keeps a closed branch from matching is for the slow path to say.
      throw new UnsupportedShape('closed objects as branches, while stripping');
    }
    const plain = mode === 'as-declared';
    const any = plain && !union.one;
    // What no alternative names may still pass for what a later one that holds as well declares.
    const first = any && this.#rules.lookalikes === null;
    const again = union.one ? 'return ~i;' : 'return BAIL;';
    const trials = branches.map((branch, index) => {
      const trial = `r=${this.#functionFor(branch, 'as-declared')}(b,n,i,d);if(r===BAIL)return BAIL;`;
      const cost = 'if((S.fuel-=(r<0?~r:r)-i+8)<0)return BAIL;if(r<0)N.rewind(d,top);';
      const hit = `else{${index === 0 || any ? '' : `if(hit>=0){${again}}`}hit=${index};e=r;after=S.keys;}S.keys=keys;`;
      return first ? `if(hit<0){${trial}${cost}${hit}}` : `${trial}${cost}${hit}`;
    });
    let taken: string;
    if (plain && isFree(rest)) taken = 'S.keys=after;return e;';
    else if (plain) taken = `return ${this.#functionFor(rest, mode)}(b,n,i,d);`;
    else {
      const cases = branches.map(
        (branch, index) =>
          `case ${index}:return ${this.#functionFor(shapeWith(rest, branch, rest.unions), mode)}(b,n,i,d);`,
      );
      taken = `switch(hit){${cases.join('')}}return BAIL;`;
    }
    return `let hit=-1,e=0,r=0,after=0;const keys=S.keys,top=N.top;${trials.join('')}if(hit<0)return ~i;${taken}`;
  }

  /** All kinds a shape lets through, unions included. */
  #kinds(shape: Shape): number {
    let kinds = kindsOf(shape);
    for (const union of shape.unions) {
      let allowed = this.#kindsOfUnions.get(union.branches);
      allowed ??= union.branches.reduce((all, branch) => all | this.#kinds(this.#shape([branch])), 0);
      this.#kindsOfUnions.set(union.branches, allowed);
      kinds &= allowed;
    }
    // An integer and a fraction start alike.
    return (kinds & NUMBER) === 0 ? kinds : kinds | NUMBER;
  }
}

/** True when nothing is asked of a value and nothing of it can be undeclared. */
function isFree(shape: Shape): boolean {
  if (shape.never || shape.unions.length > 0 || kindsOf(shape) !== EVERY_KIND) return false;
  return !shape.leaves.some(asksMore);
}

function uniqueOf(leaf: { readonly [keyword: string]: unknown }): boolean {
  const unique = own(leaf, 'uniqueItems');
  if (unique !== undefined && typeof unique !== 'boolean') throw new UnsupportedShape('uniqueItems is a boolean');
  return unique === true;
}

/** Source for a name that is none of the known; `i` is after its opening quote when some are known, else at it. */
function otherNameSource(rest: RestRule, someKnown: boolean): string {
  if (rest.act === 'refuse') return `j=str(b,${someKnown ? 'i' : 'i+1'},n);return j<0||F.escaped?BAIL:~j;`;
  return someKnown
    ? 'i=otherName(b,i-1,n,d,base);if(i<0)return BAIL;'
    : 'i=unknownName(b,i,n,d,base);if(i<0)return BAIL;';
}
