//! Physical names: legal for their service and distinct, for adversarial sets of identities and for histories.

use std::collections::BTreeSet;

use alchemy_core::{
    Fqn, Generation, Identity, Realm, ResourceType, StackName, Stage, physical_name,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::service_limits::{Judge, LIMITS};

/// How many cases each property is tried on.
pub(crate) const CASES: u32 = 10_000;
/// Identities in a case that share the readable part of their names.
const SHARING: usize = 50;

/// A runner that keeps no files.
pub(crate) fn runner() -> TestRunner {
    TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() })
}

/// What the identities of a set differ in, though their names read the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Twist {
    Realm,
    Generation,
    StackCase,
    StageSeparator,
    IdCase,
    IdSeparator,
    IdTail,
}

const TWISTS: [Twist; 7] = [
    Twist::Realm,
    Twist::Generation,
    Twist::StackCase,
    Twist::StageSeparator,
    Twist::IdCase,
    Twist::IdSeparator,
    Twist::IdTail,
];

/// The parts of the set's identities before they are twisted.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    stack: String,
    stage: String,
    id: String,
    realm: [u8; 16],
}

/// Legal parts of every length, with many separators and few letters, so that they are alike.
pub(crate) fn base() -> impl Strategy<Value = Base> {
    let text = |len| prop::collection::vec(0_u8..6, len);
    let spell = |letters: &[u8], codes: Vec<u8>| {
        codes.iter().map(|&c| char::from(letters[usize::from(c)])).collect()
    };
    (text(0..45), text(0..45), text(0..45), any::<[u8; 16]>()).prop_map(
        move |(stack, stage, id, realm)| {
            let stack: String = spell(b"aB-_z9", stack);
            let stage: String = spell(b"ab-_z9", stage);
            let id: String = spell(b"aB-_.9", id);
            Base {
                stack: format!("stack{stack}"),
                stage: format!("s{stage}"),
                id: format!("R{id}"),
                realm,
            }
        },
    )
}

/// The `n`th (of 64) upper and lower case spelling of six letters.
fn spelling(n: usize) -> String {
    "letter"
        .bytes()
        .enumerate()
        .map(|(i, b)| char::from(if n >> i & 1 == 1 { b.to_ascii_uppercase() } else { b }))
        .collect()
}

/// Seven letters with the `n`th (of 64) choice of separators between them.
fn separated(n: usize, separators: [char; 2]) -> String {
    let mut text = "a".to_owned();
    for i in 0..6 {
        text.push(separators[n >> i & 1]);
        text.push('b');
    }
    text
}

impl Base {
    /// The `n`th identity of the set; any two differ.
    pub(crate) fn identity(&self, twist: Twist, n: usize, ty: &str) -> Identity {
        let (mut stack, mut stage, mut id, mut realm) =
            (self.stack.clone(), self.stage.clone(), self.id.clone(), self.realm);
        let mut generation = 0;
        match twist {
            Twist::Realm => realm[15] = u8::try_from(n).expect("few"),
            Twist::Generation => generation = u32::try_from(n).expect("few"),
            Twist::StackCase => stack += &spelling(n),
            Twist::StageSeparator => stage += &separated(n, ['-', '_']),
            Twist::IdCase => id += &spelling(n),
            Twist::IdSeparator => id = format!("{id}-/{}", separated(n, ['/', '.'])),
            // Longer than any rule but the log group's leaves room for; never the last character alone.
            Twist::IdTail => id = format!("{id}/{0}/{0}/{0}.{n}x", "y".repeat(60)),
        }
        Identity {
            realm: Realm::from_bits(realm),
            stack: StackName::parse(&stack).expect("legal by construction"),
            stage: Stage::parse(&stage).expect("legal by construction"),
            fqn: Fqn::parse(&id).expect("legal by construction"),
            ty: ResourceType::new(ty),
            generation: Generation(generation),
        }
    }
}

#[test]
fn names_that_read_the_same_are_distinct_and_legal_for_every_type() {
    let judges: Vec<Judge> = LIMITS.iter().map(Judge::new).collect();
    let strategy = (base(), 0..LIMITS.len(), 0..TWISTS.len(), SHARING..64_usize);
    let result = runner().run(&strategy, |(base, kind, twist, count)| {
        let limit = &LIMITS[kind];
        let log_group = limit.length.1 > 256;
        let twist = if log_group && matches!(TWISTS[twist], Twist::IdTail) {
            Twist::IdCase
        } else {
            TWISTS[twist]
        };
        let identities: Vec<Identity> =
            (0..count).map(|n| base.identity(twist, n, limit.ty)).collect();
        let mut names = BTreeSet::new();
        let mut readable = BTreeSet::new();
        for identity in &identities {
            let name = physical_name(identity, &limit.rule);
            if let Some(fault) = judges[kind].fault(&name) {
                return Err(TestCaseError::fail(fault));
            }
            readable.insert(name[..name.len() - 10 - limit.rule.ending.len()].to_owned());
            prop_assert!(names.insert(name.to_ascii_lowercase()), "{name} twice");
        }
        prop_assert_eq!(readable.len(), 1, "they do not read the same: {:?}", readable);
        // The same identity as another type: of all services' names no two are equal.
        for (other, judge) in LIMITS.iter().zip(&judges).filter(|(other, _)| other.ty != limit.ty) {
            let identity = Identity { ty: ResourceType::new(other.ty), ..identities[0].clone() };
            let name = physical_name(&identity, &other.rule);
            if let Some(fault) = judge.fault(&name) {
                return Err(TestCaseError::fail(fault));
            }
            prop_assert!(names.insert(name.to_ascii_lowercase()), "{name} twice");
        }
        Ok(())
    });
    result.unwrap();
}
