import { shapes } from './shape.ts';

/** Files that attackers read first, named in the middle of a text; and streams that wrap others. */
export const PATH_SHAPES = shapes('path', [
  ['etc', '(?<=[/\\\\])etc[/\\\\]{1,3}(?:passwd|shadow|master\\.passwd|sudoers)', 4, 'file of the system'],
  ['proc', '(?<=[/\\\\])proc[/\\\\]{1,3}self[/\\\\]', 4, 'file of the system'],
  ['win boot', '(?:win|boot)\\.ini\\b', 4, 'file of the system'],
  [
    'php phar expect jar gopher dict netdoc',
    '(?:(?:php|phar|expect|jar|gopher|dict|netdoc)://|php:(?:filter|input))',
    5,
    'wrapper of a stream',
  ],
]);
