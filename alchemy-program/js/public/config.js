// Effect's Config, with names in lower case besides (`Config.string`, `Config.redacted`).
export * from "effect/Config";
export {
  Boolean as boolean,
  Duration as duration,
  Int as integer,
  Number as number,
  Port as port,
  Redacted as redacted,
  String as string,
} from "effect/Config";
