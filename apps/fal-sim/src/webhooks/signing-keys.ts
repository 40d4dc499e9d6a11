import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** The DER bytes that come before a raw 32-byte ED25519 private key in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly kid: string;
}

/** Keys follow from the seed and their number, so a restarted simulator signs with the same ones. */
export class SigningKeys {
  readonly #seed: number;
  readonly #keys: KeyObject[] = [];

  constructor(seed: number, rotations = 0) {
    this.#seed = seed;
    for (let n = 0; n <= rotations; n += 1) this.rotate();
  }

  /** Old keys stay in the published set: what they signed may still be on its way. */
  rotate(): void {
    this.#keys.push(deriveKey(this.#seed, this.#keys.length));
  }

  sign(message: string): string {
    return sign(null, Buffer.from(message), this.#current()).toString('hex');
  }

  publicKeys(): PublicJwk[] {
    return this.#keys.map((key, n) => {
      const { kty = '', crv = '', x = '' } = createPublicKey(key).export({ format: 'jwk' });
      return { kty, crv, x, kid: `fal-sim-${n}` };
    });
  }

  #current(): KeyObject {
    const key = this.#keys.at(-1);
    if (!key) throw new Error('a signing key exists from the start');
    return key;
  }
}

function deriveKey(seed: number, n: number): KeyObject {
  const secret = createHash('sha256').update(`fal-sim webhook key ${seed} ${n}`).digest();
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: 'der', type: 'pkcs8' });
}
