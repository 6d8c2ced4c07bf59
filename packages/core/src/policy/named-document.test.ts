import { expect, test } from 'vitest';
import { namedDocument } from './named-document.ts';

test.each([
  ['api: a.yaml\nnonsense: 1\n', { document: 'a.yaml', folders: [] }],
  ['apiFolders: [x, ../y]\napi: a.yaml\n', { document: 'a.yaml', folders: ['x', '../y'] }],
  ['upstream: http://127.0.0.1:1\n', null],
  ['api: [a.yaml]\n', null],
  ['api: ""\n', null],
  ['api: ${env:API}\n', null],
  ['api: a.yaml\napiFolders: [1]\n', null],
  ['- api: a.yaml\n', null],
  ['api: [\n', null],
  ['', null],
])('namedDocument reads what %j says of its document', (text, expected) => {
  expect(namedDocument({ file: 'sallyport.yaml', text })).toEqual(expected);
});
