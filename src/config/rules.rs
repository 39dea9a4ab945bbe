//! What a single text may be: one rule per kind of text, each a plain function.
//!
//! Patterns are AWS's (aws-facts §2) as far as they can be judged without asking AWS. Which
//! runtimes exist is not: AWS adds some every year.

use super::{
    nearest::nearest,
    refusal::{Help, Refusal},
    secrets, template,
};
use crate::model::{
    AccountId, Address, AliasName, AmbientName, BucketName, DriftIgnore, EnvironmentName, FunctionId,
    GroupName, ImageUri, InvalidName, MachineId, Object, ObjectKey, ObjectVersion, ParameterName, Part,
    ProjectName, Region, RoleArn, Setting, VariableName,
};

/// A check of one text.
pub(crate) type Rule = fn(&str) -> Result<(), Refusal>;

/// The most that the name of a state machine's alias may hold (aws-facts §2, "names and sizes").
const MACHINE_ALIAS_CHARACTERS: usize = 80;

/// The most that a description may hold (aws-facts §2, "names and sizes").
const DESCRIPTION_CHARACTERS: usize = 256;

fn valid<T>(made: Result<T, InvalidName>) -> Result<(), Refusal> {
    made.map(drop).map_err(Refusal::from)
}

fn expect(holds: bool, text: &str, what: &str) -> Result<(), Refusal> {
    if holds {
        return template::without(text);
    }
    template::without(text)?;
    Err(Refusal::new(format!("`{text}` is not {what}"), format!("not {what}"), Help::Example))
}

/// Refuses `$LATEST`: it is no version, and what it runs changes with every upload (T7).
pub(crate) fn no_latest(text: &str, label: &str, help: Help) -> Result<(), Refusal> {
    match text.find("$LATEST") {
        None => Ok(()),
        Some(at) => Err(Refusal::new(
            "`$LATEST` is never a target: what it runs changes with every upload",
            label,
            help,
        )
        .at(at..at + "$LATEST".len())),
    }
}

/// Checks a key, and offers it with `-` in place of what it must not hold.
fn valid_key<T>(text: &str, made: Result<T, InvalidName>) -> Result<(), Refusal> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let corrected: String =
        text.chars().map(|character| if is_allowed(character) { character } else { '-' }).collect();
    made.map(drop).map_err(|invalid| {
        let help =
            if text.is_empty() || corrected == text { Help::Example } else { Help::Replace(corrected) };
        Refusal { help, ..Refusal::from(invalid) }
    })
}

#[expect(clippy::unnecessary_wraps, reason = "a rule may refuse; this one does not")]
pub(crate) fn any(_: &str) -> Result<(), Refusal> {
    Ok(())
}

pub(crate) fn plain(text: &str) -> Result<(), Refusal> {
    expect(!text.trim().is_empty(), text, "a text that says something")
}

pub(crate) fn project(text: &str) -> Result<(), Refusal> {
    valid(ProjectName::new(text))
}

pub(crate) fn group(text: &str) -> Result<(), Refusal> {
    valid(GroupName::new(text))
}

pub(crate) fn region(text: &str) -> Result<(), Refusal> {
    valid(Region::new(text))
}

pub(crate) fn account(text: &str) -> Result<(), Refusal> {
    valid(AccountId::new(text))
}

pub(crate) fn role(text: &str) -> Result<(), Refusal> {
    template::without(text)?;
    valid(RoleArn::new(text))
}

pub(crate) fn function_key(text: &str) -> Result<(), Refusal> {
    valid_key(text, FunctionId::new(text))
}

pub(crate) fn machine_key(text: &str) -> Result<(), Refusal> {
    valid_key(text, MachineId::new(text))
}

pub(crate) fn environment_key(text: &str) -> Result<(), Refusal> {
    valid_key(text, EnvironmentName::new(text))
}

pub(crate) fn alias_key(text: &str) -> Result<(), Refusal> {
    if text == "$LATEST" {
        return Err(Refusal::new(
            "`$LATEST` is not an alias and cannot be managed",
            "an alias points to published versions",
            Help::Replace("LIVE".to_owned()),
        ));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::new(
            format!("`{text}` cannot be an alias name: digits alone name a version"),
            "add a letter",
            Help::Replace(format!("v{text}")),
        ));
    }
    valid_key(text, AliasName::new(text))
}

/// Step Functions takes shorter names than Lambda, and dots, which an address could not tell from its
/// own (T27).
pub(crate) fn machine_alias_key(text: &str) -> Result<(), Refusal> {
    if text.contains('.') {
        return Err(Refusal::new(
            format!("`{text}` cannot be managed: an address has a dot between its parts, not in them"),
            "an alias name with a dot",
            Help::Replace(text.replace('.', "-")),
        ));
    }
    if text.len() > MACHINE_ALIAS_CHARACTERS {
        return Err(Refusal::new(
            format!(
                "an alias name of {} characters: Step Functions allows {MACHINE_ALIAS_CHARACTERS}",
                text.len()
            ),
            "too long",
            Help::Example,
        ));
    }
    alias_key(text)
}

pub(crate) fn variable_key(text: &str) -> Result<(), Refusal> {
    if ["env", "account", "region"].contains(&text) {
        return Err(Refusal::new(
            format!("`{text}` is always there and cannot be replaced"),
            "filled in by the environment",
            Help::Say(format!("leave it out, or choose another name than `{text}`")),
        ));
    }
    let is_word = !text.is_empty() && !text.contains(['{', '}', '$']);
    expect(is_word, text, "a name for `${name}`")
}

/// The name of a variable of a function's environment.
pub(crate) fn environment_variable_key(text: &str) -> Result<(), Refusal> {
    if VariableName::is_reserved(text) {
        return Err(Refusal::new(
            format!("`{text}` cannot be set: Lambda keeps that name for itself"),
            "a reserved name",
            Help::Replace(format!("APP_{}", text.trim_start_matches('_'))),
        ));
    }
    template::without(text)?;
    valid(VariableName::new(text))
}

pub(crate) fn from_env(text: &str) -> Result<(), Refusal> {
    template::check(text, template::NAME_VARIABLES)?;
    // What a template is filled with makes a name of it or not; that is seen when it is filled in.
    if text.contains("${") { Ok(()) } else { valid(AmbientName::new(text).map_err(secrets::hidden)) }
}

pub(crate) fn parameter(text: &str) -> Result<(), Refusal> {
    template::check(text, template::NAME_VARIABLES)?;
    if text.contains("${") { Ok(()) } else { valid(ParameterName::new(text).map_err(secrets::hidden)) }
}

pub(crate) fn name(text: &str) -> Result<(), Refusal> {
    no_latest(text, "a name carries no version", Help::Example)?;
    template::check(text, template::NAME_VARIABLES)
}

pub(crate) fn version_description(text: &str) -> Result<(), Refusal> {
    template::check(text, template::DESCRIPTION_VARIABLES)
}

pub(crate) fn substitution(text: &str) -> Result<(), Refusal> {
    no_latest(text, "send references through an alias", Help::Replace("LIVE".to_owned()))?;
    template::check(text, template::SUBSTITUTION_VARIABLES)
}

pub(crate) fn description(text: &str) -> Result<(), Refusal> {
    template::without(text)?;
    let length = text.chars().count();
    if length <= DESCRIPTION_CHARACTERS {
        return Ok(());
    }
    let excess = text.char_indices().nth(DESCRIPTION_CHARACTERS).map_or(text.len(), |(at, _)| at);
    let message =
        format!("the description has {length} characters, and Lambda allows {DESCRIPTION_CHARACTERS}");
    let help = format!("cut the last {}", length - DESCRIPTION_CHARACTERS);
    Err(Refusal::new(message, "too long from here on", Help::Say(help)).at(excess..text.len()))
}

pub(crate) fn path(text: &str) -> Result<(), Refusal> {
    let is_absolute = text.starts_with(['/', '\\', '~']) || text.get(1..2) == Some(":");
    if is_absolute {
        return Err(Refusal::new(
            format!("`{text}` is not a path inside the project"),
            "paths are relative to the project root",
            Help::Example,
        ));
    }
    expect(!text.is_empty(), text, "a path")
}

pub(crate) fn bucket(text: &str) -> Result<(), Refusal> {
    template::without(text)?;
    valid(BucketName::new(text))
}

pub(crate) fn object_key(text: &str) -> Result<(), Refusal> {
    template::without(text)?;
    valid(ObjectKey::new(text))
}

/// Without versioning an object has the version `null`, under which it can be replaced.
pub(crate) fn object_version(text: &str) -> Result<(), Refusal> {
    template::without(text)?;
    let Err(invalid) = ObjectVersion::new(text) else { return Ok(()) };
    if text != "null" {
        return Err(invalid.into());
    }
    let versioned =
        "aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration Status=Enabled";
    Err(Refusal::new(
        "`null` is the version of an object that can be replaced between the review and the apply",
        "no version that stays",
        Help::Say(format!("let the bucket keep versions and put the object again: `{versioned}`")),
    ))
}

/// A tag alone is refused, because it can be moved between the review and the apply.
pub(crate) fn image(text: &str) -> Result<(), Refusal> {
    template::without(text)?;
    let Err(invalid) = ImageUri::new(text) else { return Ok(()) };
    match tagged(text) {
        None => Err(invalid.into()),
        Some((start, Tagged { account, region, repository, tag })) => Err(Refusal::new(
            format!("`{text}` names the image by a tag, which can be moved between the review and the apply"),
            "a digest (`@sha256:…`) is needed in place of the tag",
            Help::Say(format!(
                "aws ecr describe-images --region {region} --registry-id {account} --repository-name {repository} \
                 --image-ids imageTag={tag} --query 'imageDetails[0].imageDigest'"
            )),
        )
        .at(start..text.len())),
    }
}

/// The parts of an image's address with a tag, or with neither tag nor digest, which means the tag `latest`.
struct Tagged<'a> {
    account: &'a str,
    region: &'a str,
    repository: &'a str,
    tag: &'a str,
}

/// Reads `123456789012.dkr.ecr.us-west-1.amazonaws.com/orders:7`, and returns where the tag begins.
fn tagged(text: &str) -> Option<(usize, Tagged<'_>)> {
    let (registry, image) = text.split_once('/')?;
    let (account, rest) = registry.split_once(".dkr.ecr.")?;
    let region = rest.split('.').next()?;
    let (repository, tag) = image.split_once(':').unwrap_or((image, "latest"));
    let start = if image.contains(':') { registry.len() + 1 + repository.len() } else { 0 };
    let is_plain = !image.contains('@') && !repository.is_empty() && !tag.is_empty();
    is_plain.then_some((start, Tagged { account, region, repository, tag }))
}

pub(crate) fn runtime(text: &str) -> Result<(), Refusal> {
    let is_word = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.');
    expect(is_word, text, "a runtime such as `python3.13`")
}

pub(crate) fn handler(text: &str) -> Result<(), Refusal> {
    let is_word = !text.is_empty() && text.len() <= 128 && !text.contains(char::is_whitespace);
    expect(is_word, text, "a handler such as `app.handler`")
}

/// Says whether the text is an ARN of one of the services.
fn is_arn(text: &str, services: &[&str]) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, service, _, _, resource]
        if partition.starts_with("aws") && services.contains(service) && !resource.is_empty())
        && !text.contains(char::is_whitespace)
}

pub(crate) fn layer(text: &str) -> Result<(), Refusal> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_version = matches!(parts.as_slice(), [.., "layer", name, version]
        if !name.is_empty() && version.parse::<u64>().is_ok());
    let is_layer = is_arn(text, &["lambda"]) && parts.len() == 8 && is_version;
    expect(is_layer, text, "the ARN of a layer's version")
}

/// Empty means: manage that there is none.
pub(crate) fn dead_letter(text: &str) -> Result<(), Refusal> {
    let is_target = text.is_empty() || is_arn(text, &["sqs", "sns"]);
    expect(is_target, text, "the ARN of an SQS queue or SNS topic")
}

/// Empty means: manage that there is none.
pub(crate) fn kms_key(text: &str) -> Result<(), Refusal> {
    let is_key = text.is_empty() || is_arn(text, &["kms"]);
    expect(is_key, text, "the ARN of a KMS key")
}

pub(crate) fn subnet(text: &str) -> Result<(), Refusal> {
    expect(text.starts_with("subnet-"), text, "the id of a subnet")
}

pub(crate) fn security_group(text: &str) -> Result<(), Refusal> {
    expect(text.starts_with("sg-"), text, "the id of a security group")
}

pub(crate) fn log_group_name(text: &str) -> Result<(), Refusal> {
    let is_name = (1..=512).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte));
    expect(is_name, text, "the name of a log group")
}

/// Step Functions takes the ARN with `:*` at its end.
pub(crate) fn log_group_arn(text: &str) -> Result<(), Refusal> {
    let is_group = is_arn(text, &["logs"]) && text.contains(":log-group:") && text.ends_with(":*");
    expect(is_group, text, "the ARN of a log group with `:*` at its end")
}

pub(crate) fn file_system(text: &str) -> Result<(), Refusal> {
    let is_access_point = is_arn(text, &["elasticfilesystem", "s3files"]);
    expect(is_access_point, text, "the ARN of a file system's access point")
}

pub(crate) fn mount_path(text: &str) -> Result<(), Refusal> {
    let is_path = text.strip_prefix("/mnt/").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    });
    expect(is_path, text, "a path such as `/mnt/data`")
}

pub(crate) fn references(text: &str) -> Result<(), Refusal> {
    no_latest(text, "send references through an alias", Help::Replace("LIVE".to_owned()))?;
    alias_key(text)
}

/// `ADDRESS` or `ADDRESS.field`.
pub(crate) fn drift_ignore(text: &str) -> Result<(), Refusal> {
    no_latest(text, "not a part of an address", Help::Example)?;
    let (address, field) = split_ignore(text).map_err(Refusal::from)?;
    match field {
        Some(field) => drift_field(text, field, &address),
        None => Ok(()),
    }
}

/// Reads an address, and the field behind it.
pub(crate) fn split_ignore(text: &str) -> Result<(Address, Option<&str>), InvalidName> {
    let whole = text.parse::<Address>();
    match (whole, text.rsplit_once('.')) {
        (Ok(address), _) => Ok((address, None)),
        (Err(_), Some((prefix, field))) if !field.is_empty() => {
            // The error of the whole text says more than that of its beginning.
            let address = prefix.parse::<Address>();
            address
                .map(|address| (address, Some(field)))
                .or_else(|_| text.parse::<Address>().map(|address| (address, None)))
        }
        (Err(invalid), _) => Err(invalid),
    }
}

/// A field that nothing can ever differ in would ignore nothing.
fn drift_field(text: &str, field: &str, address: &Address) -> Result<(), Refusal> {
    let known = drift_fields(address);
    if known.contains(&field) {
        return Ok(());
    }
    let near = nearest(field, known.iter().copied());
    let help = near.map_or(Help::Example, |near| Help::Replace(near.to_owned()));
    let message = format!("drift of `{address}` has no field `{field}`");
    Err(Refusal::new(message, "unknown field", help).at(text.len() - field.len()..text.len()))
}

/// Returns the fields that drift of a thing can name.
fn drift_fields(address: &Address) -> Vec<&'static str> {
    let settings = super::schema::SETTINGS.iter().map(|(setting, _)| setting.key());
    let settings = settings.chain([Setting::PackageType.key(), Setting::DurableConfig.key(), "environment"]);
    match (&address.object, &address.part) {
        (Object::Function(_), Part::Whole) => settings.chain(["target", "weights"]).collect(),
        (Object::Function(_), Part::Settings) => settings.collect(),
        (_, Part::Alias(_)) => vec!["target", "weights"],
        (Object::Machine(_), Part::Whole) => vec!["role", "logging", "target", "weights"],
        (Object::Machine(_), Part::Definition) => vec!["role", "logging"],
        (Object::Function(_), Part::Code | Part::NewVersion | Part::Version(_) | Part::Definition)
        | (Object::Machine(_), Part::Settings | Part::Code | Part::NewVersion | Part::Version(_)) => {
            Vec::new()
        }
    }
}

/// Reads one entry of `[drift] ignore` as the command line gives it.
pub fn parse_drift_ignore(text: &str) -> Result<DriftIgnore, String> {
    drift_ignore(text).map_err(|refusal| refusal.message)?;
    let (address, field) = split_ignore(text).map_err(|invalid| invalid.to_string())?;
    Ok(DriftIgnore { address, field: field.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_follow_the_patterns_of_aws() {
        let cases: [(Rule, &str, bool); 21] = [
            (runtime, "python3.13", true),
            (runtime, "provided.al2023", true),
            (runtime, "Python3", false),
            (handler, "app.handler", true),
            (handler, "app handler", false),
            (layer, "arn:aws:lambda:us-west-1:123456789012:layer:numpy:3", true),
            (layer, "arn:aws:lambda:us-west-1:123456789012:layer:numpy", false),
            (dead_letter, "", true),
            (dead_letter, "arn:aws:sqs:us-west-1:123456789012:failed", true),
            (dead_letter, "arn:aws:s3:::bucket", false),
            (mount_path, "/mnt/data", true),
            (mount_path, "/data", false),
            (path, "src/app", true),
            (path, "/src/app", false),
            (path, "", false),
            (log_group_arn, "arn:aws:logs:us-west-1:123456789012:log-group:x:*", true),
            (log_group_arn, "arn:aws:logs:us-west-1:123456789012:log-group:x", false),
            (drift_ignore, "functions.a.memory_size", true),
            (drift_ignore, "functions.a.aliases.LIVE.weights", true),
            (drift_ignore, "functions.a.memory", false),
            (drift_ignore, "a.memory_size", false),
        ];
        for (rule, text, is_valid) in cases {
            assert_eq!(rule(text).is_ok(), is_valid, "{text}");
        }
    }

    #[test]
    fn a_description_is_counted_in_characters() {
        assert!(description(&"é".repeat(256)).is_ok());
        assert_eq!(description(&"é".repeat(257)).unwrap_err().range, Some(512..514));
    }
}
