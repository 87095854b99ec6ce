/** Renaming resources without replacing their objects. */
import type { Effect } from "effect/Effect"

/**
 * The resource it is piped on was called this before: a name in the same namespace, or `{ fqn }` for a full one. Its
 * object, physical name and generation move to it.
 */
export declare const renamedFrom: (
  ...names: ReadonlyArray<string | { readonly fqn: string }>
) => <A, E, R>(self: Effect<A, E, R>) => Effect<A, E, R>
export default renamedFrom
