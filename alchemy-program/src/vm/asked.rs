//! What a program has asked about its stage.

use std::collections::BTreeSet;

use alchemy_core::Stage;

/// What has been asked so far: see `js/globals/stage.js`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Whether it is one of these, text by text.
    Texts(BTreeSet<String>),
    /// More than that.
    Everything,
}

impl Asked {
    /// Whether all answers are the same for both stages.
    pub(crate) fn alike(&self, one: &Stage, other: &Stage) -> bool {
        let same = |text: &String| (text == one.as_str()) == (text == other.as_str());
        one == other || matches!(self, Self::Texts(texts) if texts.iter().all(same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_alike_if_every_answer_is() {
        let stage = |name: &str| Stage::parse(name).unwrap();
        let texts = |texts: &[&str]| Asked::Texts(texts.iter().map(ToString::to_string).collect());
        let (sam, pr, prod) = (stage("dev_sam"), stage("pr-1"), stage("prod"));
        assert!(texts(&[]).alike(&sam, &prod));
        assert!(texts(&["prod", "Prod", "staging"]).alike(&sam, &pr));
        assert!(!texts(&["prod"]).alike(&sam, &prod));
        assert!(!texts(&["x", "prod"]).alike(&prod, &pr));
        assert!(texts(&["prod"]).alike(&prod, &prod));
        assert!(!Asked::Everything.alike(&sam, &pr));
        assert!(Asked::Everything.alike(&sam, &sam));
    }
}
