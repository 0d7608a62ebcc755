/** The pictures on a board, loaded once each and decoded in a size that fits a screen. */

/** Pixels of a side: of 50 megapixels, which the server takes, each picture would hold 200 MB. */
const MOST_SIDE = 2_560;

/** A picture and how large it is on its own. Throws what the browser throws for what is none. */
export async function decoded(file: Blob): Promise<{ bitmap: ImageBitmap; width: number; height: number }> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const scale = MOST_SIDE / Math.max(width, height);
  if (scale >= 1) return { bitmap, width, height };
  try {
    const smaller = await createImageBitmap(bitmap, {
      resizeQuality: "high",
      resizeWidth: Math.max(1, Math.round(width * scale)),
      resizeHeight: Math.max(1, Math.round(height * scale)),
    });
    return { bitmap: smaller, width, height };
  } finally {
    bitmap.close();
  }
}

export class Pictures {
  private readonly loaded = new Map<string, ImageBitmap | null>();

  constructor(
    private readonly fetch: (sha256: string) => Promise<Blob>,
    /** Something is there that was not. */
    private readonly onLoaded: () => void,
  ) {}

  /** Null while it is not there, or if it cannot be had. */
  readonly of = (sha256: string): ImageBitmap | null => {
    const known = this.loaded.get(sha256);
    if (known === undefined) void this.load(sha256);
    return known ?? null;
  };

  /** Takes one that is here already. */
  keep(sha256: string, picture: ImageBitmap): void {
    this.loaded.set(sha256, picture);
    this.onLoaded();
  }

  /** Tries again what could not be had: the connection is back. */
  retry(): void {
    for (const [sha256, picture] of this.loaded) if (!picture) this.loaded.delete(sha256);
  }

  close(): void {
    for (const picture of this.loaded.values()) picture?.close();
    this.loaded.clear();
  }

  private async load(sha256: string): Promise<void> {
    this.loaded.set(sha256, null);
    try {
      this.loaded.set(sha256, (await decoded(await this.fetch(sha256))).bitmap);
      this.onLoaded();
    } catch {
      // It stays grey: nobody can do anything about it here.
    }
  }
}
