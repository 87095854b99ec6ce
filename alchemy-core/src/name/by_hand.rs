//! Names given by hand: used verbatim, so they must be what the service takes.

use super::{CaseRule, InvalidName, NameRule};

impl NameRule {
    /// Takes a name that the program gives, or says what the service would not take in it; reserved forms count.
    pub fn check(&self, name: &str) -> Result<(), InvalidName> {
        match self.fault(name) {
            Some((message, at)) => Err(InvalidName { message, at, suggestion: self.nearest(name) }),
            None => Ok(()),
        }
    }

    fn fault(&self, name: &str) -> Option<(String, Option<usize>)> {
        let (min, max, len) = (self.min, self.max, name.chars().count());
        if len < min || len > max {
            return Some((
                format!("it must have {min} to {max} characters, this one has {len}"),
                None,
            ));
        }
        let stem = name.strip_suffix(self.ending).unwrap_or(name);
        if let Some((at, c)) = stem.char_indices().find(|(_, c)| !self.takes(*c)) {
            return Some((format!("it may not contain `{}`", c.escape_debug()), Some(at)));
        }
        if !name.ends_with(self.ending) {
            return Some((format!("it must end with `{}`", self.ending), None));
        }
        if let Some(prefix) = self.reserved_prefixes.iter().find(|p| name.starts_with(**p)) {
            return Some((format!("names that begin with `{prefix}` are reserved"), Some(0)));
        }
        if let Some(suffix) = self.reserved_suffixes.iter().find(|s| name.ends_with(**s)) {
            return Some((
                format!("names that end with `{suffix}` are reserved"),
                Some(name.len() - suffix.len()),
            ));
        }
        let (message, at) =
            if self.case == CaseRule::Lower { host_name_fault(name)? } else { return None };
        Some((message.to_owned(), Some(at)))
    }

    fn takes(&self, c: char) -> bool {
        match c {
            'a'..='z' | '0'..='9' | '-' => true,
            'A'..='Z' => self.case != CaseRule::Lower,
            '_' => self.underscore,
            c => self.by_hand.contains(c),
        }
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let fill = if self.underscore { '_' } else { '-' };
        let lower = self.case == CaseRule::Lower;
        let stem = name
            .strip_suffix(self.ending)
            .unwrap_or(name)
            .chars()
            .take(self.max - self.ending.len());
        let mut fixed = String::new();
        for c in stem.map(|c| if lower { c.to_ascii_lowercase() } else { c }) {
            let c = if self.takes(c) { c } else { fill };
            if !(lower && c == '.' && fixed.ends_with('.')) {
                fixed.push(c);
            }
        }
        let kept = if lower { fixed.trim_matches(['-', '.']) } else { &fixed };
        let fixed = format!("{kept}{}", self.ending);
        (fixed != name && self.fault(&fixed).is_none()).then_some(fixed)
    }
}

/// What keeps a name from being part of a host name, as names in lower case are.
fn host_name_fault(name: &str) -> Option<(&'static str, usize)> {
    let edge = |c: char| c.is_ascii_alphanumeric();
    if !name.starts_with(edge) {
        return Some(("it must begin with a letter or a digit", 0));
    }
    if !name.ends_with(edge) {
        return Some(("it must end with a letter or a digit", name.len() - 1));
    }
    if let Some(at) = name.find("..") {
        return Some(("it may not contain two dots in a row", at));
    }
    let parts: Vec<&str> = name.split('.').collect();
    let address =
        parts.len() == 4 && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    address.then_some(("it may not look like an IP address", 0))
}
