//! `alchemy stage rebind`. The cloud is a listener on this machine that says which account the credentials are of.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use insta::assert_snapshot;

use crate::env::{CommandOutput, TestEnv};
use crate::given::{deployed, destroyed, pinned_elsewhere};

/// A project whose credentials are of this account, in eu-west-1.
fn reaching(id: &str) -> TestEnv {
    TestEnv::new()
        .with("AWS_ENDPOINT_URL", &account(id))
        .with("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "example")
        .with("AWS_REGION", "eu-west-1")
}

/// The address of a service that answers every request with this account.
fn account(id: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{id}:user/sam</Arn><UserId>AIDAEXAMPLE</UserId><Account>{id}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while !is_whole(&request) {
                match stream.read(&mut part) {
                    Ok(read @ 1..) => request.extend_from_slice(&part[..read]),
                    _ => break,
                }
            }
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    format!("http://{address}")
}

/// Whether head and body of a request are there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length
        .is_none_or(|length| length.trim().parse().is_ok_and(|length: usize| body.len() >= length))
}

fn shown(env: &TestEnv, stage: &str) -> CommandOutput {
    env.run(&["stage", "show", "--stage", stage, "--json"])
}

#[test]
fn a_stage_with_objects_in_the_old_place_is_refused() {
    let env = reaching("222222222222");
    deployed(&env, "photos", "prod");
    let before = shown(&env, "prod").to_string();
    assert_snapshot!(env.run(&["stage", "rebind", "--stage", "prod", "--yes"]), @r#"
    --- stderr
    error[objects-elsewhere]: stage `prod` has 1 object elsewhere
      = note: In account 111111111111, region eu-west-1. Bound to account 222222222222, region eu-west-1 the stage could neither update nor delete what is there. Nothing was changed.
              RESOURCE  TYPE
              Jobs      AWS.SQS.Queue
      = help: destroy the stage where it is, with a profile that reaches it, then rebind: alchemy destroy --stage prod
    --- status 1
    "#);
    assert_eq!(shown(&env, "prod").to_string(), before);
}

#[test]
fn a_stage_without_objects_goes_where_the_profile_points() {
    let env = reaching("222222222222");
    destroyed(&env, "photos", "pr-147");
    assert_snapshot!(env.run(&["stage", "rebind", "--stage", "pr-147"]), @r#"
    --- stderr
    stage `pr-147` of stack `photos`
      from  account 111111111111, region eu-west-1
      to    account 222222222222, region eu-west-1
      kept in the old place, where deploys no longer see it: 1 object
    error[not-agreed]: nobody can be asked whether to go on; nothing was changed
      = help: run it in a terminal, or agree beforehand with --yes
    --- status 1
    "#);
    assert!(shown(&env, "pr-147").stdout.contains("111111111111"), "nobody agreed");
    assert_snapshot!(env.run(&["stage", "rebind", "--stage", "pr-147", "--yes"]), @r#"
    --- stderr
    stage `pr-147` of stack `photos`
      from  account 111111111111, region eu-west-1
      to    account 222222222222, region eu-west-1
      kept in the old place, where deploys no longer see it: 1 object
    stage `pr-147` is bound to account 222222222222, region eu-west-1
    --- status 0
    "#);
    assert_snapshot!(env.run(&["stage", "rebind", "--stage", "pr-147", "--yes"]), @r#"
    --- stderr
    stage `pr-147` of stack `photos` is bound to account 222222222222, region eu-west-1 already; nothing to do
    --- status 0
    "#);
    assert_snapshot!(env.run(&["stage", "rebind", "--stage", "pr-147", "--yes", "--json"]), @r#"
    --- stdout
    {"v":1,"stack":"photos","stage":"pr-147","objects":0,"retained":1,"account":"222222222222","region":"eu-west-1","deployedAt":null,"deployedBy":null,"destroyedAt":"2026-01-02T03:04:05Z"}
    --- status 0
    "#);
}

#[test]
fn objects_that_are_all_in_the_new_place_do_not_hinder() {
    let env = reaching("111111111111");
    pinned_elsewhere(&env, "photos", "prod");
    let output = env.run(&["stage", "rebind", "--stage", "prod", "--yes", "--json"]);
    assert_eq!(output.status, 0, "{output}");
    let after = shown(&env, "prod").stdout;
    assert!(
        after.contains("\"account\":\"111111111111\"") && after.contains("\"objects\":1"),
        "{after}"
    );
}

#[test]
fn an_unknown_stage_is_refused() {
    let env = reaching("222222222222");
    destroyed(&env, "photos", "pr-147");
    let output = env.run(&["stage", "rebind", "--stage", "pr-148", "--yes"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("did you mean --stage pr-147?"), "{output}");
}
