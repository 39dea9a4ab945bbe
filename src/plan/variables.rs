//! What a plan says of declared environment variables whose sources say nothing, or too much.
//!
//! The words name the variable and its source. A value, its length or a digest of it is in none of them
//! (design §3.8); only the size of all variables together is, where AWS would refuse it.

use crate::{
    diff::LatestChange,
    model::{Address, DesiredFunction, FunctionId, Part, Place, Unresolved, VariableName, VariableSource},
};

use super::{Finding, PlanInputs, Purpose, words::lines};

/// What Lambda allows all variables of a function together, in bytes (aws-facts §1, "Env 4 KB").
const LARGEST_ENVIRONMENT: usize = 4096;

/// Returns what stops the variables of a function from being as declared.
pub(super) fn findings(
    (inputs, purpose): (&PlanInputs<'_>, &Purpose),
    id: &FunctionId,
    desired: &DesiredFunction,
    change: &LatestChange,
) -> Vec<Finding> {
    if !purpose.may_publish(id) {
        return Vec::new();
    }
    // Who sends an alias to `latest` is stopped too: what is published would lack the variable.
    let part = if matches!(purpose, Purpose::Converge) { Part::Settings } else { Part::NewVersion };
    let address = Address::function(id, part);
    let mut findings = Vec::new();
    let mut not_asked = Vec::new();
    for (name, source) in &desired.variables {
        match inputs.live.values.unresolved(source) {
            None => {}
            Some(Unresolved::NotAsked) => not_asked.push(name.to_string()),
            Some(why) => {
                let (message, help) = unresolved_words(inputs.place, (name, source), &why);
                findings.push(Finding::blocking(address.clone(), message, help));
            }
        }
    }
    if !not_asked.is_empty() {
        findings.push(not_compared(inputs, address.clone(), &not_asked));
    }
    let size = change.after_settings.environment.measure();
    if findings.is_empty() && !change.variables.is_empty() && size > LARGEST_ENVIRONMENT {
        findings.push(too_large(address, size));
    }
    findings
}

fn not_compared(inputs: &PlanInputs<'_>, address: Address, names: &[String]) -> Finding {
    Finding::warning(
        address,
        format!("environment variables are not compared, because no value is known here: {}", lines(names)),
        format!("plan with the account: `repoint plan -e {}`", inputs.desired.environment),
    )
}

fn too_large(address: Address, size: usize) -> Finding {
    Finding::blocking(
        address,
        format!(
            "the environment variables would take {size} bytes all together, and Lambda allows {LARGEST_ENVIRONMENT}"
        ),
        "keep what is large in Parameter Store, and give the function the name of the parameter",
    )
}

/// Returns why a variable cannot have its value, and what to do.
pub fn unresolved_words(
    place: &Place,
    (name, source): (&VariableName, &VariableSource),
    why: &Unresolved,
) -> (String, String) {
    let wanted = format!("`environment.{name}` takes its value from it");
    match (source, why) {
        (VariableSource::FromEnv(ambient), _) => {
            (format!("`{ambient}` is not set here, or empty, and {wanted}"), format!("export {ambient}=…"))
        }
        (VariableSource::Ssm(parameter), Unresolved::Missing | Unresolved::NotAsked) => {
            let bare = parameter.without_selector();
            let help = if parameter.selector().is_empty() {
                format!("aws ssm put-parameter --name {bare} --type SecureString --value …")
            } else {
                format!("`aws ssm get-parameter-history --name {bare}` shows its versions and labels")
            };
            let message = format!(
                "parameter `{parameter}` does not exist in account {}, region {}, and {wanted}",
                place.account, place.region
            );
            (message, help)
        }
        (VariableSource::Ssm(parameter), Unresolved::Denied(words)) => (
            format!("parameter `{parameter}` may not be read, and {wanted}: {words}"),
            format!(
                "allow `ssm:GetParameters` on `{}`, and `kms:Decrypt` on the key of a SecureString; docs/iam.md has the policy",
                parameter.arn(place)
            ),
        ),
        (VariableSource::Ssm(parameter), Unresolved::Failed(words)) => (
            format!("parameter `{parameter}` cannot be read, and {wanted}: {words}"),
            format!("look at it with `aws ssm get-parameters --names {parameter}`"),
        ),
    }
}
