import { randomUUID } from 'node:crypto';

export interface Upload {
  readonly id: string;
  readonly fileName: string;
  readonly contentType: string;
  /** Null until the file was put. */
  bytes: Buffer | null;
}

export interface UploadLimits {
  readonly filesMax: number;
  readonly bytesMax: number;
}

/** Uploaded files, in memory alone: the oldest make room for new ones, as files expire on fal. */
export class UploadStore {
  readonly #limits: UploadLimits;
  readonly #uploads = new Map<string, Upload>();
  #bytesKept = 0;

  constructor(limits: UploadLimits) {
    this.#limits = limits;
  }

  begin(fileName: string, contentType: string): Upload {
    const upload: Upload = { id: randomUUID(), fileName, contentType, bytes: null };
    this.#uploads.set(upload.id, upload);
    this.#makeRoom();
    return upload;
  }

  find(id: string): Upload | undefined {
    return this.#uploads.get(id);
  }

  put(upload: Upload, bytes: Buffer): void {
    this.#bytesKept += bytes.length - (upload.bytes?.length ?? 0);
    upload.bytes = bytes;
    this.#uploads.delete(upload.id);
    this.#uploads.set(upload.id, upload);
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const oldest of this.#uploads.values()) {
      if (this.#uploads.size <= this.#limits.filesMax && this.#bytesKept <= this.#limits.bytesMax) return;
      this.#uploads.delete(oldest.id);
      this.#bytesKept -= oldest.bytes?.length ?? 0;
    }
  }
}
