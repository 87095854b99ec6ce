/** The rule for names of stages, as the command line has it. Knows no editor. */

const LONGEST = 64;

/** What is wrong with a name, or nothing. */
export function problemOfStageName(name: string): string | undefined {
  if (name === "") return "A stage has a name.";
  const bad = [...name].find((character) => !/[-_a-z0-9]/.test(character));
  if (bad !== undefined) {
    const better = suggestion(name);
    return `\`${bad}\` may not stand in a stage: lower-case letters, digits, \`-\` and \`_\` may.` + (better === undefined ? "" : ` Did you mean \`${better}\`?`);
  }
  if (!/^[a-z0-9]/.test(name)) return "A stage begins with a lower-case letter or a digit.";
  if (name.length > LONGEST) return `A stage has at most ${LONGEST} characters; this one has ${name.length}.`;
  return undefined;
}

function suggestion(name: string): string | undefined {
  const better = name
    .toLowerCase()
    .replace(/[^-_a-z0-9]+/g, "_")
    .replace(/^[-_]+/, "")
    .slice(0, LONGEST);
  return better === "" ? undefined : better;
}
