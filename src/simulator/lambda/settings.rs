//! The constraints on configuration members, in the words of the service model.
//!
//! Everything that fails the model is reported together as one `ValidationException`; what only the service knows
//! (runtimes, environment variables, layers) follows as an `InvalidParameterValueException`.

use super::environment;
use super::errors::invalid;
use crate::simulator::constraints::{
    Constraints, ROLE_PATTERN, is_number, is_partition, is_plain_name, is_role,
};
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;

const ARN_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";
const LAYER_PATTERN: &str = r"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))";
const MOST_LAYERS: usize = 5;

const RUNTIMES: [&str; 34] = [
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "java8.al2",
    "java11",
    "java17",
    "java21",
    "java25",
    "java8.al2023",
    "java11.al2023",
    "java17.al2023",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "dotnet6",
    "dotnet8",
    "dotnet10",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
    "go1.x",
    "java8",
    "provided",
    "provided.al2",
    "provided.al2023",
];

/// Records what the model refuses about the configuration members of a create or an update.
pub(crate) fn constrain(constraints: &mut Constraints, request: Members<'_>) -> Result<(), Refusal> {
    let role = request.string("Role")?;
    constraints.pattern("role", role, ROLE_PATTERN, is_role);
    let handler = request.string("Handler")?;
    constraints.length("handler", handler, 0..=128);
    constraints.pattern("handler", handler, r"[^\s]+", |text| {
        !text.is_empty() && !text.contains(char::is_whitespace)
    });
    constraints.length("description", request.string("Description")?, 0..=256);
    constraints.range("memorySize", request.integer("MemorySize")?, 128..=10_240);
    constraints.range("timeout", request.integer("Timeout")?, 1..=900);
    constraints.pattern("kMSKeyArn", request.string("KMSKeyArn")?, ARN_PATTERN, is_arn_or_nothing);
    if let Some(storage) = request.object("EphemeralStorage")? {
        constraints.required("ephemeralStorage.size", storage.has("Size"));
        constraints.range("ephemeralStorage.size", storage.integer("Size")?, 512..=10_240);
    }
    if let Some(queue) = request.object("DeadLetterConfig")? {
        let target = queue.string("TargetArn")?;
        constraints.pattern("deadLetterConfig.targetArn", target, ARN_PATTERN, is_arn_or_nothing);
    }
    constrain_words(constraints, request)?;
    for layer in request.strings("Layers")?.unwrap_or_default() {
        constraints.pattern("layers", Some(layer), LAYER_PATTERN, is_layer);
    }
    if let Some(network) = request.object("VpcConfig")? {
        constrain_network(constraints, network)?;
    }
    if let Some(variables) = environment::variables(request)? {
        environment::check_names(constraints, &variables);
    }
    Ok(())
}

/// Refuses what only the service knows to be wrong.
pub(crate) fn check(request: Members<'_>) -> Result<(), Refusal> {
    if let Some(runtime) = request.string("Runtime")?.filter(|runtime| !RUNTIMES.contains(runtime)) {
        return Err(invalid(format!(
            "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] \
             or be a valid ARN",
            RUNTIMES.join(", ")
        )));
    }
    if let Some(variables) = environment::variables(request)? {
        environment::check(&variables)?;
    }
    check_layers(&request.strings("Layers")?.unwrap_or_default())
}

fn constrain_words(constraints: &mut Constraints, request: Members<'_>) -> Result<(), Refusal> {
    if let Some(tracing) = request.object("TracingConfig")? {
        constraints.one_of("tracingConfig.mode", tracing.string("Mode")?, &["Active", "PassThrough"]);
    }
    if let Some(snap_start) = request.object("SnapStart")? {
        constraints.one_of(
            "snapStart.applyOn",
            snap_start.string("ApplyOn")?,
            &["PublishedVersions", "None"],
        );
    }
    constraints.one_of("packageType", request.string("PackageType")?, &["Image", "Zip"]);
    if let Some(logging) = request.object("LoggingConfig")? {
        let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
        constraints.one_of("loggingConfig.logFormat", logging.string("LogFormat")?, &["JSON", "Text"]);
        let level = logging.string("ApplicationLogLevel")?;
        constraints.one_of("loggingConfig.applicationLogLevel", level, &levels);
        let level = logging.string("SystemLogLevel")?;
        constraints.one_of("loggingConfig.systemLogLevel", level, &["DEBUG", "INFO", "WARN"]);
        let group = logging.string("LogGroup")?;
        constraints.length("loggingConfig.logGroup", group, 1..=512);
        constraints.pattern("loggingConfig.logGroup", group, r"[\.\-_/#A-Za-z0-9]+", is_log_group);
    }
    constrain_architectures(constraints, request)
}

/// Records what the model refuses about the architectures, which code updates may also carry.
pub(crate) fn constrain_architectures(
    constraints: &mut Constraints,
    request: Members<'_>,
) -> Result<(), Refusal> {
    let Some(architectures) = request.strings("Architectures")? else { return Ok(()) };
    for architecture in &architectures {
        constraints.one_of("architectures", Some(architecture), &["x86_64", "arm64"]);
    }
    if architectures.len() != 1 {
        let bound = if architectures.is_empty() { "greater" } else { "less" };
        let constraint = format!("Member must have length {bound} than or equal to 1");
        constraints.fail("architectures", format!("[{}]", architectures.join(", ")), &constraint);
    }
    Ok(())
}

fn constrain_network(constraints: &mut Constraints, network: Members<'_>) -> Result<(), Refusal> {
    let subnets = network.strings("SubnetIds")?.unwrap_or_default();
    let groups = network.strings("SecurityGroupIds")?.unwrap_or_default();
    for (path, ids, most) in
        [("vpcConfig.subnetIds", &subnets, 16), ("vpcConfig.securityGroupIds", &groups, 5)]
    {
        if ids.len() > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            constraints.fail(path, format!("[{}]", ids.join(", ")), &constraint);
        }
    }
    for subnet in subnets {
        constraints
            .pattern("vpcConfig.subnetIds", Some(subnet), "subnet-[0-9a-z]*", |id| id.starts_with("subnet-"));
    }
    for group in groups {
        constraints.pattern("vpcConfig.securityGroupIds", Some(group), "sg-[0-9a-zA-Z]*", |id| {
            id.starts_with("sg-")
        });
    }
    Ok(())
}

fn check_layers(layers: &[&str]) -> Result<(), Refusal> {
    if layers.len() > MOST_LAYERS {
        return Err(invalid(format!("Cannot reference more than {MOST_LAYERS} layers.")));
    }
    for (index, layer) in layers.iter().enumerate() {
        let is_same_layer = |other: &&&str| without_version(other) == without_version(layer);
        if let Some(other) = layers.iter().take(index).find(is_same_layer) {
            return Err(invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. \
                 {other} and {layer}"
            )));
        }
    }
    Ok(())
}

fn without_version(layer: &str) -> &str {
    layer.rsplit_once(':').map_or(layer, |(name, _)| name)
}

fn is_arn_or_nothing(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    text.is_empty()
        || matches!(parts[..], ["arn", partition, service, _]
            if (partition.is_empty() || is_partition(partition)) && !service.is_empty())
}

fn is_layer(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        ["arn", _, "lambda", region, account, "layer", name, version] => {
            !region.is_empty()
                && account.len() == 12
                && is_number(account)
                && is_plain_name(name)
                && is_number(version)
        }
        ["arn", _, "lambda", "", "", "awslayer", name] => is_plain_name(name),
        _ => false,
    }
}

fn is_log_group(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_alphanumeric() || ".-_/#".contains(character))
}
