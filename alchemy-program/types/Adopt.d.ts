/** Taking over objects that exist already. */
import type { Effect } from "effect/Effect"

/** Lets existing objects of the same names be taken over by what it is piped on. */
export declare const adopt: (
  take?: boolean | Effect<boolean, any, any>,
) => <A, E, R>(self: Effect<A, E, R>) => Effect<A, E, R>
export default adopt
