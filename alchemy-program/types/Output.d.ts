/** Outputs: values that are known only after another resource has been deployed. */
import type { Pipeable } from "effect/Pipeable"
import type { Redacted } from "effect/Redacted"

export { stackRef } from "./Stack"

/** A value that is known only after a resource has been deployed. It is no `A`: use `map` and `interpolate`. */
export interface Output<out A> extends Pipeable {
  readonly "~alchemy/Output": A
}

/** What an output gives; of a list or an object, what each of its members gives. */
export type Value<T> = T extends Output<infer A>
  ? A
  : T extends Redacted<infer A>
    ? A
    : T extends string | number | boolean | bigint | symbol | null | undefined
      ? T
      : T extends (...args: any) => any
        ? T
        : { [K in keyof T]: Value<T[K]> }

/** Applies `f` to the value once it is known. */
export declare const map: {
  <A, B>(f: (value: A) => B): (self: Output<A>) => Output<B>
  <A, B>(self: Output<A>, f: (value: A) => B): Output<B>
}

/** Several outputs as one, known when all of them are. */
export declare const all: {
  <const T extends ReadonlyArray<unknown>>(values: T): Output<{ -readonly [K in keyof T]: Value<T[K]> }>
  <const T extends Readonly<Record<string, unknown>>>(values: T): Output<{ -readonly [K in keyof T]: Value<T[K]> }>
  <T extends readonly [unknown, unknown, ...Array<unknown>]>(...values: T): Output<{ [K in keyof T]: Value<T[K]> }>
}

/** A text made of outputs: Output.interpolate`${bucket.bucketName}/photos`. */
export declare const interpolate: (
  strings: TemplateStringsArray,
  ...values: ReadonlyArray<Output<unknown> | Redacted<unknown> | string | number | boolean>
) => Output<string>

/** A known value as an output. */
export declare const literal: <T>(value: T) => Output<Value<T>>
/** A known value as an output. */
export declare const of: <T>(value: T) => Output<Value<T>>
/** A known value as an output. */
export declare const succeed: <T>(value: T) => Output<Value<T>>

/** Whether `value` is an output. */
export declare const isOutput: (value: unknown) => value is Output<unknown>
