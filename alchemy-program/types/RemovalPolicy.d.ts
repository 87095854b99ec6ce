/** What happens to cloud objects when their resources leave the program or their stage is destroyed. */
import type { Effect } from "effect/Effect"

/** Keeps them, for one resource or for all that an Effect declares; `false` deletes them. */
export declare const retain: (
  keep?: boolean | Effect<boolean, any, any>,
) => <A, E, R>(self: Effect<A, E, R>) => Effect<A, E, R>

/** Deletes them. */
export declare const destroy: () => <A, E, R>(self: Effect<A, E, R>) => Effect<A, E, R>
