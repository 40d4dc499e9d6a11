/** URLs that lead to an address nobody outside may reach, in every spelling that a parser has been fooled by. */

export const BLOCKED_V4 = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.254', '127.0.0.1', '127.0.0.2'],
  ...['127.1.2.3', '127.255.255.255', '169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255'],
  ...['192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1', '198.19.255.255'],
  ...['198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
];

export const BLOCKED_V6 = [
  ...['::', '::1', '::2', '0:0:0:0:0:0:0:1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1'],
  ...[
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2001:10::1',
    '2002:7f00:1::',
    '3fff::1',
    '4000::1',
    '5f00::1',
    '64:ff9b:1::1',
  ],
  ...['::ffff:0:127.0.0.1', '::ffff:0:a9fe:a9fe', 'e000::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
];

const SPECIAL_NAMES = [
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'foo.bar.localhost.',
    'metadata.google.internal',
    'db.local',
  ],
  ...['intranet', 'router.lan', 'nas.home.arpa', 'x.onion', 'x.invalid', 'x.test', 'x.example', 'redis', 'postgres'],
  ...[
    'localhost%2e',
    'loc%61lhost',
    'ｌｏｃａｌｈｏｓｔ',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'local\u00adhost',
    'a..example.com',
    'db。local',
  ],
];

const OTHER_FORMS = [
  ...[
    '',
    ' ',
    'https://',
    'https:',
    '//127.0.0.1/',
    '127.0.0.1',
    'localhost',
    '/hook',
    'https://[::1',
    'https://[::1%25lo]/',
  ],
  ...[
    'https://[fe80::1%25eth0]/',
    'https://[fe80::1%eth0]/',
    'https://1.2.3.4.5/',
    'https://256.0.0.1/',
    'https://0x/',
  ],
  ...['ftp://example.com/', 'file:///etc/passwd', 'gopher://127.0.0.1:6379/_', 'data:text/plain,x', 'javascript:1'],
  ...[
    'ws://example.com/',
    'wss://127.0.0.1/',
    'unix:/run/docker.sock',
    'http+unix://%2frun%2fdocker.sock/',
    'dict://a.b/',
  ],
  ...[
    'https://user@example.com/',
    'https://user:pw@example.com/',
    'https://:pw@example.com/',
    'https://a.com@127.0.0.1/',
  ],
  ...['https://127.0.0.1#@example.com/', 'https://127.0.0.1?@example.com/', 'https://127.0.0.1\\@example.com/'],
  ...['https:\\\\127.0.0.1\\', 'https:127.0.0.1', 'https:/127.0.0.1', 'https:////127.0.0.1', 'hTTpS://127.0.0.1'],
  ...['https://example.com:22/', 'https://example.com:80/', 'https://example.com:6379/', 'https://example.com:0/'],
  ...['https://example.com:65536/', 'https://example.com:-1/', 'http://example.com/', 'http://example.com:443/'],
  ...['https://exam\nple.com/', 'https://example.com/\r\nHost: x', ' https://example.com/', 'https://example.com/\0'],
  ...['https://exa\tmple.com/', `https://example.com/${'a'.repeat(2048)}`, 'https://example.com /', 'https://\u3000/'],
];

export function hostileUrls(port: number): string[] {
  const hosts = [...BLOCKED_V4.flatMap(spellV4), ...BLOCKED_V6.flatMap(spellV6), ...SPECIAL_NAMES];
  return [
    ...hosts.map((host) => `https://${host}/hook`),
    ...hosts.map((host) => `http://${host}:${port}/hook`),
    ...OTHER_FORMS,
  ];
}

/** inet_aton's forms and what Unicode and percent-encoding make of them. */
export function spellV4(address: string): string[] {
  const parts = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = parts;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (part: number) => part.toString(16);
  const pair = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  return [
    ...[
      address,
      `${address}.`,
      `${whole}`,
      `0x${hex(whole)}`,
      `0X${hex(whole).toUpperCase()}`,
      `0${whole.toString(8)}`,
    ],
    ...[parts.map((part) => `0x${hex(part)}`).join('.'), parts.map((part) => `0${part.toString(8)}`).join('.')],
    ...[`${a}.${whole % 2 ** 24}`, `${a}.${b}.${whole % 2 ** 16}`, `0x${hex(a)}.0${(whole % 2 ** 24).toString(8)}`],
    ...[`000${a.toString(8)}.${b}.${c}.${d}`, address.replaceAll('.', '。'), address.replaceAll('.', '%2e')],
    address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replace(/\d/g, (digit) => `%3${digit}`),
    ...[`[::ffff:${address}]`, `[::ffff:${pair}]`, `[0:0:0:0:0:ffff:${address}]`, `[::${address}]`, `[::${pair}]`],
    ...[`[64:ff9b::${address}]`, `[64:ff9b:1::${pair}]`, `[2002:${pair}::1]`, `[::FFFF:${pair.toUpperCase()}]`],
  ];
}

function spellV6(address: string): string[] {
  return [`[${address}]`, `[${address.toUpperCase()}]`];
}
