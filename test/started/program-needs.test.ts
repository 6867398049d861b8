import test from 'ava';
import fc from 'fast-check';
import { programNeeds } from '../../src/started/program-needs.js';
import { elf } from '../initrd/helpers/elf.js';

function words(text: string): readonly string[] | undefined {
  const needs = programNeeds(Buffer.from(text));
  return needs && [...needs.interpreters, ...needs.words];
}

test('a shell script: its interpreter and what may be commands and files, not its comments', (t) => {
  const script =
    '#!/bin/sh -e\n# install nothing\n. /lib/lsb/init-functions\nDAEMON=/usr/sbin/exim4\nlog "$x"\n';
  t.deepEqual(words(script), [
    '/bin/sh',
    '/lib/lsb/init-functions',
    'DAEMON',
    '/usr/sbin/exim4',
    'log',
    'x',
  ]);
});

test('of other scripts only what runs them is known', (t) => {
  t.deepEqual(words('#!/usr/bin/env python3\nimport os\n'), ['/usr/bin/env', 'python3']);
  t.deepEqual(words('#! /usr/bin/perl -w\nuse strict;\n'), ['/usr/bin/perl']);
  t.deepEqual(words('#!/usr/bin/env bash\ncat'), ['/usr/bin/env', 'bash', 'cat']);
});

test('headers of a program; nothing of other files', (t) => {
  t.deepEqual(programNeeds(elf({ needed: ['libc.so.6'] }))?.elf?.needed, ['libc.so.6']);
  for (const other of ['', '#', 'text', '\x7fELF'])
    t.is(programNeeds(Buffer.from(other)), undefined);
});

test('a long file is no script, and a script has so many words', (t) => {
  t.is(words(`#!/bin/sh\n${'x '.repeat(200_000)}`), undefined);
  const many = Array.from({ length: 20_000 }, (_, index) => `w${index}`).join('\n');
  t.is(words(`#!/bin/sh\n${many}`)?.length, 4097);
});

test('whatever the bytes are, there is an answer', (t) => {
  const start = fc.constantFrom('#!', '#!/bin/sh\n', '\x7fELF\x01\x01', '');
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, rest) => {
      const needs = programNeeds(Buffer.concat([Buffer.from(head, 'latin1'), rest]));
      t.true(needs === undefined || !needs.words.includes(''));
    }),
  );
});
