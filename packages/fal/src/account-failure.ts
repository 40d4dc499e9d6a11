/** Tells a locked account from a bad key: fal answers 403 to both, and only the text says which. */

export type AccountFailureKind = 'account_locked' | 'bad_credentials';

export function accountFailureKind(status: 401 | 402 | 403, text: string | null): AccountFailureKind {
  if (status === 402) return 'account_locked';
  return status === 403 && /\blocked\b|exhausted balance/i.test(text ?? '') ? 'account_locked' : 'bad_credentials';
}

export const ACCOUNT_ADVICE: Record<AccountFailureKind, string> = {
  account_locked: 'fal has locked the account; top up its balance at fal.ai/dashboard/billing',
  bad_credentials: 'fal refused the key; check FAL_KEY and the scope of the key',
};
