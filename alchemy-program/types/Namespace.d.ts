/** Namespaces: `Site/Bucket` and `Blog/Bucket` in one stack. */
import type { Effect } from "effect/Effect"

export interface Namespace {
  /** Puts what `self` declares under `segment/`. */
  <A, E, R>(segment: string, self: Effect<A, E, R>): Effect<A, E, R>
  (segment: string): <A, E, R>(self: Effect<A, E, R>) => Effect<A, E, R>
  /** Puts what it is piped on under `segment/`. */
  readonly push: (segment: string) => <A, E, R>(self: Effect<A, E, R>) => Effect<A, E, R>
}

export declare const Namespace: Namespace
export default Namespace

/** Puts what it is piped on under `segment/`. */
export declare const push: (segment: string) => <A, E, R>(self: Effect<A, E, R>) => Effect<A, E, R>
