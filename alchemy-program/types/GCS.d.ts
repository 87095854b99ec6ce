/** Google Cloud Storage, as a place for state. */
import type { StateStore } from "../internal/resource"

/** State in a bucket, as in `gs://my-state/team`. */
export declare const state: (url: string) => StateStore
