//! Asks the sources of declared environment variables for their values.
//!
//! Each parameter is asked for once, ten in a call. AWS refuses a call whole for one parameter that the
//! caller may not read, so such a call is repeated one by one, and the others keep their answers.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ParameterName, Secret, Unresolved, Values, VariableSource};

use super::{FailureKind, ProviderError, Reader, observe::bearable};

/// What GetParameters takes at once.
const MOST_NAMES: usize = 10;

/// Asks every source. `variable` reads the environment of the program; an empty variable is none there.
///
/// Fails as a whole only where every other call would fail too: without credentials, or without an
/// endpoint that answers.
pub async fn resolve<R: Reader>(
    reader: &R,
    sources: &BTreeSet<VariableSource>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Values, ProviderError> {
    let (mut values, mut parameters) = (Values::default(), Vec::new());
    for source in sources {
        match source {
            VariableSource::FromEnv(name) => {
                let value = variable(name.as_str()).filter(|value| !value.is_empty());
                values.insert(source.clone(), value.map(Secret::new).ok_or(Unresolved::Missing));
            }
            VariableSource::Ssm(name) => parameters.push(name.clone()),
        }
    }
    for names in calls(parameters) {
        for (name, answer) in answers(reader, &names).await? {
            values.insert(VariableSource::Ssm(name), answer);
        }
    }
    Ok(values)
}

/// Divides the names so that no call asks for one parameter twice: AWS takes a parameter's versions one
/// in a call.
fn calls(names: Vec<ParameterName>) -> Vec<Vec<ParameterName>> {
    let mut calls: Vec<Vec<ParameterName>> = Vec::new();
    for name in names {
        let is_free = |call: &&mut Vec<ParameterName>| {
            let is_same = |other: &ParameterName| other.without_selector() == name.without_selector();
            call.len() < MOST_NAMES && !call.iter().any(is_same)
        };
        match calls.iter_mut().find(is_free) {
            Some(call) => call.push(name),
            None => calls.push(vec![name]),
        }
    }
    calls
}

type Answers = BTreeMap<ParameterName, Result<Secret, Unresolved>>;

async fn answers<R: Reader>(reader: &R, names: &[ParameterName]) -> Result<Answers, ProviderError> {
    let refused = match reader.parameters(names).await {
        Ok(found) => return Ok(told(names, found)),
        Err(error) => bearable(error)?,
    };
    if let [name] = names {
        return Ok(BTreeMap::from([(name.clone(), Err(unresolved(refused)))]));
    }
    let mut all = Answers::new();
    for name in names {
        let answer = match reader.parameters(std::slice::from_ref(name)).await {
            Ok(found) => told(std::slice::from_ref(name), found),
            Err(error) => BTreeMap::from([(name.clone(), Err(unresolved(bearable(error)?)))]),
        };
        all.extend(answer);
    }
    Ok(all)
}

fn told(names: &[ParameterName], mut found: BTreeMap<ParameterName, Secret>) -> Answers {
    names.iter().map(|name| (name.clone(), found.remove(name).ok_or(Unresolved::Missing))).collect()
}

fn unresolved(error: ProviderError) -> Unresolved {
    match error.kind {
        FailureKind::Denied => Unresolved::Denied(error.message),
        FailureKind::NotFound => Unresolved::Missing,
        _ => Unresolved::Failed(error.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_parameters_go_into_a_call_and_no_parameter_twice() {
        let name = |text: &str| ParameterName::new(text).unwrap();
        let mut names: Vec<ParameterName> = (0..11).map(|number| name(&format!("/p/{number}"))).collect();
        names.push(name("/p/0:1"));
        let sizes: Vec<usize> = calls(names).iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 2]);
    }
}
