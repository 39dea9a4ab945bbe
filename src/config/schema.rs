//! Every key of the file, as data.
//!
//! A key that is here and marked [`unbuilt`](Field::unbuilt) is read, checked and then refused with
//! what to do instead; building its engine means removing the mark.

use super::{
    duration,
    rules::{self, Rule},
};
use crate::model::Setting;

/// What may stand behind a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A string that the rule takes.
    Text(Rule),
    /// A whole number within both bounds.
    Integer { least: i64, most: i64 },
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An array with at most so many items; an environment replaces it whole.
    List { item: &'static Self, most: usize },
    /// A table with these keys; an environment overlays it key by key.
    Table(&'static [Field]),
    /// A table with these keys; an environment replaces it whole.
    Record(&'static [Field]),
    /// A table with exactly one of these keys; an environment replaces it whole.
    OneOf(&'static [Field]),
    /// The source of an environment variable, never its value (design §3.8).
    VariableSource(&'static [Field]),
    /// A table whose keys are names; an environment overlays it key by key.
    Map { key: Rule, value: &'static Self },
    /// An alias target; an environment replaces it whole.
    Target,
    /// Whatever TOML can say.
    Anything,
}

/// A key and what may stand behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) shape: Shape,
    /// A value to paste.
    pub(crate) example: &'static str,
    /// A record without it is refused.
    pub(crate) is_required: bool,
    /// What to do instead, as long as the key's engine is not built.
    pub(crate) instead: Option<&'static str>,
}

impl Field {
    const fn new(key: &'static str, shape: Shape, example: &'static str) -> Self {
        Self { key, shape, example, is_required: false, instead: None }
    }

    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    const fn unbuilt(mut self, instead: &'static str) -> Self {
        self.instead = Some(instead);
        self
    }
}

const fn text(key: &'static str, rule: Rule, example: &'static str) -> Field {
    Field::new(key, Shape::Text(rule), example)
}

const fn integer(key: &'static str, least: i64, most: i64, example: &'static str) -> Field {
    Field::new(key, Shape::Integer { least, most }, example)
}

const fn list(key: &'static str, item: &'static Shape, most: usize, example: &'static str) -> Field {
    Field::new(key, Shape::List { item, most }, example)
}

const fn table(key: &'static str, fields: &'static [Field], example: &'static str) -> Field {
    Field::new(key, Shape::Table(fields), example)
}

/// The keys of the document; the environments overlay all but the first and the last.
pub(crate) const DOCUMENT: &[Field] = &[
    integer("schema", 1, 1, "1"),
    PROJECT,
    DEFAULTS,
    FUNCTIONS,
    MACHINES,
    LIMITS,
    DRIFT,
    STATE,
    Field::new(
        "environments",
        Shape::Map { key: rules::environment_key, value: &Shape::Table(ENVIRONMENT) },
        "{ dev = { region = \"us-west-1\" } }",
    ),
];

/// The keys of one environment.
pub(crate) const ENVIRONMENT: &[Field] = &[
    text("region", rules::region, "\"us-west-1\""),
    text("profile", rules::plain, "\"development\""),
    text("account", rules::account, "\"123456789012\""),
    list("require", &Shape::Choice(&["saved-plan", "clean-git"]), 2, "[\"saved-plan\", \"clean-git\"]"),
    text("role_arn", rules::role, "\"arn:aws:iam::123456789012:role/deploy\""),
    PROJECT,
    DEFAULTS,
    FUNCTIONS,
    MACHINES,
    LIMITS,
    DRIFT,
    STATE,
];

const PROJECT: Field = text("project", rules::project, "\"digital-twin\"");
const DEFAULTS: Field = table("defaults", INHERITED, "{ name = \"${id}-${env}\" }");
const FUNCTIONS: Field = Field::new(
    "functions",
    Shape::Map { key: rules::function_key, value: &Shape::Table(FUNCTION) },
    "{ router = { name = \"router-${env}\" } }",
);
const MACHINES: Field = Field::new(
    "state_machines",
    Shape::Map { key: rules::machine_key, value: &Shape::Table(MACHINE) },
    "{ processing = { name = \"processing-${env}\", definition = \"config/processing.json\" } }",
);
/// A rate above 15 is never reached: AWS refuses it (T13).
const LIMITS: Field = table(
    "limits",
    &[
        integer("parallelism", 1, 100, "10"),
        // AWS allows 15; a simulated account, or a quota that AWS raises one day, allows more.
        integer("lambda_rps", 1, 10_000, "12"),
        integer("max_deletes", 0, 100_000, "50"),
    ],
    "{ max_deletes = 50 }",
);
const DRIFT: Field = table(
    "drift",
    &[list("ignore", &Shape::Text(rules::drift_ignore), 1000, "[\"functions.router.memory_size\"]")],
    "{ ignore = [\"functions.router.memory_size\"] }",
);
const STATE: Field = table(
    "state",
    &[Field::new(
        "s3",
        Shape::Record(&[
            text("bucket", rules::plain, "\"my-state\"").required(),
            text("prefix", rules::plain, "\"repoint/\"").required(),
            text("region", rules::region, "\"us-west-1\""),
            text("endpoint", rules::plain, "\"https://s3.example.com\""),
        ]),
        "{ bucket = \"my-state\", prefix = \"repoint/\" }",
    )
    .unbuilt("leave it out: the state is kept in `state/<env>/` of the project")],
    "{}",
);
const ALIASES: Field = Field::new(
    "aliases",
    Shape::Map { key: rules::alias_key, value: &Shape::Target },
    "{ LIVE = \"latest\" }",
);
const RETENTION: Field = table(
    "retention",
    &[integer("keep", 0, 10_000, "5"), text("min_age", duration::rule, "\"24h\"")],
    "{ keep = 5, min_age = \"24h\" }",
);

/// The keys of a function that are no settings.
const NAME: Field = text("name", rules::name, "\"${id}-${env}\"");
const VERSION_DESCRIPTION: Field =
    text("version_description", rules::version_description, "\"${git.short} ${deploy.id}\"");
const CODE: Field = Field::new(
    "code",
    Shape::OneOf(&[
        text("path", rules::path, "\"src/router\""),
        text("zip", rules::path, "\"dist/router.zip\""),
        Field::new(
            "s3",
            // Without a version it is refused too, with the command that finds it: `functions::code`.
            Shape::Record(&[
                text("bucket", rules::bucket, "\"my-packages\"").required(),
                text("key", rules::object_key, "\"router.zip\"").required(),
                text("version", rules::object_version, "\"3sL4kqtJlcpXroDTDmJ\""),
            ]),
            "{ bucket = \"my-packages\", key = \"router.zip\", version = \"3sL4kqtJlcpXroDTDmJ\" }",
        ),
        text("image", rules::image, "\"123456789012.dkr.ecr.us-west-1.amazonaws.com/router@sha256:…\""),
    ]),
    "{ path = \"src/router\" }",
);
/// A group is said by each of its functions; a default would make one of all.
const GROUP: Field = text("group", rules::group, "\"money\"");
const VARIABLES: Field = Field::new(
    "environment",
    Shape::Map {
        key: rules::environment_variable_key,
        value: &Shape::VariableSource(&[
            text("from_env", rules::from_env, "\"TABLE\""),
            text("ssm", rules::parameter, "\"/orders/table\""),
        ]),
    },
    "{ TABLE = { from_env = \"TABLE\" } }",
);

/// The settings of a function and what each may be (aws-facts §2, "names and sizes").
pub(crate) const SETTINGS: &[(Setting, Field)] = &[
    (Setting::Description, text("description", rules::description, "\"routes orders\"")),
    (Setting::Role, text("role", rules::role, "\"arn:aws:iam::123456789012:role/router\"")),
    (Setting::Runtime, text("runtime", rules::runtime, "\"python3.13\"")),
    (Setting::Handler, text("handler", rules::handler, "\"app.handler\"")),
    (Setting::MemorySize, integer("memory_size", 128, 10_240, "512")),
    (Setting::Timeout, integer("timeout", 1, 900, "300")),
    (Setting::Architectures, list("architectures", &Shape::Choice(&["x86_64", "arm64"]), 1, "[\"arm64\"]")),
    (
        Setting::Layers,
        list(
            "layers",
            &Shape::Text(rules::layer),
            5,
            "[\"arn:aws:lambda:us-west-1:123456789012:layer:numpy:3\"]",
        ),
    ),
    (Setting::EphemeralStorage, integer("ephemeral_storage", 512, 10_240, "1024")),
    (Setting::Tracing, Field::new("tracing", Shape::Choice(&["Active", "PassThrough"]), "\"Active\"")),
    (
        Setting::SnapStart,
        Field::new("snap_start", Shape::Choice(&["PublishedVersions", "None"]), "\"PublishedVersions\""),
    ),
    (
        Setting::DeadLetter,
        text("dead_letter", rules::dead_letter, "\"arn:aws:sqs:us-west-1:123456789012:failed\""),
    ),
    (
        Setting::Vpc,
        table(
            "vpc",
            &[
                list("subnet_ids", &Shape::Text(rules::subnet), 16, "[\"subnet-0a1b2c3d\"]"),
                list("security_group_ids", &Shape::Text(rules::security_group), 5, "[\"sg-0a1b2c3d\"]"),
                Field::new("ipv6", Shape::Boolean, "true"),
            ],
            "{ subnet_ids = [\"subnet-0a1b2c3d\"], security_group_ids = [\"sg-0a1b2c3d\"] }",
        ),
    ),
    (Setting::KmsKey, text("kms_key", rules::kms_key, "\"arn:aws:kms:us-west-1:123456789012:key/1234abcd\"")),
    (
        Setting::Logging,
        table(
            "logging",
            &[
                Field::new("format", Shape::Choice(&["Text", "JSON"]), "\"JSON\""),
                Field::new(
                    "application_level",
                    Shape::Choice(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]),
                    "\"INFO\"",
                ),
                Field::new("system_level", Shape::Choice(&["DEBUG", "INFO", "WARN"]), "\"WARN\""),
                text("group", rules::log_group_name, "\"/aws/lambda/router\""),
            ],
            "{ format = \"JSON\" }",
        ),
    ),
    (
        Setting::ImageConfig,
        table(
            "image_config",
            &[
                list("entry_point", &Shape::Text(rules::any), 1500, "[\"/entry.sh\"]"),
                list("command", &Shape::Text(rules::any), 1500, "[\"app.handler\"]"),
                text("working_directory", rules::any, "\"/var/task\""),
            ],
            "{ command = [\"app.handler\"] }",
        ),
    ),
    (
        Setting::FileSystems,
        list(
            "file_systems",
            &Shape::Record(&[
                text(
                    "arn",
                    rules::file_system,
                    "\"arn:aws:elasticfilesystem:us-west-1:123456789012:access-point/fsap-0a1b\"",
                )
                .required(),
                text("local_mount_path", rules::mount_path, "\"/mnt/data\"").required(),
            ]),
            1,
            "[{ arn = \"arn:aws:elasticfilesystem:us-west-1:123456789012:access-point/fsap-0a1b\", local_mount_path = \"/mnt/data\" }]",
        ),
    ),
];

const SETTING_COUNT: usize = SETTINGS.len();
const OTHER_FUNCTION_FIELDS: [Field; 6] = [NAME, VERSION_DESCRIPTION, CODE, ALIASES, RETENTION, VARIABLES];
const INHERITED_FIELDS: [Field; 6 + SETTING_COUNT] = inherited_fields();

/// The keys of `[defaults]`.
pub(crate) const INHERITED: &[Field] = &INHERITED_FIELDS;

/// The keys of a function: those that it may inherit, and its group.
pub(crate) const FUNCTION: &[Field] = &function_fields();

const fn inherited_fields() -> [Field; 6 + SETTING_COUNT] {
    let mut fields = [NAME; 6 + SETTING_COUNT];
    let mut at = 0;
    while at < fields.len() {
        fields[at] = if at < 6 { OTHER_FUNCTION_FIELDS[at] } else { SETTINGS[at - 6].1 };
        at += 1;
    }
    fields
}

const fn function_fields() -> [Field; INHERITED_FIELDS.len() + 1] {
    let mut fields = [GROUP; INHERITED_FIELDS.len() + 1];
    let mut at = 0;
    while at < INHERITED_FIELDS.len() {
        fields[at] = INHERITED_FIELDS[at];
        at += 1;
    }
    fields
}

/// The keys of a state machine.
pub(crate) const MACHINE: &[Field] = &[
    NAME,
    text("definition", rules::path, "\"config/processing.json\""),
    text("references", rules::references, "\"LIVE\""),
    Field::new(
        "substitutions",
        Shape::Map { key: rules::variable_key, value: &Shape::Text(rules::substitution) },
        "{ table = \"orders-${env}\" }",
    ),
    text("role", rules::role, "\"arn:aws:iam::123456789012:role/processing\""),
    Field::new("type", Shape::Choice(&["STANDARD", "EXPRESS"]), "\"STANDARD\""),
    table(
        "logging",
        &[
            Field::new("level", Shape::Choice(&["ALL", "ERROR", "FATAL", "OFF"]), "\"ERROR\""),
            Field::new("include_execution_data", Shape::Boolean, "false"),
            text(
                "group",
                rules::log_group_arn,
                "\"arn:aws:logs:us-west-1:123456789012:log-group:processing:*\"",
            ),
        ],
        "{ level = \"OFF\" }",
    ),
    Field::new(
        "references_in",
        Shape::Map { key: rules::any, value: &Shape::Text(rules::references) },
        "{ Route = \"LIVE\" }",
    ),
    Field::new("existing", Shape::Choice(&["versions", "latest", "all"]), "\"versions\""),
    Field::new("verify", Shape::Boolean, "true"),
    Field::new(
        "aliases",
        Shape::Map { key: rules::machine_alias_key, value: &Shape::Target },
        "{ LIVE = \"latest\" }",
    ),
    RETENTION,
];

/// Returns the field of a key.
pub(crate) fn field(fields: &'static [Field], key: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_the_key_that_the_model_gives_it() {
        for (setting, field) in SETTINGS {
            assert_eq!(setting.key(), field.key);
        }
    }

    #[test]
    fn an_environment_overlays_every_key_of_the_document() {
        let overlaid = DOCUMENT.iter().filter(|field| !["schema", "environments"].contains(&field.key));
        for field_of_document in overlaid {
            assert!(field(ENVIRONMENT, field_of_document.key).is_some(), "{}", field_of_document.key);
        }
    }
}
