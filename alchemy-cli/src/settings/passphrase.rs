//! Passphrases of sealed state: settings of ours, which a program does not get to see.

use std::collections::BTreeMap;

use alchemy_state::Passphrase;
use zeroize::Zeroizing;

/// The variable with the passphrase that wraps stages' keys.
pub(crate) const PASSPHRASE: &str = "ALCHEMY_PASSPHRASE";

/// The variable with the passphrase that `state rotate` puts in its place.
pub(crate) const NEW_PASSPHRASE: &str = "ALCHEMY_NEW_PASSPHRASE";

/// What the declared environment says of passphrases.
#[derive(Debug, Default)]
pub(crate) struct Passphrases {
    /// The one that is.
    pub(crate) current: Option<Passphrase>,
    /// The one that is to be.
    pub(crate) new: Option<Passphrase>,
}

impl Passphrases {
    /// Takes them out of `environment`.
    pub(crate) fn take(environment: &mut BTreeMap<String, String>) -> Self {
        let mut taken = |name: &str| {
            let text = Zeroizing::new(environment.remove(name)?);
            Passphrase::new(&text)
        };
        Self { current: taken(PASSPHRASE), new: taken(NEW_PASSPHRASE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_does_not_see_them() {
        let given = [(PASSPHRASE, "a"), (NEW_PASSPHRASE, ""), ("TOKEN", "b")];
        let mut environment =
            given.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        let taken = Passphrases::take(&mut environment);
        assert!(taken.current.is_some());
        assert!(taken.new.is_none(), "an empty one counts as unset");
        assert_eq!(environment.keys().collect::<Vec<_>>(), ["TOKEN"]);
    }
}
