import { describe, expect, it } from 'vitest';
import { createSecretBox } from './secret-box.ts';

const box = createSecretBox('a-deployment-secret-of-32-characters');

describe('a sealed secret', () => {
  it('opens again for its owner, and looks different each time', () => {
    const sealed = box.seal('whsec_abc', 'we_1');

    expect(box.open(sealed, 'we_1')).toBe('whsec_abc');
    expect(sealed).not.toContain('abc');
    expect(box.seal('whsec_abc', 'we_1')).not.toBe(sealed);
  });

  it('opens for no other owner and with no other key', () => {
    const sealed = box.seal('whsec_abc', 'we_1');

    expect(box.open(sealed, 'we_2')).toBeNull();
    expect(createSecretBox('another-deployment-secret-of-32-char').open(sealed, 'we_1')).toBeNull();
  });

  it('does not open with any byte changed, cut off or of another version', () => {
    const sealed = box.seal('whsec_abc', 'we_1');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(box.open(`v1.${changed.toString('base64url')}`, 'we_1')).toBeNull();
      expect(box.open(`v1.${bytes.subarray(0, i).toString('base64url')}`, 'we_1')).toBeNull();
    }
    expect(box.open(sealed.replace('v1.', 'v2.'), 'we_1')).toBeNull();
    expect(box.open('', 'we_1')).toBeNull();
  });
});
