//! Stack names, resource ids, full names, and physical names by hand and by rule.

use alchemy_core::{
    Fqn, Generation, Identity, LogicalId, NameRule, Realm, ResourceType, StackName, Stage, Uid,
    check_region, name_rules, physical_name,
};

fn identity(stack: &str, stage: &str, fqn: &str) -> Identity {
    Identity {
        realm: Realm::from_bits([7; 16]),
        stack: StackName::parse(stack).expect("a stack name"),
        stage: Stage::parse(stage).expect("a stage"),
        fqn: Fqn::parse(fqn).expect("a full name"),
        ty: ResourceType::new("AWS.SQS.Queue"),
        generation: Generation(0),
    }
}

/// The name without its suffix.
fn readable(stack: &str, stage: &str, fqn: &str, rule: &NameRule) -> String {
    let identity = identity(stack, stage, fqn);
    let name = physical_name(&identity, rule);
    let end = format!("-{}{}", identity.suffix(), rule.ending);
    name.strip_suffix(&end).expect("every name ends with its whole suffix").to_owned()
}

#[test]
fn the_readable_part_is_stack_stage_and_path() {
    let sqs = &name_rules::SQS_QUEUE;
    let s3 = &name_rules::S3_BUCKET;
    assert_eq!(readable("myapp", "pr-147", "photos", sqs), "myapp-pr_147-photos");
    assert_eq!(readable("myapp", "pr-147", "photos", s3), "myapp-pr-147-photos");
    assert_eq!(readable("MyApp", "prod", "Site/Bucket.v2", sqs), "myapp-prod-site_bucket_v2");
    assert_eq!(readable("MyApp", "prod", "Site/Bucket.v2", s3), "myapp-prod-site-bucket-v2");
    assert_eq!(
        physical_name(&identity("myapp", "pr-147", "photos"), sqs).len(),
        "myapp-pr_147-photos-".len() + 10
    );
}

#[test]
fn the_longest_part_is_shortened_first_and_ties_go_id_stack_stage() {
    // 10 characters of suffix and three `-` leave 12 for the parts.
    let rule = NameRule { max: 25, ..name_rules::SQS_QUEUE };
    let table = [
        (("abcd", "efgh", "ijkl"), "abcd-efgh-ijkl"),
        (("abcde", "efgh", "ijkl"), "abcd-efgh-ijkl"),
        (("abcd", "efghi", "ijkl"), "abcd-efgh-ijkl"),
        (("abcde", "efghi", "ijklm"), "abcd-efgh-ijkl"),
        (("abcde", "efghi", "ij"), "abcde-efghi-ij"),
        (("abcdef", "efghij", "ijklmn"), "abcd-efgh-ijkl"),
        (("abcdefghijklmno", "e", "i"), "abcdefghij-e-i"),
        (("a", "e", "ijklmnopqrstuvwxyz"), "a-e-ijklmnopqr"),
        (("a", "efghijkl", "ijklmnop"), "a-efghij-ijklm"),
        (("abc_efgh", "efghijkl", "ijkl"), "abc-efgh-ijkl"),
        (("abcdef", "ef", "i-_-klmnop"), "abcde-ef-i-_-k"),
        (("abcdefgh", "e", "ij.......p"), "abcdef-e-ij"),
    ];
    for ((stack, stage, id), expected) in table {
        // `_` for every other character first, so that the table shows what is cut and not what is replaced.
        let expected = expected.replace("i-_-k", "i___k");
        assert_eq!(readable(stack, stage, id, &rule), expected, "{stack} {stage} {id}");
    }
}

#[test]
fn no_part_is_shortened_to_nothing() {
    let rule = NameRule { max: 16, ..name_rules::SQS_QUEUE };
    assert_eq!(readable("abcdef", "ghijkl", "mnopqr", &rule), "a-g-m");
}

#[test]
fn an_ending_counts() {
    let name = physical_name(
        &identity(&"s".repeat(60), "prod", &"q".repeat(60)),
        &name_rules::SQS_FIFO_QUEUE,
    );
    assert_eq!(name.len(), 80);
    assert_eq!(&name[75..], ".fifo");
}

#[test]
fn reserved_beginnings_get_an_x_in_front() {
    let s3 = &name_rules::S3_BUCKET;
    assert_eq!(readable("xn--app", "prod", "b", s3), "x-xn--app-prod-b");
    assert_eq!(readable("sthree", "prod", "b", s3), "x-sthree-prod-b");
    assert_eq!(readable("Amzn_S3_demo", "prod", "b", s3), "x-amzn-s3-demo-prod-b");
    assert_eq!(readable("amzn-s3", "demo", "b", s3), "x-amzn-s3-demo-b");
    assert_eq!(readable("amzn", "s3_demo", "b", s3), "x-amzn-s3-demo-b");
    // The `-` before the suffix ends the reserved beginning.
    assert_eq!(readable("amzn", "s3", "demo", s3), "x-amzn-s3-demo");
    assert_eq!(readable("amzn", "s3", "demos", s3), "amzn-s3-demos");
    assert_eq!(readable("xn", "prod", "b", s3), "xn-prod-b");
    assert_eq!(readable("sthree", "prod", "b", &name_rules::SQS_QUEUE), "sthree-prod-b");
    let long = physical_name(&identity("sthree", "prod", &"b".repeat(64)), s3);
    assert_eq!(long.len(), 63);
    assert!(long.starts_with("x-sthree-prod-bbb"), "{long}");
}

/// Every way to make stack, stage and id of the words that reserved forms are made of.
#[test]
fn no_generated_name_has_a_reserved_form() {
    let words = [
        "amzn", "s3", "demo", "s3-demo", "demo-", "xn--", "sthree", "s3alias", "x-s3", "table-s3",
        "ol-s3", "mrap",
    ];
    let s3 = &name_rules::S3_BUCKET;
    for stack in words {
        for stage in words {
            for id in words {
                let name = physical_name(&identity(stack, stage, id), s3);
                assert_eq!(s3.check(&name), Ok(()), "{name}");
            }
        }
    }
}

#[test]
fn every_part_of_an_identity_changes_the_suffix() {
    let base = identity("myapp", "prod", "Jobs");
    let mut others = vec![
        Identity { realm: Realm::from_bits([8; 16]), ..base.clone() },
        Identity { ty: ResourceType::new("AWS.S3.Bucket"), ..base.clone() },
        Identity { generation: Generation(1), ..base.clone() },
        identity("Myapp", "prod", "Jobs"),
        identity("myapp", "prod_", "Jobs"),
        identity("myapp", "prod", "jobs"),
        identity("myapp", "prod", "Job/s"),
        identity("myapp", "prod", "Job_s"),
        identity("myapp", "prodj", "obs"),
        base,
    ];
    let suffixes: std::collections::BTreeSet<_> = others.iter().map(Identity::suffix).collect();
    assert_eq!(suffixes.len(), others.len());
    others.dedup();
    let uids: std::collections::BTreeSet<_> = others.iter().map(Identity::uid).collect();
    assert_eq!(uids.len(), 10);
    assert!(uids.iter().all(|uid| uid.as_str().len() == 26));
}

#[test]
fn stack_names_and_ids_are_refused_with_place_and_suggestion() {
    let show = |result: Result<(), alchemy_core::InvalidName>| match result {
        Ok(()) => "taken".to_owned(),
        Err(e) => format!("{} @{:?} → {:?}", e.message, e.at, e.suggestion.unwrap_or_default()),
    };
    let stack = |text: &str| show(StackName::parse(text).map(drop));
    let id = |text: &str| show(LogicalId::parse(text).map(drop));
    let fqn = |text: &str| show(Fqn::parse(text).map(drop));
    assert_eq!(stack("My-app_2"), "taken");
    assert_eq!(
        stack("my app"),
        "a stack name may not contain ` `; it must match [A-Za-z][A-Za-z0-9_-]{0,63} @Some(2) → \"my_app\""
    );
    assert_eq!(
        stack("2fast"),
        "a stack name may not contain `2` at its start; it must match [A-Za-z][A-Za-z0-9_-]{0,63} @Some(0) → \"fast\""
    );
    assert_eq!(id("2.fast-_"), "taken");
    assert_eq!(
        id("Site/Bucket"),
        "a resource id may not contain `/`; it must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63} @Some(4) → \"Site_Bucket\""
    );
    assert_eq!(id(""), "a resource id may not be empty @None → \"\"");
    assert_eq!(fqn("Site/Bucket"), "taken");
    assert_eq!(fqn("Site//Bucket"), "a resource id may not be empty @Some(5) → \"\"");
    assert_eq!(
        fqn("Site/a b/c"),
        "a resource id may not contain ` `; it must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63} @Some(6) → \"Site/a_b/c\""
    );
    assert_eq!(
        fqn(&"\u{e9}/".repeat(100)),
        "a resource's full name may have at most 256 bytes, this one has 300 @None → \"\""
    );
}

#[test]
fn regions_are_told_from_typing_mistakes_by_their_shape() {
    for code in
        ["eu-central-1", "ap-southeast-10", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"]
    {
        assert_eq!(check_region(code), Ok(()), "{code}");
    }
    let table = [
        ("eu-central1", "eu-central-1"),
        ("EU_Central_1", "eu-central-1"),
        (" us-east-1 ", "us-east-1"),
        ("us-east-1a", "us-east-1"),
        ("us-east", ""),
        ("us-1", ""),
        ("us--1", ""),
        ("useast-1", ""),
        ("us-east-100", ""),
        ("us-east-1/../x", ""),
        ("europe-west-1", ""),
        ("Frankfurt", ""),
        ("", ""),
    ];
    for (text, nearest) in table {
        let refused = check_region(text).expect_err(text);
        assert_eq!(refused.suggestion.as_deref().unwrap_or_default(), nearest, "{text}");
    }
}

#[test]
fn names_by_hand_are_checked_against_the_service_s_rule() {
    let show = |rule: &NameRule, name: &str| match rule.check(name) {
        Ok(()) => "taken".to_owned(),
        Err(e) => format!("{} → {}", e.message, e.suggestion.unwrap_or_default()),
    };
    let s3 = &name_rules::S3_BUCKET;
    for name in ["abc", "my.bucket-1", "1.2.3.4.5", "1.2.3.x"] {
        assert_eq!(show(s3, name), "taken");
    }
    let table = [
        ("ab", "it must have 3 to 63 characters, this one has 2 → "),
        ("ö", "it must have 3 to 63 characters, this one has 1 → "),
        ("My_Bucket", "it may not contain `M` → my-bucket"),
        ("my..bucket", "it may not contain two dots in a row → my.bucket"),
        ("-bucket", "it must begin with a letter or a digit → bucket"),
        ("bucket-", "it must end with a letter or a digit → bucket"),
        ("1.2.3.4", "it may not look like an IP address → "),
        ("xn--bucket", "names that begin with `xn--` are reserved → "),
        ("bucket--x-s3", "names that end with `--x-s3` are reserved → "),
        ("bucket.mrap", "names that end with `.mrap` are reserved → "),
    ];
    for (name, expected) in table {
        assert_eq!(show(s3, name), expected);
    }
    let long = "b".repeat(70);
    assert_eq!(
        show(s3, &long),
        format!("it must have 3 to 63 characters, this one has 70 → {}", &long[..63])
    );
    let fifo = &name_rules::SQS_FIFO_QUEUE;
    assert_eq!(show(fifo, "jobs.fifo"), "taken");
    assert_eq!(show(fifo, "jobs"), "it must end with `.fifo` → jobs.fifo");
    assert_eq!(show(fifo, "jo.bs.fifo"), "it may not contain `.` → jo_bs.fifo");
    assert_eq!(show(&name_rules::SQS_QUEUE, "jobs.fifo"), "it may not contain `.` → jobs_fifo");
    assert_eq!(show(&name_rules::IAM_ROLE, "a+b=c,d.e@f"), "taken");
    assert_eq!(show(&name_rules::LOG_GROUP, "/aws/lambda/x"), "taken");
    assert_eq!(
        show(&name_rules::LOG_GROUP, "aws/x"),
        "names that begin with `aws/` are reserved → "
    );
}

#[test]
fn uids_are_ordered_as_their_texts_are() {
    let texts = ["", "a", "a\0", "aaaaaaa", "aaaaaaab", "aaaaaaabz", "aaaaaaac", "b", "é", "é1"];
    for one in texts {
        for other in texts {
            let (uid, other_uid) = (Uid::new(one), Uid::new(other));
            assert_eq!(uid.cmp(&other_uid), one.cmp(other), "{one:?} {other:?}");
            assert_eq!(uid == other_uid, one == other, "{one:?} {other:?}");
        }
    }
}
