//! Physical names: deterministic, legal for their service, and as distinct as their identities.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

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
    /// Shortest name given by hand, in characters. (A generated one has 16 and more.)
    pub min: usize,
    /// Longest name in characters, `ending` included; those that a name may have are ASCII.
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
///
/// Cheap to clone, and ordered by its text; plans compare uids all the time, and nearly always the first bytes decide.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid {
    /// The text's first bytes, padded with zeros: decides like the text does wherever it decides at all.
    head: u64,
    text: Arc<str>,
}

impl Uid {
    /// A uid by its text: the identity's, or what a store wrote down.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let mut head = [0; 8];
        for (to, from) in head.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        Self { head: u64::from_be_bytes(head), text }
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Hash for Uid {
    // The head of an identity's hash is as good as all of it.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.head);
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({:?})", self.text)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
        Uid::new(base32(&self.hash()[..16]))
    }
}

/// The physical name of `identity` under `rule`: `<stack>-<stage>-<id>-<suffix>`, the readable parts shortened
/// as needed. The suffix is never shortened. `rule.max` must leave room for it and three characters.
pub fn physical_name(identity: &Identity, rule: &NameRule) -> String {
    let parts = [
        rule.part(identity.stack.as_str()),
        rule.part(identity.stage.as_str()),
        rule.part(identity.fqn.as_str()),
    ];
    let suffix = identity.suffix();
    let name = |prefix: &str| format!("{}-{suffix}{}", joined(&parts, rule, prefix), rule.ending);
    // The whole name counts: the `-` before the suffix may be the last character of a reserved beginning.
    let plain = name("");
    let reserved = rule.reserved_prefixes.iter().any(|prefix| plain.starts_with(prefix));
    if reserved { name("x-") } else { plain }
}

impl NameRule {
    /// A part of an identity (stack, stage, FQN) as generated names spell it: in lower case, every other character made
    /// `_`, or `-` where the rule has no `_`. Parts are ASCII; a longer name may still be cut.
    pub fn part(&self, text: &str) -> String {
        let other = if self.underscore { '_' } else { '-' };
        let legal = |byte: u8| match byte {
            b'a'..=b'z' | b'0'..=b'9' => char::from(byte),
            b'A'..=b'Z' => char::from(byte.to_ascii_lowercase()),
            _ => other,
        };
        text.bytes().map(legal).collect()
    }
}

/// The parts after `prefix`, shortened to what the rule leaves beside the suffix.
fn joined(parts: &[String; 3], rule: &NameRule, prefix: &str) -> String {
    let fixed = prefix.len() + 3 + SUFFIX + rule.ending.len();
    let lengths = shortened(parts.each_ref().map(String::len), rule.max.saturating_sub(fixed));
    let [stack, stage, id] = [0, 1, 2].map(|i| {
        let cut = &parts[i][..lengths[i]];
        // A separator at a cut would only stand beside another.
        let trimmed =
            if cut.len() < parts[i].len() { cut.trim_end_matches(['-', '_']) } else { cut };
        if trimmed.is_empty() { &cut[..1] } else { trimmed }
    });
    format!("{prefix}{stack}-{stage}-{id}")
}

/// The lengths left when the longest part (ties: id, stack, stage) loses characters until all fit into `room`; none
/// goes below one.
fn shortened(mut lengths: [usize; 3], room: usize) -> [usize; 3] {
    let mut excess = lengths.iter().sum::<usize>().saturating_sub(room);
    while excess > 0 {
        let longest = lengths[0].max(lengths[1]).max(lengths[2]);
        if longest <= 1 {
            break;
        }
        let victim = if lengths[2] == longest { 2 } else { usize::from(lengths[0] != longest) };
        lengths[victim] -= 1;
        excess -= 1;
    }
    lengths
}
