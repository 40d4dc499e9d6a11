/** I11: no secret of the drill stands in any log of any process. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { History } from '../history.ts';
import { type Claim, claim } from './claim.ts';

export function checkSecrets({ stage }: History): Claim[] {
  const { canaries, tenant, otherTenant, directory, postgres } = stage;
  const secrets = {
    FAL_KEY: canaries.falKey.split(':').at(-1) ?? '',
    'the webhook secret': canaries.webhookSecret,
    'the key pepper': canaries.keyPepper,
    'an API key': tenant.apiKey,
    "the neighbour's API key": otherTenant.apiKey,
    ...Object.fromEntries(
      stage.endpointSecrets.map((secret, i) => [`the secret of endpoint ${i + 1}`, secret.replace('whsec_', '')]),
    ),
    "the database's password": new URL(postgres.url).password,
  };
  const logs = readdirSync(directory).filter((name) => name.endsWith('.log'));
  let bytes = 0;
  const offenders = logs.flatMap((name) => {
    const text = readFileSync(path.join(directory, name), 'utf8');
    bytes += text.length;
    return Object.entries(secrets).flatMap(([what, secret]) =>
      text.includes(secret) ? [`${what} is in ${name}`] : [],
    );
  });
  return [
    claim(
      'I11',
      'no secret is in any log',
      `${Object.keys(secrets).length} secrets, ${logs.length} logs, ${Math.round(bytes / 1e6)} MB`,
      offenders,
    ),
  ];
}
