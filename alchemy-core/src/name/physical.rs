//! Physical names: deterministic, legal for their service, and as distinct as their identities.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{Fqn, Generation, Realm, ResourceType, StackName, Stage};

/// Number of base32 characters that keep two names apart: 50 bits, never shortened.
const SUFFIX: usize = 10;

/// What makes a cloud object this one and no other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The state store.
    pub realm: Realm,
    /// The stack.
    pub stack: StackName,
    /// The stage.
    pub stage: Stage,
    /// The resource.
    pub fqn: Fqn,
    /// Its type.
    pub ty: ResourceType,
    /// Which of its objects.
    pub generation: Generation,
}

/// Which letters a service takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseRule {
    /// Only lower case.
    Lower,
    /// Both, compared ignoring case.
    Insensitive,
    /// Both, compared exactly.
    Sensitive,
}

/// What a service asks of a name, from its documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameRule {
    /// Shortest name given by hand, in bytes. (A generated one has 16 and more.)
    pub min: usize,
    /// Longest name in bytes, `ending` included.
    pub max: usize,
    /// Whether `_` is legal; if not it becomes `-`.
    pub underscore: bool,
    /// Characters besides letters, digits, `-` and `_` that a name given by hand may have.
    pub by_hand: &'static str,
    /// Letters.
    pub case: CaseRule,
    /// What the name must end with (`.fifo`), or nothing.
    pub ending: &'static str,
    /// Beginnings that the service reserves; such a name gets `x-` in front.
    pub reserved_prefixes: &'static [&'static str],
    /// Endings that the service reserves. (A suffix of base32 never makes one.)
    pub reserved_suffixes: &'static [&'static str],
}

/// Identity of a record: stays through renames. 26 characters of base32 of the identity it was created under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub String);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Base32 of RFC 4648 in lower case, without padding.
pub(super) fn base32(bytes: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

impl Identity {
    fn hash(&self) -> [u8; 32] {
        let mut sha = Sha256::new();
        let generation = self.generation.0.to_string();
        let parts = [
            "alchemy-name-1",
            self.realm.as_str(),
            self.stack.as_str(),
            self.stage.as_str(),
            self.fqn.as_str(),
            self.ty.as_str(),
            &generation,
        ];
        for part in parts {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part.as_bytes());
        }
        sha.finalize().into()
    }
    /// The 10 characters that end its physical name.
    pub fn suffix(&self) -> String {
        base32(&self.hash())[..SUFFIX].to_owned()
    }
    /// The uid of the record created for it.
    pub fn uid(&self) -> Uid {
        Uid(base32(&self.hash()[..16]))
    }
}

/// The physical name of `identity` under `rule`: `<stack>-<stage>-<id>-<suffix>`, the readable parts shortened
/// as needed. The suffix is never shortened. `rule.max` must leave room for it and three characters.
pub fn physical_name(identity: &Identity, rule: &NameRule) -> String {
    let separator = '-';
    let part = |text: &str| -> String { text.chars().map(|c| legal(c, rule)).collect() };
    let mut parts =
        [part(identity.stack.as_str()), part(identity.stage.as_str()), part(identity.fqn.as_str())];
    let fixed = SUFFIX + 3 + rule.ending.len();
    let mut prefix = "";
    loop {
        let room = rule.max.saturating_sub(fixed + prefix.len());
        shorten(&mut parts, room);
        let readable = parts.join("-");
        let reserved = rule.reserved_prefixes.iter().any(|p| readable.starts_with(p));
        if reserved && prefix.is_empty() {
            prefix = "x-";
            continue;
        }
        return format!("{prefix}{readable}{separator}{}{}", identity.suffix(), rule.ending);
    }
}

fn legal(c: char, rule: &NameRule) -> char {
    match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ if rule.underscore => '_',
        _ => '-',
    }
}

/// Drops last characters of the longest part (ties: id, stack, stage) until all fit into `room`, never below one
/// character, then trailing separators of what was cut.
fn shorten(parts: &mut [String; 3], room: usize) {
    let mut cut = [false; 3];
    while parts.iter().map(String::len).sum::<usize>() > room {
        let longest = parts.iter().map(String::len).max().unwrap_or(0);
        if longest <= 1 {
            break;
        }
        let victim = [2, 0, 1].into_iter().find(|&i| parts[i].len() == longest).unwrap_or(2);
        parts[victim].pop();
        cut[victim] = true;
    }
    for (part, cut) in parts.iter_mut().zip(cut) {
        while cut && part.len() > 1 && part.ends_with(['-', '_']) {
            part.pop();
        }
    }
}
