//! Weights of an alias: at most one other version, with the same role and dead-letter queue (R16, R19).

use std::collections::BTreeMap;

use super::errors::{function_not_found, invalid};
use super::function::{Function, Version};
use super::reference::LATEST;
use crate::simulator::constraints::{Constraints, is_number};
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;

/// The additional versions of an alias and their shares.
pub(crate) type Weights = BTreeMap<String, f64>;

/// Weights in a file: as text, which keeps every digit that a JSON number may lose.
pub(super) mod as_text {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::Weights;

    /// Writes each weight with all its digits.
    pub(crate) fn serialize<S: Serializer>(weights: &Weights, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(weights.iter().map(|(version, weight)| (version, weight.to_string())))
    }

    /// Reads what [`serialize`] wrote.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Weights, D::Error> {
        let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
        let weights = texts.into_iter().map(|(version, text)| {
            let weight = text.parse::<f64>().ok().filter(|weight| (0.0..=1.0).contains(weight));
            let weight = weight.ok_or_else(|| D::Error::custom(format!("`{text}` is no weight")))?;
            Ok((version, weight))
        });
        weights.collect()
    }
}

const KEY_RULE: &str = "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, \
     Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, \
     Member must not be null]";
const VALUE_RULE: &str = "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, \
     Member must have value greater than or equal to 0.0, Member must not be null]";

/// Returns the weights that a request gives; `None` when it does not speak of routing, which keeps the old ones (R18).
pub(crate) fn weights(request: Members<'_>) -> Result<Option<Weights>, Refusal> {
    match request.object("RoutingConfig")? {
        Some(routing) => Ok(Some(routing.number_map("AdditionalVersionWeights")?.unwrap_or_default())),
        None => Ok(None),
    }
}

/// Records what the model refuses about the weights.
pub(crate) fn constrain(constraints: &mut Constraints, weights: &Weights) {
    let path = "routingConfig.additionalVersionWeights";
    let shown = || {
        let pairs: Vec<String> =
            weights.iter().map(|(version, weight)| format!("{version}={weight:?}")).collect();
        format!("{{{}}}", pairs.join(", "))
    };
    if weights.keys().any(|version| !is_number(version)) {
        constraints.fail(path, shown(), KEY_RULE);
    }
    if weights.values().any(|weight| !(0.0..=1.0).contains(weight)) {
        constraints.fail(path, shown(), VALUE_RULE);
    }
}

/// Refuses weights that do not fit the function and the primary version.
pub(crate) fn check(function: &Function, primary: &str, weights: &Weights) -> Result<(), Refusal> {
    if weights.len() > 1 {
        return Err(invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"));
    }
    let Some(other) = weights.keys().next() else { return Ok(()) };
    if primary == LATEST {
        return Err(invalid("$LATEST is not supported for an alias pointing to more than 1 version"));
    }
    if other == primary {
        // Recorded for create; for update it is inferred (T9), and refused here because that is the stricter reading.
        return Err(invalid(format!(
            "Invalid function version {other}. Function version {other} is already included in routing configuration."
        )));
    }
    let find = |number: &str| {
        function.version(number).ok_or_else(|| function_not_found(&function.qualified(number)))
    };
    check_alike(find(primary)?, find(other)?)
}

fn check_alike(one: &Version, other: &Version) -> Result<(), Refusal> {
    let differs =
        |name: &str| one.snapshot.configuration.member(name) != other.snapshot.configuration.member(name);
    if differs("Role") {
        return Err(invalid("Specified versions must be associated with the same execution role"));
    }
    if differs("DeadLetterConfig") {
        // The rule is documented, its words are not recorded.
        return Err(invalid(
            "Specified versions must be associated with the same dead-letter queue configuration",
        ));
    }
    Ok(())
}
