/** What the types of all resources are made of. */
import type { Duration } from "effect/Duration"
import type { Effect } from "effect/Effect"
import type { Redacted } from "effect/Redacted"
import type { Output } from "../alchemy/Output"
import type { Stack } from "../alchemy/Stack"

/** A value for a prop: the value itself, another resource's output, or an Effect (a `Config` is one) that gives it. */
export type Input<A> = Known<A> | Effect<Known<A>, any, any>

type Known<A> = A | Output<A> | Redacted<A>

/** A length of time with its unit; a bare number is refused. */
export type DurationInput = Duration | `${number} ${DurationUnit}`

type DurationUnit =
  | "millis"
  | "second"
  | "seconds"
  | "minute"
  | "minutes"
  | "hour"
  | "hours"
  | "day"
  | "days"
  | "week"
  | "weeks"

/** What is written down as text. */
export type TextInput = string | number | boolean

/** A JSON document; outputs may stand anywhere inside. */
export type DocumentInput = object

/** A resource that has been described. `yield*` declares it and gives its attributes. */
export interface Resource<out Attributes> extends Effect<Attributes, never, Stack> {}

/** A resource as a class: `class Jobs extends AWS.SQS.Queue<Jobs>()("Jobs") {}`. `yield* Jobs` declares it. */
export interface ResourceClass<out Attributes> extends Resource<Attributes> {
  new (): Attributes
}

type Props<P> = P | Effect<P, any, any>

/** The constructor of a resource type of which no prop must be given. */
export interface ResourceType<Attributes, P> {
  /** Describes a resource called `id` in its namespace. */
  (id: string, props?: Props<P>): Resource<Attributes>
  /** Describes a resource as a class, so that other modules can name it. */
  <Self>(): (id: string, props?: Props<P>) => ResourceClass<Attributes>
}

/** The constructor of a resource type of which some props must be given. */
export interface ResourceTypeWithProps<Attributes, P> {
  /** Describes a resource called `id` in its namespace. */
  (id: string, props: Props<P>): Resource<Attributes>
  /** Describes a resource as a class, so that other modules can name it. */
  <Self>(): (id: string, props: Props<P>) => ResourceClass<Attributes>
}

/** Which cloud a stack's resources live in. */
export interface Providers {
  readonly cloud: string
}

/** Where a stack's state is kept. */
export interface StateStore {
  readonly url: string
}
