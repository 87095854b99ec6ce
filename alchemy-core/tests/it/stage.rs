//! Stage names: where they come from, which are taken, and the exact words for those that are not.

use alchemy_core::{Stage, StageSource};

fn resolve(
    flag: Option<&str>,
    var: Option<&str>,
    user: Option<&str>,
    username: Option<&str>,
) -> String {
    match Stage::resolve(flag, var, user, username) {
        Ok((stage, source)) => format!("{stage} from {source}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_first_source_that_is_set_decides() {
    let table = [
        (Some("a"), Some("b"), Some("c"), Some("d"), "a from `--stage`"),
        (None, Some("b"), Some("c"), Some("d"), "b from `$STAGE`"),
        (None, Some(""), Some("c"), Some("d"), "dev_c from the user's name"),
        (None, None, Some("c"), Some("d"), "dev_c from the user's name"),
        (None, None, Some(""), Some("d"), "dev_d from the user's name"),
        (None, None, None, Some("d"), "dev_d from the user's name"),
        (None, None, None, None, "dev_unknown from the user's name"),
        (None, Some(""), Some(""), Some(""), "dev_unknown from the user's name"),
        (
            Some(""),
            Some("b"),
            Some("c"),
            None,
            "invalid stage from `--stage`: a stage may not be empty",
        ),
    ];
    for (flag, var, user, username, expected) in table {
        assert_eq!(resolve(flag, var, user, username), expected);
    }
}

#[test]
fn good_names_are_taken_whole() {
    let longest = "x".repeat(64);
    for name in
        ["a", "0", "prod", "pr-147", "pr_147", "dev_sam", "9lives", "a--b__c", "a-", "a_", &longest]
    {
        assert_eq!(resolve(Some(name), None, None, None), format!("{name} from `--stage`"));
        assert_eq!(resolve(None, Some(name), None, None), format!("{name} from `$STAGE`"));
    }
}

/// The refused text, the character blamed (with the words for its place), its column, and the suggestion.
const BAD: [(&str, &str, usize, &str); 26] = [
    ("PR/42", "`P` at its start", 0, "pr_42"),
    ("pr/42", "`/`", 2, "pr_42"),
    ("Prod", "`P` at its start", 0, "prod"),
    ("prOd", "`O`", 2, "prod"),
    ("-prod", "`-` at its start", 0, "prod"),
    ("_prod", "`_` at its start", 0, "prod"),
    ("--stage", "`-` at its start", 0, "stage"),
    (" prod", "` ` at its start", 0, "prod"),
    ("prod ", "` `", 4, "prod"),
    ("pr 147", "` `", 2, "pr_147"),
    ("feature/login-page", "`/`", 7, "feature_login-page"),
    ("feature//x", "`/`", 7, "feature_x"),
    ("release/v1.2.3", "`/`", 7, "release_v1_2_3"),
    ("v1.2", "`.`", 2, "v1_2"),
    ("a/../b", "`/`", 1, "a_b"),
    ("../b", "`.` at its start", 0, "b"),
    ("dom\\sam", "`\\\\`", 3, "dom_sam"),
    ("sam@host", "`@`", 3, "sam_host"),
    ("a:b", "`:`", 1, "a_b"),
    ("a+b", "`+`", 1, "a_b"),
    ("a*", "`*`", 1, "a"),
    ("$STAGE", "`$` at its start", 0, "stage"),
    ("a\nb", "`\\n`", 1, "a_b"),
    ("a\0b", "`\\0`", 1, "a_b"),
    ("caf\u{e9}", "`\u{e9}`", 3, "caf"),
    ("prod\u{200b}", "`\\u{200b}`", 4, "prod"),
];

#[test]
fn bad_names_are_refused_with_source_mark_and_suggestion() {
    for (name, blamed, column, suggestion) in BAD {
        for (flag, var, source) in [(Some(name), None, "`--stage`"), (None, Some(name), "`$STAGE`")]
        {
            let quoted: String = name.chars().flat_map(char::escape_debug).collect();
            let mark = " ".repeat(column);
            let expected = format!(
                "invalid stage from {source}: a stage may not contain {blamed}; it must match [a-z0-9][-_a-z0-9]*\n    \
                 {quoted}\n    {mark}^\ndid you mean `{suggestion}`?"
            );
            assert_eq!(resolve(flag, var, Some("sam"), None), expected);
        }
    }
}

#[test]
fn names_without_a_legal_character_get_no_suggestion() {
    for (name, blamed) in [
        ("///", "/"),
        ("\u{43f}\u{440}\u{43e}\u{434}", "\u{43f}"),
        ("\u{1f680}", "\u{1f680}"),
        ("--", "-"),
    ] {
        let expected = format!(
            "invalid stage from `--stage`: a stage may not contain `{blamed}` at its start; it must match \
             [a-z0-9][-_a-z0-9]*\n    {name}\n    ^"
        );
        assert_eq!(resolve(Some(name), None, None, None), expected);
    }
}

#[test]
fn a_name_that_is_too_long_is_refused_at_once_and_quoted_in_part() {
    let name = "x".repeat(65);
    let expected = format!(
        "invalid stage from `--stage`: a stage may have at most 64 bytes, this one has 65\n    {head}…\ndid you mean `{head}`?",
        head = &name[..64]
    );
    assert_eq!(resolve(Some(&name), None, None, None), expected);
    for filler in ["x", "A", "/", "\u{1f680}", "\n"] {
        let huge = filler.repeat(100 * 1024 / filler.len());
        let message = resolve(None, Some(&huge), None, None);
        assert!(message.len() < 600, "{} bytes: {message}", message.len());
        assert!(
            message.starts_with("invalid stage from `$STAGE`: a stage may have at most 64 bytes, this one has 102400\n"),
            "{message}"
        );
    }
}

#[test]
fn every_suggestion_is_itself_a_stage() {
    let names = BAD.iter().map(|row| row.0.to_owned()).chain([
        "X".repeat(100),
        "a/".repeat(100),
        "-".repeat(100) + "x",
        "\u{1f680}a".repeat(40),
    ]);
    for name in names {
        let Err(error) = Stage::parse(&name) else { panic!("{name} is taken") };
        if let Some(suggestion) = error.suggestion {
            assert!(Stage::parse(&suggestion).is_ok(), "{name} → {suggestion}");
        }
    }
}

#[test]
fn the_user_s_name_is_brought_into_shape() {
    let table = [
        (Some("sam"), "dev_sam"),
        (Some("Sam.Smith"), "dev_sam_smith"),
        (Some("DOM\\sam"), "dev_dom_sam"),
        (Some("sam@corp.example"), "dev_sam_corp_example"),
        (Some("user name"), "dev_user_name"),
        (Some("sam-smith"), "dev_sam-smith"),
        (Some("_www"), "dev__www"),
        (Some("-x"), "dev_-x"),
        (Some("Jos\u{e9}"), "dev_jos_"),
        (Some("\u{17d}ofie"), "dev__ofie"),
        (Some("\u{212a}elvin"), "dev_kelvin"),
        (Some("\u{417}\u{43e}\u{44f}"), "dev_unknown"),
        (Some("..."), "dev_unknown"),
        (Some(""), "dev_unknown"),
        (None, "dev_unknown"),
    ];
    for (user, expected) in table {
        let stage = Stage::default_for_user(user);
        assert_eq!(stage.as_str(), expected);
        assert_eq!(Stage::parse(expected), Ok(stage));
    }
}

#[test]
fn a_very_long_user_s_name_is_cut() {
    for filler in ["x", "X", "\u{e9}x", "\u{1f680}y", "\u{130}"] {
        let stage = Stage::default_for_user(Some(&filler.repeat(50_000)));
        assert_eq!(stage.as_str().len(), 64);
        assert!(Stage::parse(stage.as_str()).is_ok());
    }
}

#[test]
fn the_source_is_told_along() {
    assert_eq!(
        Stage::resolve(None, None, Some("sam"), None).map(|(_, source)| source),
        Ok(StageSource::Default)
    );
}
