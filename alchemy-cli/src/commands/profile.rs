//! `alchemy profile ls|show|create|delete`.

use alchemy_core::Diagnostic;
use serde_json::json;

use crate::args::{Method, ProfileCommand, ProfileCreateArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{
    AwsMethod, AwsProfile, Profile, ProfileOrigin, ProfilesFile, Surroundings, known_profiles,
    resolve_profile,
};
use crate::ui::{Ui, excerpt, printable, table};

/// Longest name of a profile.
const NAME: usize = 64;

/// Runs the command.
pub(crate) fn run(
    command: &ProfileCommand,
    around: &Surroundings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    match command {
        ProfileCommand::Ls => list(around, ui)?,
        ProfileCommand::Show(args) => show(&args.name, around, ui)?,
        ProfileCommand::Create(args) => create(args, around, ui)?,
        ProfileCommand::Delete(args) => delete(&args.name, around, ui)?,
    }
    Ok(Exit::Done)
}

fn list(around: &Surroundings, ui: &Ui) -> Result<(), Diagnostic> {
    let file = ProfilesFile::read(around)?;
    let mut rows = Vec::new();
    for (name, origin) in known_profiles(around)? {
        let aws = file.profiles.get(&name).map(|profile| profile.aws.clone()).unwrap_or_default();
        let method = match origin {
            ProfileOrigin::AwsConfiguration => AwsMethod::SharedProfile.word(),
            ProfileOrigin::File | ProfileOrigin::BuiltIn => aws.method.word(),
        };
        if ui.json {
            let line = json!({
                "v": 1, "profile": name, "from": origin_word(origin), "method": method,
                "region": aws.region, "account": aws.account,
            });
            ui.data(&line.to_string());
        }
        let member = |value: Option<String>| value.map(|text| printable(&text)).unwrap_or_default();
        rows.push(vec![
            excerpt(&name),
            origin_word(origin).into(),
            method.into(),
            member(aws.region),
            member(aws.account),
        ]);
    }
    if !ui.json {
        ui.data(&table(&["PROFILE", "FROM", "METHOD", "REGION", "ACCOUNT"], &rows, ui.data_paint));
    }
    Ok(())
}

fn origin_word(origin: ProfileOrigin) -> &'static str {
    match origin {
        ProfileOrigin::File => "alchemy",
        ProfileOrigin::AwsConfiguration => "aws",
        ProfileOrigin::BuiltIn => "built-in",
    }
}

fn show(name: &str, around: &Surroundings, ui: &Ui) -> Result<(), Diagnostic> {
    let profile = resolve_profile(around, name.to_owned(), true)?;
    let aws = profile.aws;
    let hidden = |secret: Option<String>| secret.map(|_| "<redacted>".to_owned());
    let members = [
        ("profile", Some(profile.name)),
        ("from", Some(origin_word(profile.origin).to_owned())),
        ("method", Some(aws.method.word().to_owned())),
        ("awsProfile", aws.profile),
        ("roleArn", aws.role_arn),
        ("accessKeyId", aws.access_key_id),
        ("secretAccessKey", hidden(aws.secret_access_key)),
        ("sessionToken", hidden(aws.session_token)),
        ("region", aws.region),
        ("endpointUrl", aws.endpoint_url),
        ("account", aws.account),
    ];
    let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
    if ui.json {
        let mut line = serde_json::Map::from_iter([("v".to_owned(), json!(1))]);
        line.extend(given.map(|(name, value)| (name.to_owned(), json!(value))));
        ui.data(&serde_json::Value::Object(line).to_string());
    } else {
        given.for_each(|(name, value)| ui.data(&format!("{name} = {}", printable(&value))));
    }
    Ok(())
}

fn create(args: &ProfileCreateArgs, around: &Surroundings, ui: &Ui) -> Result<(), Diagnostic> {
    check_name(&args.name)?;
    let mut file = ProfilesFile::read(around)?;
    let path = ProfilesFile::path(around).display().to_string();
    if file.profiles.contains_key(&args.name) {
        return Err(Diagnostic::error(
            "profile-exists",
            format!("there is a profile `{}` already", args.name),
        )
        .help(format!("edit {path}, or run `alchemy profile delete {}` first", args.name)));
    }
    let aws = described(args, around);
    aws.check().and_then(|()| aws.check_region()).map_err(|why| {
        Diagnostic::error("bad-profile", format!("profile `{}` cannot work: {why}", args.name))
            .help(flag_for(args.method))
    })?;
    file.profiles.insert(args.name.clone(), Profile { aws });
    file.write(around)?;
    ui.say_human(&format!("wrote profile `{}` to {path}", args.name));
    Ok(())
}

fn check_name(name: &str) -> Result<(), Diagnostic> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+');
    if !name.is_empty() && name.len() <= NAME && name.chars().all(legal) {
        return Ok(());
    }
    Err(Diagnostic::error("bad-profile", format!("`{}` is no name for a profile", excerpt(name)))
        .help(format!("use letters, digits and - _ . @ +, at most {NAME} of them")))
}

fn described(args: &ProfileCreateArgs, around: &Surroundings) -> AwsProfile {
    let keys = args.method == Method::StaticKeys;
    let from_variable = |name: &str| around.variable(name).filter(|_| keys).map(str::to_owned);
    AwsProfile {
        method: match args.method {
            Method::DefaultChain => AwsMethod::DefaultChain,
            Method::SharedProfile => AwsMethod::SharedProfile,
            Method::Sso => AwsMethod::Sso,
            Method::AssumeRole => AwsMethod::AssumeRole,
            Method::StaticKeys => AwsMethod::StaticKeys,
        },
        profile: args.aws_profile.clone(),
        role_arn: args.role_arn.clone(),
        access_key_id: args.access_key_id.clone(),
        secret_access_key: args
            .secret_access_key
            .clone()
            .or_else(|| from_variable("AWS_SECRET_ACCESS_KEY")),
        // A token belongs to the secret beside it in the environment, not to one given by flag.
        session_token: if args.secret_access_key.is_none() {
            from_variable("AWS_SESSION_TOKEN")
        } else {
            None
        },
        region: args.region.clone(),
        endpoint_url: args.endpoint_url.clone(),
        account: args.account.clone(),
    }
}

fn flag_for(method: Method) -> &'static str {
    match method {
        Method::DefaultChain => "`alchemy profile create --help` lists what each method takes",
        Method::SharedProfile | Method::Sso => {
            "name a profile of the AWS configuration with --aws-profile"
        }
        Method::AssumeRole => "name the role with --role-arn",
        Method::StaticKeys => {
            "give --access-key-id, and the secret in $AWS_SECRET_ACCESS_KEY or by --secret-access-key"
        }
    }
}

fn delete(name: &str, around: &Surroundings, ui: &Ui) -> Result<(), Diagnostic> {
    let mut file = ProfilesFile::read(around)?;
    if file.profiles.remove(name).is_none() {
        let profile = resolve_profile(around, name.to_owned(), true)?;
        let place = if profile.origin == ProfileOrigin::BuiltIn {
            "built in"
        } else {
            "in the AWS configuration"
        };
        let summary = format!("profile `{}` is {place}; there is nothing to delete", excerpt(name));
        return Err(Diagnostic::error("profile-not-ours", summary).help(format!(
            "alchemy deletes only what is in {}",
            ProfilesFile::path(around).display()
        )));
    }
    file.write(around)?;
    ui.say_human(&format!("deleted profile `{name}`"));
    Ok(())
}
